"""The documents, opened by other programs: pypdf and pdfium, python-pptx, an HTML parser, zipfile."""

from __future__ import annotations

import io
import re
import time
import zipfile
from dataclasses import replace
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path

import pypdf
import pypdfium2
import pytest
from PIL import Image
from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE_TYPE

from lulc_core.domain.classes import CLASSES
from lulc_core.domain.errors import CancelledError, InputError, SourceError
from lulc_core.export.bundle_read import read_bundle
from lulc_core.language.spaces import bound
from lulc_core.language.words import Words
from lulc_core.render.colors import rgb
from lulc_core.render.sheet.fonts import MISSING, wrap
from lulc_core.report.documents.html import to_html
from lulc_core.report.documents.pdf import to_pdf
from lulc_core.report.documents.slides import to_pptx
from lulc_core.report.documents.slides_text import LEAST_PT, plain
from lulc_core.report.documents.write import ENDINGS, check_target, document, write_document
from lulc_core.report.story.build import build_story
from lulc_core.report.story.slide import Edits, Table
from tests.report.stories import AWKWARD, awkward, bundle, evaluation, story

WRITERS = [to_pdf, to_html, to_pptx]
ROWS = 13
"""Of a table on one slide."""


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@lru_cache(maxsize=16)
def pdf(kind: str, lang: str = "en", *, simulated: bool = False, odd: bool = False) -> bytes:
    """Each PDF is made once for all tests that only read it."""
    return to_pdf(awkward(kind) if odd else story(kind, lang, simulated=simulated))


def pdf_text(data: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)


# --- PDF -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "lang"), [("compare", "en"), ("compare", "it"), ("map", "it"), ("fine", "en")])
def test_the_pdf_has_every_sentence_as_text(kind, lang):
    told = story(kind, lang)
    text = squeezed(pdf_text(pdf(kind, lang)))
    for slide in told.slides:
        for line in (slide.title, *slide.lines, *slide.details, slide.caption):
            assert squeezed(line) in text, line
        for table in (slide.table, slide.detail_table):
            for row in table.rows if table else ():
                assert all(squeezed(cell) in text for cell in row)


def test_the_pdf_has_language_title_bookmarks_and_descriptions_of_its_pictures():
    told = story("compare", "it")
    reader = pypdf.PdfReader(io.BytesIO(pdf("compare", "it")))
    assert reader.trailer["/Root"]["/Lang"] == "it-IT" and reader.metadata.title == told.title
    assert reader.metadata.creation_date == told.moment
    flat: list[str] = []

    def walk(items) -> None:
        for item in items:
            walk(item) if isinstance(item, list) else flat.append(item.title)

    walk(reader.outline)
    assert [bound(s.title) for s in told.slides] == flat[1 : 1 + len(told.slides)]
    objects = [reader.get_object(i) for i in range(1, reader.trailer["/Size"])]
    described = {o["/Alt"] for o in objects if isinstance(o, dict) and "/Alt" in o}
    assert {bound(a) for s in told.slides for a in (s.picture_alt, s.chart_alt) if a} <= described


def test_pages_are_a4_carry_the_attribution_and_are_not_empty():
    told, data = story("compare"), pdf("compare")
    reader = pypdf.PdfReader(io.BytesIO(data))
    n = len(reader.pages)
    pages = pypdfium2.PdfDocument(data)
    for i, page in enumerate(reader.pages):
        assert [round(float(v)) for v in page.mediabox[2:]] == [595, 842]
        text = page.extract_text()
        assert told.attribution in text and f"Page {i + 1} of {n}" in text
        picture = pages[i].render(scale=0.3).to_pil().convert("L")
        ink = sum(1 for v in picture.get_flattened_data() if v < 200) / (picture.width * picture.height)
        assert ink > 0.005, f"page {i + 1} is nearly empty"


def test_limits_and_method_are_on_one_page():
    told = story("compare")
    pages = [squeezed(p.extract_text()) for p in pypdf.PdfReader(io.BytesIO(pdf("compare"))).pages]
    lines = [squeezed(x) for key in ("limits", "sources") for x in told.slide(key).lines]
    assert any(all(line in page for line in lines) for page in pages)


@pytest.mark.parametrize(("kind", "odd"), [("compare", False), ("map", False), ("map", True)])
def test_no_heading_stands_alone_at_the_foot_of_a_page(kind, odd):
    told = awkward(kind) if odd else story(kind)
    titles = {s.title for s in told.slides} - {line for s in told.slides for line in s.comment.splitlines()}
    assert len(titles) >= 3
    for page in pypdf.PdfReader(io.BytesIO(pdf(kind, odd=odd))).pages:
        body = page.extract_text().strip().splitlines()
        last = [x for x in body if told.attribution not in x and not x.startswith("Page ")][-1]
        assert last.strip() not in titles


def test_simulated_is_across_every_page():
    for page in pypdf.PdfReader(io.BytesIO(pdf("map", simulated=True))).pages:
        assert page.extract_text().count("SIMULATED") >= 3
    assert "SIMULATED" not in pdf_text(pdf("map"))


def test_simulated_is_laid_over_pictures_and_not_cut_by_them():
    reader = pypdf.PdfReader(io.BytesIO(pdf("two", simulated=True)))
    pages = [p.get_contents().get_data() for p in reader.pages]
    with_pictures = [p for p in pages if re.search(rb"/I\d+ Do", p)]
    assert with_pictures
    for content in with_pictures:
        last_picture = max(m.start() for m in re.finditer(rb"/I\d+ Do", content))
        assert len(re.findall(rb"/GS\d+ gs", content[last_picture:])) >= 2, "both stamps come after the last picture"
    modes = {
        str(g.get_object().get("/BM")) for p in reader.pages for g in p["/Resources"].get("/ExtGState", {}).values()
    }
    assert "/Multiply" in modes


def test_maps_and_charts_are_vector_and_satellite_pictures_are_not():
    """On the page of the map every class has its colour as an area, in full strength, and there is no picture."""
    for kind in ("map", "fine"):
        made = bundle(kind).after.land_cover
        pages = pypdf.PdfReader(io.BytesIO(pdf(kind))).pages
        land = next(p for p in pages if squeezed(story(kind).slide("land").caption) in squeezed(p.extract_text()))
        assert not list(land.images)
        content = land.get_contents().get_data().decode("latin-1")
        for c in CLASSES:
            fill = " ".join(f"{v / 255:.3f}" for v in rgb(c.color)) + " rg"
            assert (fill in content) == bool((made.class_ids == c.id).any()), c.name
        assert sum(len(list(p.images)) for p in pages) >= 2  # where it is, and the dates
        page = pypdfium2.PdfDocument(pdf(kind))[land.page_number]
        drawn = page.render(scale=3).to_numpy()[..., ::-1].reshape(-1, 3)
        for c in CLASSES:
            if (made.class_ids == c.id).any():
                assert (abs(drawn.astype(int) - rgb(c.color)).max(axis=1) <= 2).sum() > 200, c.name


def test_letters_that_the_font_lacks_are_boxes_and_a_line_says_so():
    text = pdf_text(pdf("map", odd=True))
    assert MISSING in text and "have no letter in this document" in text
    assert "<script>alert('x')</script>" in text.replace("\n", "")
    assert "have no letter" not in pdf_text(pdf("map"))


# --- HTML ----------------------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """Tags with their attributes, and all text."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(data.decode("utf-8"))

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("img", "meta"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.text.append(data)


@pytest.mark.parametrize("lang", ["en", "it"])
def test_the_html_is_whole_and_needs_nothing_else(lang):
    told = story("compare", lang)
    page = Page(to_html(told))
    assert page.open == [] and ("html", {"lang": told.lang}) in page.tags
    for tag, attrs in page.tags:
        assert tag not in ("script", "link", "iframe", "object", "base", "form")
        for name, value in attrs.items():
            assert not name.startswith("on")
            if name in ("src", "href"):
                assert (value or "").startswith(("data:image/png;base64,", "data:image/jpeg;base64,", "#"))
    assert all(attrs.get("alt") for tag, attrs in page.tags if tag == "img")
    text = squeezed("".join(page.text))
    for slide in told.slides:
        assert all(squeezed(line) in text for line in (slide.title, *slide.lines, *slide.details))


def test_what_a_user_writes_is_shown_and_never_becomes_part_of_the_page():
    data = to_html(awkward("compare"))
    page = Page(data)
    tags = {tag for tag, _ in page.tags}
    assert not tags & {"script", "b"} and b"<script" not in data
    assert AWKWARD["html"].replace("</title>", "</title>") in "".join(page.text)
    assert AWKWARD["han"] in "".join(page.text) and AWKWARD["emoji"] in "".join(page.text)
    assert not {"\u202e", "\u2066", "\x00", "\x07"} & set(data.decode("utf-8"))


def test_tables_have_captions_and_headers_for_screen_readers():
    page = Page(to_html(story("compare")))
    tables = [tag for tag, _ in page.tags if tag == "table"]
    assert len(tables) >= 4 and len([t for t, _ in page.tags if t == "caption"]) == len(tables)
    assert {attrs.get("scope") for tag, attrs in page.tags if tag == "th"} == {"col", "row"}


def test_the_html_has_a_dark_theme_and_a_print_form():
    style = to_html(story("map")).decode()
    assert "prefers-color-scheme: dark" in style and "@media print" in style


# --- slides --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "told", [story("compare", "it"), story("map"), awkward("compare")], ids=["it", "en", "awkward"]
)
def test_slides_hold_editable_text_described_pictures_and_nothing_beyond_their_edge(told):
    deck = Presentation(io.BytesIO(to_pptx(told)))
    pictures = 0
    for slide in deck.slides:
        assert slide.shapes.title.text_frame.text.strip()
        for shape in slide.shapes:
            assert shape.left >= 0 and shape.top >= 0, shape.name
            assert shape.left + shape.width <= deck.slide_width and shape.top + shape.height <= deck.slide_height
            if shape.shape_type == MSO_SHAPE_TYPE.PICTURE:
                pictures += 1
            if (
                shape.has_chart
                or shape.has_table
                or (shape.shape_type is not None and shape.shape_type.name == "PICTURE")
            ):
                assert shape._element.xpath(".//p:cNvPr")[0].get("descr")
    assert pictures == sum(s.screen is not None for s in told.slides)
    texts = [s.text_frame.text for slide in deck.slides for s in slide.shapes if s.has_text_frame]
    notes = [slide.notes_slide.notes_text_frame.text for slide in deck.slides if slide.has_notes_slide]
    for slide in told.slides:
        assert any(bound(slide.lines[0]) in t for t in texts)
        assert all(any(plain(d) in n for n in (*notes, *texts)) for d in (*slide.lines, *slide.details))


def test_pictures_text_and_tables_do_not_lie_on_each_other():
    for told in (story("compare"), story("compare", "it"), story("fine")):
        for slide in Presentation(io.BytesIO(to_pptx(told))).slides:
            boxes = [
                (s.name, s.left, s.top, s.left + s.width, s.top + s.height)
                for s in slide.shapes
                if s.name != "SIMULATED"
            ]
            for i, (a, l1, t1, r1, b1) in enumerate(boxes):
                for b, l2, t2, r2, b2 in boxes[i + 1 :]:
                    assert min(r1, r2) <= max(l1, l2) + 1 or min(b1, b2) <= max(t1, t2) + 1, (slide, a, b)


def test_simulated_is_on_every_slide():
    for slide in Presentation(io.BytesIO(to_pptx(story("map", simulated=True)))).slides:
        assert [s for s in slide.shapes if s.name == "SIMULATED" and s.text_frame.text == "SIMULATED"]
    for slide in Presentation(io.BytesIO(to_pptx(story("map")))).slides:
        assert not [s for s in slide.shapes if s.name == "SIMULATED"]


# --- all of them ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("write", WRITERS, ids=lambda w: w.__name__)
def test_equal_stories_give_equal_bytes_whenever_they_are_written(write):
    first = write(story("compare"))
    time.sleep(2.1)  # zip archives and PDF count in seconds, some in two
    assert write(story("compare")) == first


@pytest.mark.parametrize("write", WRITERS, ids=lambda w: w.__name__)
def test_awkward_text_breaks_no_document(write):
    assert len(write(awkward("map"))) > 10_000


@pytest.mark.parametrize("write", WRITERS, ids=lambda w: w.__name__)
def test_writing_can_be_stopped_and_tells_how_far_it_is(write):
    seen: list[float] = []
    write(story("map"), lambda f, m: seen.append(f))
    assert seen == sorted(seen) and seen[-1] == 1
    with pytest.raises(CancelledError):
        write(story("map"), None, lambda: True)


def test_the_archive_has_data_and_documents_and_can_be_read_back(tmp_path):
    made = bundle("two", simulated=True)
    data = document(made, ".zip", Words("it"), evaluation=evaluation(made), size_px=500)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        names = {n.rpartition("/")[2] for n in archive.namelist()}
        text = next(archive.read(n).decode() for n in archive.namelist() if n.endswith("README.txt"))
    place = "Field-of-Mesero_it"
    wanted = {f"SIMULATED_relazione_{place}{e}" for e in (".pdf", ".html", ".pptx")}
    wanted |= {f"SIMULATED_mappa_{place}.png", f"SIMULATED_mappa_dei_cambiamenti_{place}.png"}
    assert wanted <= names and "provenance.json" in names
    # README.txt speaks the reader's language and leaves no file out, the documents and itself included.
    assert Words("it").translate("package.limits") in text and Words("it").class_name(0) in text
    for name in names:
        assert re.search(rf"^  {re.escape(name)}\n      \S", text, re.M), name
    path = tmp_path / "all.zip"
    path.write_bytes(data)
    assert read_bundle(path).kind == "compare"


def test_a_map_sheet_has_the_size_asked_for():
    data = document(bundle("map"), ".png", Words("en"), size_px=(900, 700), edits=Edits(title="Mine"))
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (900, 700)


def test_a_map_sheet_says_what_and_when_by_itself():
    made, words = bundle("two"), Words("en")
    told = story("two")
    by_itself = document(made, ".png", words, size_px=900)
    assert by_itself == document(made, ".png", words, size_px=900, edits=Edits(title=told.title))
    assert by_itself != document(made, ".png", words, size_px=900, edits=Edits(title="Another"))


def test_unknown_endings_and_folders_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"report\.docx ends in \.docx; documents end in \.pdf, \.html"):
        check_target(tmp_path / "report.docx")
    with pytest.raises(InputError, match="no known ending"):
        check_target(tmp_path / "report")
    (tmp_path / "folder.pdf").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        check_target(tmp_path / "folder.pdf")
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="is a file; a folder is needed"):
        check_target(tmp_path / "file" / "report.pdf")
    assert set(ENDINGS) == {".pdf", ".html", ".pptx", ".png", ".zip"}


def test_a_full_disk_is_said_and_nothing_is_left_half_written(tmp_path, monkeypatch):
    def full(self, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(SourceError, match="No space left on device"):
        write_document(b"x" * 100, tmp_path / "new" / "report.pdf")
    assert list(tmp_path.iterdir()) == []


def test_a_report_that_was_there_stays_when_the_new_one_fails(tmp_path, monkeypatch):
    path = tmp_path / "report.pdf"
    write_document(b"old", path)
    monkeypatch.setattr(Path, "replace", lambda self, target: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.raises(SourceError):
        write_document(b"new", path)
    assert path.read_bytes() == b"old" and [p.name for p in tmp_path.iterdir()] == ["report.pdf"]


def test_a_story_of_one_slide_makes_every_document():
    made = bundle("map")
    told = build_story(made, Words("en"), edits=Edits(chosen=("sources",)))
    for write in WRITERS:
        assert write(told)


def test_sentences_on_slides_are_as_large_as_their_box_allows_and_no_larger():
    """The size is found by measuring: a long text is smaller than a short one, and neither runs over its box."""
    sizes = {}
    for name, line in {"short": "A word.", "long": "A sentence that goes on and on. " * 14}.items():
        told = story("two")
        slides = tuple(replace(s, lines=(line,)) for s in told.slides if s.key == "when")
        deck = Presentation(io.BytesIO(to_pptx(replace(told, slides=slides))))
        box = next(s for s in deck.slides[0].shapes if s.has_text_frame and s.text_frame.text.startswith(line[:7]))
        size = box.text_frame.paragraphs[0].runs[0].font.size.pt
        lines = wrap(line.strip(), round(size * 4), (box.width / 914_400 - 0.2) * 72 * 4)
        assert (len(lines) * 1.2 * size) / 72 <= box.height / 914_400
        sizes[name] = size
    assert LEAST_PT <= sizes["long"] < sizes["short"] == 24


@pytest.mark.parametrize("n", [1, 15, 16, 47])
def test_a_long_table_goes_on_on_further_slides_and_loses_no_row(n):
    told = story("map")
    table = Table("All places", ("Place", "ha"), tuple((f"place {i}", str(i)) for i in range(n)))
    slides = tuple(replace(s, table=table) if s.key == "land" else s for s in told.slides)
    deck = Presentation(io.BytesIO(to_pptx(replace(told, slides=slides))))
    tables = [
        (slide.shapes.title.text, shape.table) for slide in deck.slides for shape in slide.shapes if shape.has_table
    ]
    found = [(title, t) for title, t in tables if t.cell(0, 0).text == "Place"]
    assert [t.cell(i, 0).text for _, t in found for i in range(1, len(t.rows))] == [f"place {i}" for i in range(n)]
    assert all(len(t.rows) <= ROWS + 1 for _, t in found) and len(found) == -(-n // ROWS)
    assert [title.endswith(f"({k}/{len(found)})") for k, (title, _) in enumerate(found, 1)] == [n > ROWS] * len(found)
