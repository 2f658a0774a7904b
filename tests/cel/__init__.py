"""CEL's own tests: fetched from npm, compared with our parser and executors, counted for the docs."""
