"""``python -m explorer``: the command line."""

from explorer.cli.program import main

if __name__ == "__main__":
    raise SystemExit(main())
