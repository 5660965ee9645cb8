"""`python -m phi4web` is the command line."""

import sys

from phi4web.cli import main

if __name__ == "__main__":
    sys.exit(main())
