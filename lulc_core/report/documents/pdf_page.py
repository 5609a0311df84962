"""An A4 page that text, pictures and tables are put on: fonts, footer, SIMULATED, paragraphs, table rows."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import TTFFont
from fpdf.prefs import ViewerPreferences

from lulc_core.language.spaces import bound
from lulc_core.language.words import Words
from lulc_core.render.overlays.lettering import SIMULATED_TEXT
from lulc_core.render.sheet.drawing import Drawing
from lulc_core.render.sheet.fonts import MISSING, drawable, font_file, runs_from_right
from lulc_core.report.documents.pdf_drawing import place_drawing
from lulc_core.report.story.slide import Story, Table

MARGIN_MM, WIDTH_MM = 18.0, 174.0
TOP_MM, BOTTOM_MM = 18.0, 22.0
INK, GREY, PALE, BAR = (26, 26, 26), (85, 85, 85), (243, 243, 240), (46, 94, 140)
_FONT = "DejaVu"
_PT_MM = 25.4 / 72
_LEADING = 1.38
"""Distance of lines, in sizes of the font."""


class Page(FPDF):
    """A document of one story.

    Args:
        story: for title, language, attribution and the word SIMULATED.
        words: the reader's language.
    """

    def __init__(self, story: Story, words: Words) -> None:
        super().__init__("portrait", "mm", "A4")
        self.attribution, self.simulated, self.words = story.attribution, story.simulated, words
        self._identity = story.title.encode(errors="replace") + story.moment.isoformat().encode()
        self.boxes = False
        """True once a character had to be shown as a box."""
        self.ended_mm = 0.0
        """Where the text of the last page ends, from its upper edge."""
        self.add_font(_FONT, "", str(font_file()))
        self.add_font(_FONT, "B", str(font_file(bold=True)))
        self.set_margins(MARGIN_MM, TOP_MM, MARGIN_MM)
        self.set_auto_page_break(True, BOTTOM_MM)
        self.set_lang(story.lang)
        self.set_title(drawable(story.title))
        self.set_subject(self.shown(story.attribution))
        self.set_creator("LULC Explorer")
        # The moment of the picture, not of the writing: the same request gives the same bytes.
        self.set_creation_date(story.moment)
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)

    def close(self) -> None:
        """Close the files of the fonts, which fpdf2 leaves open where the document is not written."""
        for font in self.fonts.values():
            if isinstance(font, TTFFont):
                font.close()

    def file_id(self) -> str:
        """None of the random kind: the same request gives the same bytes."""
        return self._default_file_id(bytearray(self._identity))

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
        if self.simulated:
            self._stamp()
        self.set_y(-BOTTOM_MM + 6)
        self.set_draw_color(200, 200, 200)
        self.line(MARGIN_MM, self.get_y(), MARGIN_MM + WIDTH_MM, self.get_y())
        self.set_y(self.get_y() + 1.5)
        self._style(7.5, color=GREY)
        number = self.words.translate("doc.page", page=str(self.page_no()), pages="{nb}")
        self.cell(WIDTH_MM - 32, 4, self.shown(self.attribution))
        self.cell(32, 4, number, align="R")

    def shown(self, text: str) -> str:
        """Give what can be drawn of a text, and note where something had to be shown as a box."""
        shown = drawable(bound(text))
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
        return float(self._paragraph(self.shown(text), size_pt, width_mm, "L", dry=True))

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
        shown = self.shown(text)
        self._style(size_pt, bold=bold, color=color)
        self.set_x(x_mm)
        self._paragraph(shown, size_pt, width_mm, "R" if runs_from_right(shown) else "L")
        self.set_y(self.get_y() + gap_mm)

    def picture(self, drawing: Drawing, alt: str, width_mm: float, height_mm: float) -> None:
        """Draw a picture with its description in the middle of the line."""
        x, y = MARGIN_MM + (WIDTH_MM - width_mm) / 2, self.get_y()
        place_drawing(self, drawing, _FONT, x_mm=x, y_mm=y, width_mm=width_mm, alt_text=self.shown(alt))
        self.set_y(y + height_mm + 1.5)

    def table_height(self, table: Table, size_pt: float) -> float:
        """Measure a whole table with its caption, mm."""
        rows = self._row_heights(table, self._columns(table, size_pt), size_pt)
        return self.height_of(table.caption, 9, bold=True) + 1.5 + sum(rows) + 3

    def write_table(self, table: Table, size_pt: float = 9.0) -> None:
        """Write a table; its header is repeated on every page that it runs over."""
        widths = self._columns(table, size_pt)
        first = sum(self._row_heights(table, widths, size_pt)[:3])
        if self.room_mm < self.height_of(table.caption, 9, bold=True) + 1.5 + first:
            self.add_page()
        self.write_text(table.caption, 9, bold=True, gap_mm=1.5)
        self._style(size_pt)
        self.set_draw_color(205, 205, 205)
        with self.table(
            [[self.shown(cell) for cell in row] for row in (table.header, *table.rows)],
            width=sum(widths),
            col_widths=tuple(widths),
            align="LEFT",
            v_align="TOP",
            text_align=tuple("RIGHT" if right else "LEFT" for right in table.numeric),
            line_height=size_pt * _PT_MM * _LEADING,
            padding=(0.8, 1),
            borders_layout="HORIZONTAL_LINES",
            cell_fill_color=PALE,
            cell_fill_mode="NONE" if self.simulated else "EVEN_ROWS",
        ):
            pass
        self.set_y(self.get_y() + 3)

    def _columns(self, table: Table, size_pt: float) -> list[float]:
        """Widths: what the cells need, the rest shared out; where that is too much, at least the longest word."""
        needed, least = [], []
        for k in range(len(table.header)):
            self._style(size_pt, bold=True)
            head = self.shown(table.header[k])
            widest, longest = self.get_string_width(head), max(map(self.get_string_width, head.split(" ")))
            self._style(size_pt)
            cells = [self.shown(row[k]) for row in table.rows]
            needed.append(max([widest, *map(self.get_string_width, cells)]) + 4)
            parts = (self.get_string_width(part) for cell in cells for part in cell.split(" "))
            least.append(max([longest, *parts]) + 4)
        total = sum(needed)
        if total <= WIDTH_MM:
            # Not spread over the whole page: figures should stand near their names.
            spread = min(WIDTH_MM, max(total * 1.25, 110.0))
            return [w * spread / total for w in needed]
        numbers = sum(w for w, n in zip(needed, table.numeric, strict=True) if n)
        texts = total - numbers
        if numbers < 0.7 * WIDTH_MM and texts > 0:
            return [w if n else w * (WIDTH_MM - numbers) / texts for w, n in zip(needed, table.numeric, strict=True)]
        if sum(least) >= WIDTH_MM:
            return [w * WIDTH_MM / total for w in needed]
        free = (WIDTH_MM - sum(least)) / (total - sum(least))
        return [low + (w - low) * free for low, w in zip(least, needed, strict=True)]

    def _row_heights(self, table: Table, widths: Sequence[float], size_pt: float) -> list[float]:
        return [
            1.6 + max(
                self.height_of(cell, size_pt, bold=i == 0, width_mm=width - 2)
                for cell, width in zip(row, widths, strict=True)
            )
            for i, row in enumerate((table.header, *table.rows))
        ]  # fmt: skip

    def _paragraph(self, shown: str, size_pt: float, width_mm: float, align: str, *, dry: bool = False) -> float:
        # Joined letters and right-to-left order cost time, and most text has neither.
        self.set_text_shaping(any(unicodedata.bidirectional(c) in ("R", "AL") for c in shown))
        line = size_pt * _PT_MM * _LEADING
        result: Any = self.multi_cell(
            width_mm, line, shown, align=align, dry_run=dry, output="HEIGHT", new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )
        self.set_text_shaping(False)
        return float(result)

    def _style(self, size_pt: float, *, bold: bool = False, color: tuple[int, int, int] = INK) -> None:
        self.set_font(_FONT, "B" if bold else "", size_pt)
        self.set_text_color(*color)
