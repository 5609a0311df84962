"""``python -m lulc_core``."""

from __future__ import annotations

import os
import sys

from lulc_core.cli.main import main

if __name__ == "__main__":
    code = main()
    if code == 130:
        # After Ctrl-C nothing is left to tidy up, and a download thread in mid-request must not hold the terminal.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)
