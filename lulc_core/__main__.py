"""``python -m lulc_core``, the same as ``lulc``."""

from __future__ import annotations

from lulc_core.cli.main import run

if __name__ == "__main__":
    run()
