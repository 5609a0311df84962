"""Wording lives in text files: a better sentence changes one file, and its difference is read in review.

``approve`` compares what the program says with ``tests/approved/<name>.txt``. After a wanted change run the test with
``LULC_APPROVE=1``, which writes the file, and read the difference before it is committed. ``Keys`` is for all other
tests: it says the keys of sentences and their numbers, which stay whatever becomes of the wording.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from lulc_core.language.words import Words

APPROVING = os.environ.get("LULC_APPROVE") == "1"
"""Read before a fixture takes the variables of this program away."""
APPROVED = Path(__file__).with_name("approved")
_TERMS = ("noun", "class", "share", "day", "position", "count", "clear", "reason", "why", "satellite")
"""First parts of the keys that are put into sentences; they are said as they are."""


def approve(name: str, text: str) -> None:
    """Assert that a text is the approved one; with ``LULC_APPROVE=1`` in the environment approve it instead.

    Args:
        name: of the file, without its ending.
        text: all of it; blanks at the ends of lines do not count.
    """
    path = APPROVED / f"{name}.txt"
    found = "\n".join(line.rstrip() for line in text.strip().splitlines()) + "\n"
    if APPROVING:
        path.parent.mkdir(exist_ok=True)
        path.write_text(found, encoding="utf-8")
    approved = path.read_text(encoding="utf-8") if path.is_file() else ""
    assert found == approved, f"the wording of {path.name} differs: read it, then run again with LULC_APPROVE=1"


class Keys(Words):
    """Say the key of a sentence with its numbers: ``change.title(5, area=205 ha)``"""

    def translate(self, key: str, n: int | None = None, /, **values: Any) -> str:
        """Give the key and the values; the sentence itself is made too, so that a missing value is an error."""
        text = super().translate(key, n, **values)
        if key.split(".")[0] in _TERMS:
            return text
        given = [] if n is None else [str(n)]
        given += [f"{name}={self._text(value)}" for name, value in values.items()]
        return f"{key}({', '.join(given)})" if given else key

    def _unit(self, value: float, unit: str, digits: int) -> str:
        return super()._unit(value, unit, digits).replace("\N{NO-BREAK SPACE}", " ")  # tests are read with plain spaces

    def _percent(self, share: float, digits: int) -> str:
        return super()._percent(share, digits).replace("\N{NO-BREAK SPACE}", " ")
