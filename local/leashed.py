"""`python -m local.leashed COMMAND ...`: a local command that ends when its starter does."""

import sys

from local.__main__ import main
from local.leash import end_when_let_go

if __name__ == "__main__":
    end_when_let_go()
    sys.exit(main(sys.argv[1:]))
