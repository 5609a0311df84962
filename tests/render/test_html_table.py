"""The one HTML table: heads, classes, feet, and nothing of a text gets out of its cell."""

from __future__ import annotations

import doctest
from xml.etree import ElementTree

from markupsafe import Markup

from lulc_core.render import html_table as module
from lulc_core.render.html_table import Cell, bar_cell, bar_head, html_table


def test_the_example_of_the_docstring_holds():
    assert doctest.testmod(module).failed == 0


def test_heads_scopes_classes_and_feet():
    table = html_table(
        "Two & three",
        ("Class", "ha", bar_head()),
        [(Cell("group", colspan=3),), ("Forest", "1", bar_cell(0.5, "#123456"))],
        foot=[("in all", "2", Cell("why", css="lulc-why"))],
        classes=("", "lulc-left"),
        wrapper="lulc-wide",
        header_css="lulc-sr",
    )
    root = ElementTree.fromstring(table)
    assert root.get("class") == "lulc-wide" and root.get("tabindex") == "0", "what scrolls can be reached by keyboard"
    cells = [c for c in root.iter() if c.tag in ("th", "td")]
    assert [(c.tag, c.get("scope"), c.get("class"), c.get("colspan")) for c in cells] == [
        ("th", "col", None, None),
        ("th", "col", "lulc-left", None),
        ("th", "col", None, None),
        ("th", "rowgroup", None, "3"),
        ("th", "row", None, None),
        ("td", None, "lulc-left", None),
        ("td", None, "lulc-bar-cell", None),
        ("th", "row", None, None),
        ("td", None, "lulc-left", None),
        ("td", None, "lulc-why", None),
    ]
    assert root.find(".//caption").text == "Two & three"
    assert root.find(".//thead").get("class") == "lulc-sr"
    assert "width:50.0%;background:#123456" in table and 'aria-hidden="true"' in table


def test_text_is_escaped_and_markup_is_not():
    table = html_table("<c>", ("<h>",), [("<script>\u202e\x00\ud800",), (Cell(Markup("<b>bold</b>")),)], css='"><x')
    assert "<script>" not in table and "&lt;script&gt;" in table
    assert "<b>bold</b>" in table and "<c>" not in table and "<h>" not in table and "<x" not in table
    assert not {"\u202e", "\x00", "\ud800"} & set(table)
