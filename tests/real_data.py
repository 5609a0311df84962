"""Where real data for development lie: no part of the project; tests that need them are left out elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

SHARED_DATA = Path(os.environ.get("LULC_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
SHARED_CASES = SHARED_DATA.parent / "cases"
