"""Files of ours → the model: rulesets, profiles, locks and cases, with the place of every part and every problem."""
