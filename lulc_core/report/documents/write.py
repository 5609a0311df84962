"""Any document of a result by the ending of its file: for the command line and for downloads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lulc_core.analysis.accuracy.olofsson import UserCheck
from lulc_core.domain.errors import InputError
from lulc_core.domain.files import check_folder, write_files
from lulc_core.domain.progress import Cancelled, Progress, progress_of_part
from lulc_core.export.bundle import Bundle
from lulc_core.export.files import zip_files
from lulc_core.language.words import Words
from lulc_core.render.sheet.drawing import Drawing
from lulc_core.render.sheet.map_sheet import change_sheet, map_sheet
from lulc_core.report.names import packed_name
from lulc_core.report.package import package_files, package_stem
from lulc_core.report.story.build import NO_EDITS, build_story
from lulc_core.report.story.context import report_context
from lulc_core.report.story.slide import Edits
from lulc_core.report.story.title import title_of

ENDINGS: dict[str, str] = {
    ".pdf": "application/pdf",
    ".html": "text/html",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".png": "image/png",
    ".zip": "application/zip",
}
"""What can be made, with its media type."""
MAP_PX = 2000
"""Width of a map sheet where none is asked for."""

_TOLD, _PACKED = 0.5, 0.35


def document(
    bundle: Bundle,
    ending: str,
    words: Words,
    *,
    edits: Edits = NO_EDITS,
    evaluation: Mapping[str, Any] | None = None,
    card: Mapping[str, Any] | None = None,
    corine: bool = False,
    check: UserCheck | None = None,
    size_px: int | tuple[int, int] = MAP_PX,
    on_progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> bytes:
    """Make one document.

    Args:
        bundle: the result.
        ending: one of ENDINGS: report (``.pdf``, ``.html``), slides (``.pptx``), map sheet (``.png``: what changed, or
            the land cover of a single date), or the data package with all of these in it (``.zip``).
        words: the reader's language.
        edits: titles, comments and choice of slides.
        evaluation: the network's ``.evaluation.json``, parsed.
        card: the network's card, parsed; for the package.
        corine: the colours that CORINE readers expect.
        check: the user's own check of the last date's map, for reports, slides and the data package.
        size_px: of a map sheet: width, or width and height.
        on_progress, cancelled: see ``domain.progress``.

    Returns:
        The content of the file; the same request gives the same bytes.

    Raises:
        InputError: an unknown ending, an impossible size, edits that do not fit, a check of another map.
        FileFormatError: the evaluation is damaged.
        CancelledError: ``cancelled()`` is true.
    """
    check_ending(ending)
    report = on_progress or (lambda fraction, message: None)
    if ending == ".png":
        report(0.0, words.translate("step.picture", title=words.translate("sheet.legend")))
        data = _sheets(bundle, words, corine, size_px, edits)[-1][1].png
        report(1.0, words.translate("step.done"))
        return data
    drawn = _sheets(bundle, words, corine, size_px, edits) if ending == ".zip" else []
    start = _PACKED if ending == ".zip" else 0.0
    files: dict[str, bytes] = {}

    def named(what: str, end: str) -> str:
        """Name of a document in the archive."""
        return packed_name(what, bundle.aoi, words, end, simulated=bundle.simulated, place=edits.place)

    reports = {end: named("report", end) for end in (".pdf", ".html", ".pptx")}
    sheets = {what: named(what, ".png") for what, _ in drawn}
    if ending == ".zip":
        files = package_files(
            bundle,
            evaluation=evaluation,
            card=card,
            corine=corine,
            check=check,
            words=words,
            further=[*reports.values(), *sheets.values()],
            on_progress=lambda f, m: report(start * f, words.translate("step.data")),
            cancelled=cancelled,
        )
    # fpdf2, python-pptx and the whole of matplotlib load here and not with the app.
    from lulc_core.report.documents.html import to_html
    from lulc_core.report.documents.pdf import to_pdf
    from lulc_core.report.documents.slides import to_pptx

    writers = {".pdf": to_pdf, ".html": to_html, ".pptx": to_pptx}
    middle = start + (1 - start) * _TOLD
    story = build_story(
        bundle,
        words,
        edits=edits,
        evaluation=evaluation,
        corine=corine,
        check=check,
        on_progress=lambda f, m: report(start + (middle - start) * f, m),
        cancelled=cancelled,
    )
    if ending != ".zip":
        return writers[ending](story, lambda f, m: report(middle + (1 - middle) * f, m), cancelled)
    for i, (kind, write) in enumerate(writers.items()):
        part = progress_of_part(lambda f, m: report(middle + (1 - middle) * f, m), i, len(writers))
        files[reports[kind]] = write(story, part, cancelled)
    for what, sheet in drawn:
        files[sheets[what]] = sheet.png
    report(1.0, words.translate("step.packing"))
    return zip_files(files, package_stem(bundle))


def write_document(data: bytes, path: Path) -> Path:
    """Write a document; whole or not at all. Its folder is made where it does not exist.

    Raises:
        InputError: the path is a folder, or leads through a file.
        SourceError: the disk is full, the folder must not be written to.
    """
    check_target(path)
    return write_files({path.name: data}, path.parent, what="the document")[0]


def check_target(path: Path) -> None:
    """Refuse a file that cannot be made, before any work is done for it.

    Raises:
        InputError: an unknown ending, the path is a folder, or leads through a file.
    """
    check_ending(path.suffix.lower(), path.name)
    if path.is_dir():
        raise InputError(f"{path} is a folder; a file is needed.", hint="Give the name of a file in it.")
    check_folder(path.parent)


def check_ending(ending: str, name: str = "") -> None:
    """Refuse what cannot be made.

    Raises:
        InputError: no such kind of document.
    """
    if ending not in ENDINGS:
        what = f"{name} ends in {ending}" if ending and name else f"{name or 'The name'} has no known ending"
        raise InputError(f"{what}; documents end in {', '.join(ENDINGS)}.", hint="Give one of these endings.")


def _sheets(
    bundle: Bundle, words: Words, corine: bool, size_px: int | tuple[int, int], edits: Edits
) -> list[tuple[str, Drawing]]:
    """Map sheets: land cover of the last date, and of a comparison what changed; the latter is the last."""
    context = report_context(bundle, words, None)
    name = edits.title.strip() or title_of(context, kind="map", place=edits.place)
    sheets = [("sheet_map", map_sheet(bundle.after, words, size_px, title=name, aoi=bundle.aoi, corine=corine))]
    if context.report is not None:
        change = context.report.change
        picture, name = context.bundle.after.picture, edits.title.strip() or title_of(context, place=edits.place)
        sheets.append(
            ("sheet_change", change_sheet(change, picture, words, size_px, title=name, aoi=bundle.aoi, corine=corine))
        )
    return sheets
