"""Pages of the PDF: none nearly empty, maps as wide as the page, a map with its bars, numbers with their units."""

from __future__ import annotations

import io
import re
from itertools import pairwise

import numpy as np
import pypdf
import pypdfium2
import pytest

from lulc_core.language.spaces import FIXED
from lulc_core.report.documents.pdf_page import WIDTH_MM
from tests.report.documents.test_write import pdf, squeezed
from tests.report.stories import story

MADE = [("compare", "en"), ("compare", "it"), ("map", "it"), ("map", "en"), ("fine", "en"), ("two", "it")]
FOOT = 0.93
"""Part of the page over the line of the foot."""


@pytest.mark.parametrize(("kind", "lang"), MADE)
def test_no_page_is_left_with_a_few_lines(kind, lang):
    with pypdfium2.PdfDocument(pdf(kind, lang)) as pages:
        for i, page in enumerate(pages):
            drawn = np.asarray(page.render(scale=0.4).to_pil().convert("L"))
            inked = np.flatnonzero((drawn < 200).any(axis=1))
            last = inked[inked < FOOT * len(drawn)].max() / len(drawn)
            assert last > 0.22, f"page {i + 1} ends at {last:.0%} of its height"


@pytest.mark.parametrize(("kind", "lang"), [("compare", "en"), ("fine", "en"), ("map", "it")])
def test_a_map_and_its_bars_are_on_one_page(kind, lang):
    told = story(kind, lang)
    pages = [squeezed(p.extract_text()) for p in pypdf.PdfReader(io.BytesIO(pdf(kind, lang))).pages]
    for key in ("change", "land"):
        slide = told.slide(key)
        if slide is not None and slide.chart is not None:
            wanted = [squeezed(t) for t in (slide.title, slide.lines[0], slide.caption, slide.chart_caption)]
            assert any(all(t in page for t in wanted) for page in pages), key


def test_pictures_of_places_are_as_wide_as_the_page():
    with pypdfium2.PdfDocument(pdf("compare")) as pages:
        title = squeezed(story("compare").slide("place_1").title)
        page = next(p for p in pages if title in squeezed(p.get_textpage().get_text_range()) and p.get_width())
        widths = [b[2] - b[0] for o in page.get_objects() if o.type == 3 for b in [o.get_bounds()]]
    mm = sum(sorted(widths)[-2:]) * 25.4 / 72  # two dates side by side
    assert mm > 0.9 * WIDTH_MM


def test_a_number_is_never_parted_from_its_unit_nor_a_date_broken():
    text = "\n".join(p.extract_text() for p in pypdf.PdfReader(io.BytesIO(pdf("two", "it"))).pages)
    lines = text.replace(FIXED, " ").splitlines()
    assert sum("luglio" in line or " ha" in line for line in lines) > 5
    for line, after in pairwise(lines):
        parted = re.search(r"\d$", line) and re.match(r"(luglio|agosto|ha|km²|m|%)\b", after)
        assert not parted and not (line.endswith(("luglio", "agosto")) and after[:4].isdigit()), (line, after)
