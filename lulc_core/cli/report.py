"""The command ``report``: documents of what ``map`` or ``compare`` wrote. No browser, no network."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lulc_core.cli.arguments import add_command
from lulc_core.cli.output import print_json, print_lines, progress
from lulc_core.domain.errors import InputError

if TYPE_CHECKING:
    from lulc_core.analysis.accuracy.olofsson import UserCheck
    from lulc_core.domain.results import DatedMap

_READ = 0.05
_LANGUAGES = ("en", "it")  # of language.catalogue; named here, so that --help needs none of it


def add_report(commands: Any) -> None:
    """Declare the command ``report``."""
    parser = add_command(
        commands,
        "report",
        run_report,
        "a report, slides or a map sheet of a result",
        "Makes a document of what `map` or `compare` wrote, by the ending of --out: .pdf or .html\n"
        "(report), .pptx (slides), .png (map sheet), .zip (all data and all documents).",
        "report --from mesero --out mesero.pdf",
        'report --from mesero --out mesero_it.pptx --lang it --title "Mesero, 2019-2021"',
        "report --from mesero --out map.png --size 3000",
    )
    parser.add_argument("--from", dest="result", required=True, metavar="DIR", help="folder of a result, or its zip")
    parser.add_argument("--out", required=True, metavar="FILE", help="ends in .pdf, .html, .pptx, .png or .zip")
    parser.add_argument("--lang", choices=_LANGUAGES, default="en", help="language (default: %(default)s)")
    parser.add_argument("--title", default="", metavar="TEXT", help="title (default: made from place and dates)")
    parser.add_argument("--place", default="", metavar="TEXT", help="what the area is called")
    parser.add_argument("--corine", action="store_true", help="the colours that CORINE readers expect")
    parser.add_argument(
        "--check",
        metavar="FILE",
        help="answers of a check, saved on the Report page: adds accuracy and areas with 95 %% intervals",
    )
    parser.add_argument(
        "--size", metavar="W[xH]", help="width of a map sheet in pixels, or width and height (default: 2000)"
    )


def run_report(args: argparse.Namespace) -> None:
    """Make a document of a stored result.

    Raises:
        InputError: no result there, an unknown ending, a bad size, a check that is of another map or too short.
        FileFormatError: the check is damaged.
        SourceError: the disk is full.
    """
    from lulc_core.export.bundle_read import read_bundle
    from lulc_core.language.words import Words
    from lulc_core.model.model_files import files_beside
    from lulc_core.report.documents.write import MAP_PX, check_target, document, write_document
    from lulc_core.report.story.slide import Edits

    path = Path(args.out)
    check_target(path)
    size = MAP_PX if args.size is None else size_of(args.size)
    report = progress(args)
    report(0.0, "Reading the result")
    bundle = read_bundle(Path(args.result))
    network = bundle.after.land_cover.model
    card, evaluation = files_beside(network.name, network.sha256)
    check = None if args.check is None else _check_of(Path(args.check), bundle.after)
    data = document(
        bundle,
        path.suffix.lower(),
        Words(args.lang),
        edits=Edits(title=args.title, place=args.place),
        evaluation=evaluation,
        card=card,
        corine=args.corine,
        check=check,
        size_px=size,
        on_progress=lambda f, m: report(_READ + (1 - _READ) * f, m),
    )
    written = write_document(data, path)
    if args.json:
        print_json(
            {
                "file": str(written),
                "bytes": len(data),
                "lang": args.lang,
                "kind": bundle.kind,
                "simulated": bundle.simulated,
                "attribution": bundle.attribution,
            }
        )
        return
    print_lines([f"wrote {written}", bundle.attribution])


def _check_of(path: Path, dated: DatedMap) -> UserCheck:
    from lulc_core.analysis.accuracy.labels import labels_from_json
    from lulc_core.analysis.accuracy.olofsson import user_check

    try:
        text = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"The answers of a check, {path}, cannot be read.", hint="Give the file that was saved on the Report page."
        ) from error
    return user_check(*labels_from_json(text, dated.land_cover, dated.tiles), dated.land_cover)


def size_of(text: str) -> int | tuple[int, int]:
    """Read a width, or width and height: ``2000`` or ``2000x1500``.

    Raises:
        InputError: it is neither.
    """
    found = re.fullmatch(r"(\d{1,6})(?:[xX×](\d{1,6}))?", text.strip())
    if not found:
        raise InputError(f"--size {text} is no size in pixels.", hint="Example: --size 2000 or --size 2000x1500")
    width = int(found.group(1))
    return (width, int(found.group(2))) if found.group(2) else width
