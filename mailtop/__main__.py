"""`python -m mailtop` is the `mailtop` command."""

import sys

from mailtop.cli import main

if __name__ == "__main__":
    sys.exit(main())
