"""HTML from templates, and the one table that pages and documents share. All text is escaped unless it is Markup."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_TEMPLATES = Path(__file__).parent / "templates"
_DIRECTION_MARKS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that would turn the direction of everything after them."""


@dataclass(frozen=True)
class Cell:
    """One cell that is more than text."""

    content: str
    """Escaped, unless it is a ``markupsafe.Markup``."""
    css: str = ""
    """Class, in the place of the column's."""
    colspan: int = 1
    """Columns that it spans; a first cell of several columns heads the rows under it."""
    hidden: bool = False
    """Not for screen readers, such as a bar beside its number."""


Row = Sequence[str | Cell]


@lru_cache(maxsize=4)
def environment(*folders: Path) -> Environment:
    """Give the templates of this room and of other folders, with escaping on.

    Characters that HTML forbids and marks that turn the direction of text are left out of every value.

    Args:
        folders: where other templates lie; ``table.html`` with the macro ``table`` is found beside them.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader([*folders, _TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_without_controls,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def html_table(
    caption: str,
    header: Row,
    rows: Sequence[Row],
    *,
    foot: Sequence[Row] = (),
    classes: Sequence[str] = (),
    css: str = "lulc-table",
    wrapper: str = "",
    header_css: str = "",
) -> Markup:
    """Write a table; the first cell of each row is its head.

    Args:
        caption: what the table shows, for screen readers too.
        header: heads of the columns.
        rows: cells as text or :class:`Cell`, as many as the header has (a cell may span several).
        foot: rows of sums.
        classes: CSS class of each column, "" for none; columns beyond the last have none.
        css: class of the table.
        wrapper: class of a ``div`` around it, such as ``lulc-wide`` for tables that scroll sideways; "" for none.
        header_css: class of the row of heads, such as ``lulc-sr`` for screen readers only.

    Example:
        >>> print(html_table("Areas", ("Class", "ha"), [("Forest & wood", "12")], classes=("", "n"), css=""))
        <table><caption>Areas</caption><thead><tr><th scope="col">Class</th><th scope="col" class="n">ha</th></tr>\
</thead><tbody><tr><th scope="row">Forest &amp; wood</th><td class="n">12</td></tr></tbody></table>
    """
    from markupsafe import Markup

    macro: Any = environment().get_template("table.html").module
    made = macro.table(
        caption, _cells(header), [_cells(r) for r in rows], [_cells(r) for r in foot], classes, css, wrapper, header_css
    )
    return Markup(made)


def bar_cell(share: float, color: str) -> Cell:
    """Make a bar beside a number.

    Args:
        share: length, 0 to 1.
        color: ``#RRGGBB``.
    """
    from markupsafe import Markup

    width = 100 * max(min(share, 1.0), 0.0)
    bar = Markup('<span class="lulc-bar" style="width:{:.1f}%;background:{}"></span>').format(width, color)
    return Cell(bar, css="lulc-bar-cell", hidden=True)


def bar_head() -> Cell:
    """Make the head of a column of bars, which only screen readers need."""
    from markupsafe import Markup

    return Cell(Markup('<span class="lulc-sr">bar</span>'))


def _cells(row: Row) -> list[Cell]:
    return [cell if isinstance(cell, Cell) else Cell(cell) for cell in row]


def _without_controls(value: Any) -> Any:
    """Leave out the control characters that HTML forbids and those that would turn the text around them."""
    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value
    return "".join(
        c for c in value if c in "\n\t" or (c not in _DIRECTION_MARKS and unicodedata.category(c) not in ("Cc", "Cs"))
    )
