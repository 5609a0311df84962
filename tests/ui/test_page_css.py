"""Style sheets against what they must agree with."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_what_sticks_to_the_panel_has_the_pages_own_colours() -> None:
    """Streamlit hands no theme colour to a style sheet, so the two are written there: they must be those in use."""
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
    css = (ROOT / "lulc_core" / "ui" / "page.css").read_text(encoding="utf-8")
    found = re.search(r"position: sticky;[^}]*light-dark\((#\w{6}), (#\w{6})\)", css)
    assert found and found.groups() == (theme["light"]["backgroundColor"], theme["dark"]["backgroundColor"])
