"""Files of ours → the model: rulesets, profiles, locks and cases, with the place of every part and every problem.

The steps, in order: `text` (YAML → values with places), `offsets` (places inside a text), `form` and `part` (what may
stand where, derived from the model), `values`, `levels`, `tables` and `ruleset_format` (what the model does not tell),
`files` (files and folders → rulesets), `salvage` (what is sound of a file with problems).

Paths in `Ruleset.places` follow the model: ids of parts, attributes, numbers of list items, as in
`rules/R/finding/actions/0` and `scores/S/terms/T/range`. Two levels are left out, as in `slots`: `states/M/0` is a
transition, and `scores/S/margin` belongs to the hysteresis.
"""

from clientcore.load.cases import Case, Cases, Expect, StatedScore, load_cases
from clientcore.load.files import Loaded, load_rulesets, read_ruleset
from clientcore.load.lock import Lock, compare_lock, make_lock, read_lock
from clientcore.load.printing import print_ruleset
from clientcore.load.profile import load_profile, merge_profile
from clientcore.load.salvage import Salvaged, certain

__all__ = [
    "Case",
    "Cases",
    "Expect",
    "Loaded",
    "Lock",
    "Salvaged",
    "StatedScore",
    "certain",
    "compare_lock",
    "load_cases",
    "load_profile",
    "load_rulesets",
    "make_lock",
    "merge_profile",
    "print_ruleset",
    "read_lock",
    "read_ruleset",
]
