"""An A4 page that text, pictures and tables are put on: fonts, footer, SIMULATED, paragraphs, table rows."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from typing import Any

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from lulc_core.language.words import Words
from lulc_core.render.overlays.lettering import SIMULATED_TEXT
from lulc_core.render.sheet.fonts import MISSING, drawable, font_file
from lulc_core.report.documents.pictures import compact
from lulc_core.report.story.slide import Story, Table

MARGIN_MM, WIDTH_MM = 18.0, 174.0
TOP_MM, BOTTOM_MM = 18.0, 22.0
INK, GREY, PALE, BAR = (26, 26, 26), (85, 85, 85), (243, 243, 240), (46, 94, 140)
_FONT = "DejaVu"
_PT_MM = 25.4 / 72


class Page(FPDF):
    """A document of one story.

    Args:
        story: for title, language, attribution and the word SIMULATED.
        words: the reader's language.
    """

    def __init__(self, story: Story, words: Words) -> None:
        super().__init__("portrait", "mm", "A4")
        self.story, self.words = story, words
        self.boxes = False
        """True once a character had to be shown as a box."""
        self.add_font(_FONT, "", str(font_file()))
        self.add_font(_FONT, "B", str(font_file(bold=True)))
        self.set_margins(MARGIN_MM, TOP_MM, MARGIN_MM)
        self.set_auto_page_break(True, BOTTOM_MM)
        self.set_lang(story.lang)
        self.set_title(self.text(story.title))
        self.set_subject(self.text(story.attribution))
        self.set_creator("LULC Explorer")
        # The moment of the picture, not of the writing: the same request gives the same bytes.
        self.set_creation_date(story.moment)
        self.viewer_preferences = _show_title()

    def file_id(self) -> str:
        """None of the random kind: the same request gives the same bytes."""
        return self._default_file_id(bytearray(self.story.title.encode() + self.story.moment.isoformat().encode()))

    def _stamp(self) -> None:
        """SIMULATED across the page and all that is on it: laid over it and multiplied, so that white lets it through.

        Under the content, the white ground of maps and charts would cut it to pieces.
        """
        self.set_font(_FONT, "B", 60)
        self.set_text_color(236, 230, 230)
        for y in (110.0, 215.0):
            with self.local_context(blend_mode="MULTIPLY"), self.rotation(32, 105, y):
                self.set_xy(0, y - 12)
                self.cell(210, 24, SIMULATED_TEXT, align="C")

    def footer(self) -> None:
        """Attribution, and the number of the page; SIMULATED where it is."""
        if self.story.simulated:
            self._stamp()
        self.set_y(-BOTTOM_MM + 6)
        self.set_draw_color(200, 200, 200)
        self.line(MARGIN_MM, self.get_y(), MARGIN_MM + WIDTH_MM, self.get_y())
        self.set_y(self.get_y() + 1.5)
        self._style(7.5, color=GREY)
        number = self.words.translate("doc.page", page=str(self.page_no()), pages="{nb}")
        self.cell(WIDTH_MM - 32, 4, self.text(self.story.attribution))
        self.cell(32, 4, number, align="R")

    def text(self, text: str) -> str:  # type: ignore[override]
        """What can be drawn of a text; notes where something had to be shown as a box."""
        shown = drawable(text)
        self.boxes = self.boxes or shown.count(MISSING) > text.count(MISSING)
        return shown

    @property
    def room_mm(self) -> float:
        """What is left of the page."""
        return float(self.h - BOTTOM_MM - self.get_y())

    @property
    def full_mm(self) -> float:
        """What a whole page holds."""
        return float(self.h - BOTTOM_MM - TOP_MM)

    def height_of(self, text: str, size_pt: float, *, bold: bool = False, width_mm: float = WIDTH_MM) -> float:
        """Height of a paragraph, without the gap after it, mm."""
        self._style(size_pt, bold=bold)
        return float(self._paragraph(self.text(text), size_pt, width_mm, "L", dry=True))

    def write_text(
        self,
        text: str,
        size_pt: float = 10.5,
        *,
        bold: bool = False,
        color: tuple[int, int, int] = INK,
        gap_mm: float = 2.0,
        x_mm: float = MARGIN_MM,
        width_mm: float = WIDTH_MM,
    ) -> None:
        """A paragraph; one of a script that runs from right to left begins at the right."""
        shown = self.text(text)
        self._style(size_pt, bold=bold, color=color)
        self.set_x(x_mm)
        self._paragraph(shown, size_pt, width_mm, "R" if _from_right(shown) else "L")
        self.set_y(self.get_y() + gap_mm)

    def picture(self, png: bytes, alt: str, width_mm: float, height_mm: float) -> None:
        """A picture with its description, in the middle of the line."""
        x = MARGIN_MM + (WIDTH_MM - width_mm) / 2
        y = self.get_y()
        self.image(io.BytesIO(compact(png)[0]), x=x, y=y, w=width_mm, h=height_mm, alt_text=self.text(alt))
        self.set_y(y + height_mm + 1.5)

    def table_height(self, table: Table, size_pt: float) -> float:
        """Height of a whole table with its caption, mm."""
        widths = self._columns(table, size_pt)
        rows = [table.header, *table.rows]
        bold = [True] + [False] * len(table.rows)
        heights = [self._row_height(r, widths, size_pt, bold=b) for r, b in zip(rows, bold, strict=True)]
        return self.height_of(table.caption, 9, bold=True) + 1.5 + sum(heights) + 3

    def write_table(self, table: Table, size_pt: float = 9.0) -> None:
        """A table; its header is repeated on every page that it runs over."""
        widths = self._columns(table, size_pt)
        head = self._row_height(table.header, widths, size_pt, bold=True)
        first = self._row_height(table.rows[0], widths, size_pt) if table.rows else 0.0
        caption = self.height_of(table.caption, 9, bold=True)
        if self.room_mm < caption + 1.5 + head + 2 * first:
            self.add_page()
        self.write_text(table.caption, 9, bold=True, gap_mm=1.5)
        self._row(table.header, widths, table.numeric, size_pt, head, bold=True)
        for i, row in enumerate(table.rows):
            high = self._row_height(row, widths, size_pt)
            if high > self.room_mm:
                self.add_page()
                self._row(table.header, widths, table.numeric, size_pt, head, bold=True)
            self._row(row, widths, table.numeric, size_pt, high, shade=i % 2 == 1)
        self.set_y(self.get_y() + 3)

    def _columns(self, table: Table, size_pt: float) -> list[float]:
        """Widths: what the cells need, the rest shared out; narrower in proportion where that is too much."""
        needed = []
        for k in range(len(table.header)):
            self._style(size_pt, bold=True)
            widest = self.get_string_width(self.text(table.header[k]))
            self._style(size_pt)
            widest = max([widest, *(self.get_string_width(self.text(r[k])) for r in table.rows)])
            needed.append(widest + 4)
        total = sum(needed)
        if total <= WIDTH_MM:
            # Not spread over the whole page: figures should stand near their names.
            spread = min(WIDTH_MM, max(total * 1.25, 110.0))
            return [w * spread / total for w in needed]
        numbers = sum(w for w, n in zip(needed, table.numeric, strict=True) if n)
        texts = total - numbers
        if numbers < 0.7 * WIDTH_MM and texts > 0:
            return [w if n else w * (WIDTH_MM - numbers) / texts for w, n in zip(needed, table.numeric, strict=True)]
        return [w * WIDTH_MM / total for w in needed]

    def _row_height(self, row: Sequence[str], widths: Sequence[float], size_pt: float, *, bold: bool = False) -> float:
        self._style(size_pt, bold=bold)
        return 1.6 + max(
            self._paragraph(self.text(cell), size_pt, w - 2, "L", dry=True) for cell, w in zip(row, widths, strict=True)
        )

    def _row(
        self,
        row: Sequence[str],
        widths: Sequence[float],
        numeric: Sequence[bool],
        size_pt: float,
        height: float,
        *,
        bold: bool = False,
        shade: bool = False,
    ) -> None:
        x, y = MARGIN_MM, self.get_y()
        if shade and not self.story.simulated:
            self.set_fill_color(*PALE)
            self.rect(x, y, sum(widths), height, style="F")
        for cell, width, right in zip(row, widths, numeric, strict=True):
            self._style(size_pt, bold=bold)
            self.set_xy(x + 1, y + 0.8)
            shown = self.text(cell)
            self._paragraph(shown, size_pt, width - 2, "R" if right or _from_right(shown) else "L")
            x += width
        self.set_draw_color(*(GREY if bold else (205, 205, 205)))
        self.line(MARGIN_MM, y + height, MARGIN_MM + sum(widths), y + height)
        self.set_xy(MARGIN_MM, y + height)

    def _paragraph(self, shown: str, size_pt: float, width_mm: float, align: str, *, dry: bool = False) -> float:
        # Joined letters and right-to-left order cost time, and most text has neither.
        self.set_text_shaping(any(unicodedata.bidirectional(c) in ("R", "AL") for c in shown))
        line = size_pt * _PT_MM * 1.38
        result: Any = self.multi_cell(
            width_mm, line, shown, align=align, dry_run=dry, output="HEIGHT", new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )
        self.set_text_shaping(False)
        return float(result)

    def _style(self, size_pt: float, *, bold: bool = False, color: tuple[int, int, int] = INK) -> None:
        self.set_font(_FONT, "B" if bold else "", size_pt)
        self.set_text_color(*color)


def _from_right(text: str) -> bool:
    """True where the first letter with a direction runs from right to left."""
    for char in text:
        kind = unicodedata.bidirectional(char)
        if kind in ("R", "AL"):
            return True
        if kind == "L":
            return False
    return False


def _show_title() -> Any:
    from fpdf.prefs import ViewerPreferences

    return ViewerPreferences(display_doc_title=True)
