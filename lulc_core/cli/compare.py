"""The command ``compare``: two dates of one area, or two files of the user's own."""

from __future__ import annotations

import argparse
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lulc_core.cli.arguments import DAY, add_area, add_command, add_detail_and_out, add_model, add_source
from lulc_core.cli.imagery import area_of, day_of, file_source, refuse_file_options, settings_of
from lulc_core.cli.output import print_json, print_lines, print_notes, progress, table, written
from lulc_core.cli.request import kept_request
from lulc_core.domain.errors import AoiError, DateError, InputError

if TYPE_CHECKING:
    from lulc_core.domain.aoi import Aoi
    from lulc_core.domain.progress import Progress
    from lulc_core.domain.scene import Acquisition
    from lulc_core.settings import Settings
    from lulc_core.sources.base import ImagerySource

FLOWS_SHOWN = 10


def add_compare(commands: Any) -> None:
    """Declare the command ``compare``."""
    parser = add_command(
        commands,
        "compare",
        run_compare,
        "what changed between two dates, and how sure that is",
        "Names the tiles of an area on two dates with one network and writes what changed: change.tif\n"
        "(from, to, chance of change), changes.geojson, transitions.csv and summary.json.",
        "compare --source simulated --bbox 8.80,45.45,8.90,45.52 --before 2019-07-16 \\\n"
        "      --after 2021-08-14 --confirm 2022-07-20 --out mesero",
        "compare --image-before july_2019.tif --image-after august_2021.tif --out change",
    )
    files = add_source(parser, "--image-before")
    files.add_argument("--image-after", nargs="+", metavar="FILE", help="the same for the later date")
    files.add_argument(
        "--image-confirm",
        nargs="+",
        action="append",
        metavar="FILE",
        help="the same for a further date; may be given again for another one",
    )
    when = parser.add_argument_group("when (days in UTC; files: where they do not tell their day themselves)")
    when.add_argument("--before", metavar=DAY, help="the earlier acquisition")
    when.add_argument("--after", metavar=DAY, help="the later acquisition")
    when.add_argument(
        "--confirm",
        metavar=DAY,
        nargs="+",
        action="extend",
        default=[],
        help="further acquisitions, which tell lasting change from passing change",
    )
    add_area(parser, "area (files: all that both cover if neither is given)")
    add_model(parser)
    add_detail_and_out(parser)


def run_compare(args: argparse.Namespace) -> None:
    """Find the dates, classify and compare them, write what changed."""
    from lulc_core.analysis.change.pairs import check_dates
    from lulc_core.domain.change import transition_counts
    from lulc_core.domain.files import check_folder
    from lulc_core.domain.grid import TileGrid
    from lulc_core.export.bundle import write_result
    from lulc_core.export.change_files import change_summary
    from lulc_core.library import network_of
    from lulc_core.model.card import load_card
    from lulc_core.pipeline.compare import compare

    report = progress(args)
    settings = settings_of(args)
    # What can be refused without a request is refused first: a download costs time and quota.
    folder = Path(args.out)
    check_folder(folder)
    card = load_card(settings.model)
    days = _days(args)
    aoi = area_of(args)
    finder = _files if _is_files(args) else _dates
    aoi, found = finder(args, settings, aoi, days, lambda f, m: report(0.1 * f, m))
    (source_before, before), (source_after, after), *further = found
    check_dates(before, after, [a for _, a in further])
    aoi.check_size(settings.max_area_km2)

    result = compare(
        source_before,
        before,
        source_after,
        after,
        TileGrid.from_aoi(aoi, cell_m=args.detail),
        network_of(settings, args.device),
        confirm=further,
        bands=card.bands,  # the files hold no spectra, and every band is paid for
        min_clear_share=settings.min_clear_share,
        on_progress=lambda f, m: report(0.1 + 0.9 * f, m),
    )
    paths = write_result(result, folder, aoi=aoi, request=kept_request(args, settings))
    if args.json:
        print_json({**change_summary(result.report, aoi=aoi), "files": [str(p) for p in paths]})
        return
    print_lines([*result.report.sentences, ""])
    matrix = result.report.transitions
    flows = list(transition_counts(matrix).items())[:FLOWS_SHOWN]
    rows = [(matrix.names[r], matrix.names[c], f"{n:,}", f"{matrix.ha[r, c]:,.1f}") for (r, c), n in flows]
    if rows:
        print_lines([*table(("from", "to", f"{result.change.grid.unit}s ", "ha "), rows), ""])
    print_lines([*written(paths), result.change.attribution])
    print_notes(result.report.notes)


def _is_files(args: argparse.Namespace) -> bool:
    if args.source not in (None, "geotiff"):
        refuse_file_options(args, args.source, "image_before", "image_after", "image_confirm")
        return False
    files = {"--image-before": args.image_before, "--image-after": args.image_after}
    missing = [option for option, names in files.items() if names is None]
    if args.source is None and len(missing) == 2 and args.image_confirm is None:
        raise InputError(
            "No source of imagery is named.",
            hint="Add --source open (no account), sentinel-hub or simulated, or --image-before and --image-after.",
        )
    if missing:
        raise InputError(
            f"Two files are compared, but {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing.",
            hint="Add the files of both dates.",
        )
    return True


def _days(args: argparse.Namespace) -> tuple[date | None, date | None, list[date]]:
    """Return the days asked for; refuse those that cannot be compared."""
    from lulc_core.analysis.change.pairs import check_days

    before = None if args.before is None else day_of("--before", args.before)
    after = None if args.after is None else day_of("--after", args.after)
    confirm = [day_of("--confirm", text) for text in args.confirm]
    if before is not None and after is not None:
        check_days(before, after, *confirm)
    return before, after, confirm


_Found = list[tuple["ImagerySource", "Acquisition"]]


def _dates(
    args: argparse.Namespace,
    settings: Settings,
    aoi: Aoi | None,
    days: tuple[date | None, date | None, list[date]],
    report: Progress,
) -> tuple[Aoi, _Found]:
    """Find the acquisitions of a service on the days asked for."""
    from lulc_core.pipeline.classify import choose_acquisition

    before, after, confirm = days
    if before is None or after is None:
        missing = " and ".join(o for o, d in (("--before", before), ("--after", after)) if d is None)
        raise DateError(f"Two dates are compared, but {missing} is missing.", hint="Add YYYY-MM-DD.")
    if aoi is None:
        raise InputError("No area is given.", hint="Add --bbox W,S,E,N or --aoi FILE.")
    aoi.check_size(settings.max_area_km2)
    from lulc_core.sources.registry import open_source

    source = open_source(args.source or "sentinel-hub", settings)
    found: _Found = []
    wanted = [before, after, *confirm]
    for i, day in enumerate(wanted):
        report(i / len(wanted), f"Looking for {day}")
        found.append((source, choose_acquisition(source.search(aoi, day, day), day=day)))
    return aoi, found


def _files(
    args: argparse.Namespace,
    settings: Settings,
    aoi: Aoi | None,
    days: tuple[date | None, date | None, list[date]],
    report: Progress,
) -> tuple[Aoi, _Found]:
    """Find the acquisitions of files, and the area that both cover."""
    from lulc_core.pipeline.classify import choose_acquisition
    from lulc_core.pipeline.compare import common_area
    from lulc_core.sources.base import FIRST_ACQUISITION

    before, after, confirm = days
    further = args.image_confirm or []
    if confirm and len(confirm) != len(further):
        raise InputError(
            f"--confirm names {len(confirm)} dates, but --image-confirm gives files of {len(further)}.",
            hint="With files, give one --confirm date for each --image-confirm, or none.",
        )
    groups = [(args.image_before, before), (args.image_after, after)]
    groups += [(files, confirm[i] if confirm else None) for i, files in enumerate(further)]
    sources = [file_source(args, files, day) for files, day in groups]
    area = common_area(sources[0].footprint(), sources[1].footprint(), aoi)
    today = datetime.now(UTC).date()
    found: _Found = []
    for i, source in enumerate(sources):
        report(i / len(sources), "Reading files")
        if i > 1:
            try:
                common_area(source.footprint(), area)
            except AoiError as error:
                raise AoiError(
                    f"The image of --image-confirm {Path(further[i - 2][0]).name} does not cover the area compared.",
                    hint="Leave it out, or give one of the same place.",
                ) from error
        found.append((source, choose_acquisition(source.search(area, FIRST_ACQUISITION, today))))
    return area, found
