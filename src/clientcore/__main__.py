"""`python -m clientcore`."""

from clientcore.cli import main

raise SystemExit(main())
