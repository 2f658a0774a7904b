"""What the bundled rulesets derive from related records, as queries written by hand in Polars."""
