"""The commands ``map`` and ``search``."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lulc_core.cli.arguments import add_area, add_command, add_detail_and_out, add_model, add_period, add_source
from lulc_core.cli.output import print_json, print_lines, print_notes, progress, share, table, written
from lulc_core.cli.request import kept_request
from lulc_core.domain.errors import DateError, InputError

if TYPE_CHECKING:
    from lulc_core.domain.aoi import Aoi
    from lulc_core.settings import Settings
    from lulc_core.sources.base import ImagerySource
    from lulc_core.sources.geotiff.decisions import Question
    from lulc_core.sources.geotiff.source import GeoTiffSource


_SHOWN = ("id", "datetime", "date", "source", "level", "satellite", "simulated", "cloud_cover_pct", "clear_share")
_ALL_SHOWN = (*_SHOWN, "relative_orbit", "products", "notes", "attribution")
"""Of an acquisition, in ``search --json``."""


def add_map(commands: Any) -> None:
    """Declare the command ``map``."""
    parser = add_command(
        commands,
        "map",
        run_map,
        "make a land-cover map of an area",
        "Fetches imagery of an area, names its tiles and writes land_cover.tif, probabilities.tif,\n"
        "tiles.geojson and summary.json. Where all tiles are cloudy or empty the files are written all the\n"
        "same, without classes, and a note says why.",
        "map --source sentinel-hub --bbox -3.75,40.38,-3.65,40.45 --from 2023-06-01 --to 2023-08-31 --out madrid",
        "map --source geotiff --image S2_L1C.tif --date 2019-09-18 --out spain",
    )
    add_source(parser)
    add_area(parser)
    add_period(parser)
    add_model(parser)
    parser.add_argument(
        "--min-clear-share",
        type=float,
        metavar="SHARE",
        help="a tile with less clear ground is left out (default: 0.5, or LULC_MIN_CLEAR_SHARE)",
    )
    add_detail_and_out(parser)


def add_search(commands: Any) -> None:
    """Declare the command ``search``."""
    parser = add_command(
        commands,
        "search",
        run_search,
        "list acquisitions of an area",
        "Lists what was acquired over an area, newest first.",
        "search --source sentinel-hub --aoi field.geojson --from 2023-06-01 --to 2023-08-31",
    )
    add_source(parser)
    add_area(parser)
    add_period(parser)


def run_map(args: argparse.Namespace) -> None:
    """Search, load and classify one date, write the map."""
    from lulc_core.analysis.accuracy.area import area_account
    from lulc_core.analysis.describe import describe_map
    from lulc_core.domain.files import check_folder
    from lulc_core.domain.grid import TileGrid
    from lulc_core.export.bundle import write_result
    from lulc_core.export.map_files import summary
    from lulc_core.library import network_of
    from lulc_core.model.card import load_card
    from lulc_core.pipeline.classify import choose_acquisition, classify, cost_of

    report = progress(args)
    settings = settings_of(args)
    # What can be refused without a request is refused first: a download costs time and quota.
    folder = Path(args.out)
    check_folder(folder)
    load_card(settings.model)
    source, aoi, start, end = request_of(args, settings)
    aoi.check_size(settings.max_area_km2)
    grid = TileGrid.from_aoi(aoi, cell_m=args.detail)
    found = source.search(aoi, start, end, on_progress=lambda f, m: report(0.1 * f, m))
    acquisition = choose_acquisition(found, day=start if start == end else None)

    cost = cost_of(source, grid, acquisition.available_bands)
    if cost.requests and not args.quiet:
        units = f"{cost.requests:,} requests, about {cost.processing_units:,.1f} processing units"
        print_notes([f"{cost.tiles:,} tiles, {units} at most; what is on disk already costs nothing."])

    result = classify(
        source,
        acquisition,
        grid,
        network_of(settings, args.device),
        min_clear_share=settings.min_clear_share,
        on_progress=lambda f, m: report(0.1 + 0.9 * f, m),
    )
    paths = write_result(result, folder, aoi=aoi, request=kept_request(args, settings))
    if args.json:
        print_json({**summary(result.land_cover, result.tiles, aoi=aoi), "files": [str(p) for p in paths]})
        return
    account = area_account(result.land_cover)
    rows = [(a.cls.name, f"{a.tiles:,}", f"{a.ha:,.1f}", f"{a.pct:.1f}") for a in account.land]
    rows += [(a.cls.map_label, f"{a.tiles:,}", "", f"{a.pct:.1f}") for a in account.crossed]
    left = (f"{account.left_out_tiles:,}", f"{account.left_out_ha:,.1f}", f"{account.left_out_pct:.1f}")
    rows += [("left out", *left)] if account.left_out_tiles else []
    print_lines([" ".join(describe_map(result.land_cover)), ""])
    if rows:
        print_lines([*table(("class", f"{grid.unit}s ", "ha ", "% "), rows), ""])
    print_lines([*written(paths), acquisition.attribution])
    print_notes(result.land_cover.notes)


def run_search(args: argparse.Namespace) -> None:
    """List acquisitions."""
    settings = settings_of(args)
    source, aoi, start, end = request_of(args, settings)
    aoi.check_size(settings.max_area_km2)
    found = source.search(aoi, start, end, on_progress=progress(args))
    if args.json:
        print_json([a.to_json(*_ALL_SHOWN) for a in found])
        return
    rows = [
        (
            a.datetime.strftime("%Y-%m-%d %H:%M"),
            a.satellite or "?",
            a.level,
            share(None if a.cloud_cover_pct is None else a.cloud_cover_pct / 100),
            share(a.clear_share),
            a.id + (" SIMULATED" if a.simulated else ""),
        )
        for a in found
    ]
    print_lines(table(("acquired (UTC)", "satellite", "level", "cloud (image) ", "clear (area) ", "id"), rows))
    print_notes(dict.fromkeys(note for a in found for note in a.notes))


def settings_of(args: argparse.Namespace) -> Settings:
    """Gather the settings; what the arguments say goes first.

    Raises:
        InputError: a number that is none or out of range.
    """
    least = getattr(args, "min_clear_share", None)
    if least is not None and not 0 < least <= 1:
        raise InputError(f"--min-clear-share is {least:g}; it must be above 0 and at most 1.")
    from lulc_core.settings import load_settings

    return load_settings(
        sh_client_id=args.client_id,
        sh_client_secret=args.client_secret,
        sh_base_url=args.base_url,
        sh_token_url=args.token_url,
        model=getattr(args, "model", None),
        min_clear_share=least,
    )


def request_of(args: argparse.Namespace, settings: Settings) -> tuple[ImagerySource, Aoi, date, date]:
    """Return source, area, first and last day that the arguments ask for."""
    name = args.source or ("geotiff" if args.image else None)
    if name is None:
        raise InputError(
            "No source of imagery is named.",
            hint="Add --source open (no account), sentinel-hub or simulated, or --image FILE.",
        )
    if name != "geotiff":
        refuse_file_options(args, name, "image")
    days = _days(args)
    aoi = area_of(args)
    if name == "geotiff":
        from lulc_core.sources.base import FIRST_ACQUISITION

        if not args.image:
            raise InputError(
                "The source geotiff needs files.", hint="Add --image FILE (one of many bands, or one per band)."
            )
        source = file_source(args, args.image, days[0] if days and args.date else None)
        # Without a period any day is right: the file has only one.
        return source, aoi or source.footprint(), *(days or (FIRST_ACQUISITION, datetime.now(UTC).date()))
    if aoi is None:
        raise InputError("No area is given.", hint="Add --bbox W,S,E,N or --aoi FILE.")
    if days is None:
        raise DateError("No date is given.", hint="Add --date YYYY-MM-DD, or --from YYYY-MM-DD --to YYYY-MM-DD.")
    from lulc_core.sources.registry import open_source

    return open_source(name, settings), aoi, *days


def refuse_file_options(args: argparse.Namespace, source: str, *options: str) -> None:
    """Refuse what is said of files where the source has none.

    Args:
        args: of the command.
        source: the one that was named.
        options: that name files, as attributes of ``args``.

    Raises:
        InputError: one of them is given, or one that describes files.
    """
    names = [k for k in (*options, "bands", "level", "offset", "scale", "satellite") if getattr(args, k) is not None]
    if names:
        given = ", ".join(f"--{name.replace('_', '-')}" for name in names)
        raise InputError(f"{given} go with --source geotiff, not with {source}.", hint="Leave them out.")


def file_source(args: argparse.Namespace, files: Sequence[str], day: date | None) -> GeoTiffSource:
    """Open the user's files of one date, with what the arguments say of them."""
    from lulc_core.sources.geotiff.source import GeoTiffSource

    source = GeoTiffSource(
        [Path(p) for p in files],
        level=args.level,
        bands=[b.strip() for b in args.bands.split(",")] if args.bands else None,
        offset=args.offset,
        scale=args.scale,
        date=day,
        satellite=args.satellite or "",
    )
    print_notes(_to_settle(question) for question in source.info.questions if question.key != "date")
    return source


def _to_settle(question: Question) -> str:
    """Say what is taken where a file leaves something open, and which option says otherwise."""

    def option(value: Any, label: str) -> str:
        text = ",".join(value) if isinstance(value, tuple) else f"{value:g}" if isinstance(value, float) else str(value)
        plain = label.removeprefix(text).strip(" ()") if label.replace(", ", ",") != text else ""
        return f"--{question.key} {text}" + (f" ({plain})" if plain else "")

    guess = next((label for value, label in question.options if value == question.guess), str(question.guess))
    others = " or ".join(option(value, label) for value, label in question.options if value != question.guess)
    return f"{question.text} Taken: {guess}. If that is wrong, add {others}."


def area_of(args: argparse.Namespace) -> Aoi | None:
    """Return the area of ``--bbox`` or ``--aoi``, None where neither is given; print what there is to say of it.

    Raises:
        InputError: not four numbers, not an area, a file that cannot be read.
    """
    if args.aoi_layer is not None and args.aoi is None:
        raise InputError("--aoi-layer names a layer of a file, and none is given.", hint="Add --aoi FILE.")
    if args.bbox is not None:
        from lulc_core.domain.aoi import Aoi

        parts = args.bbox.split(",")
        try:
            west, south, east, north = (float(p) for p in parts)
        except ValueError as error:
            raise InputError(
                f"--bbox is {args.bbox!r}; four numbers W,S,E,N with commas between them are needed.",
                hint="Example: --bbox 8.80,45.45,8.90,45.52 (longitude first).",
            ) from error
        return Aoi.from_bbox(west, south, east, north)
    if args.aoi is None:
        return None
    from lulc_core.sources.area_files.reader import read_area_path

    aoi = read_area_path(args.aoi, layer=args.aoi_layer or "")
    print_notes(aoi.notes)
    return aoi


def _days(args: argparse.Namespace) -> tuple[date, date] | None:
    if args.date is not None:
        if args.start is not None or args.end is not None:
            raise DateError("Both --date and a period are given.", hint="Use --date, or --from and --to.")
        day = day_of("--date", args.date)
        return day, day
    if args.start is None and args.end is None:
        return None
    if args.start is None or args.end is None:
        missing = "--from" if args.start is None else "--to"
        raise DateError(f"A period needs both ends; {missing} is missing.", hint=f"Add {missing} YYYY-MM-DD.")
    return day_of("--from", args.start), day_of("--to", args.end)


def day_of(option: str, text: str) -> date:
    """Read a day of the command line.

    Raises:
        DateError: not of the form YYYY-MM-DD, or no day of the calendar.
    """
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise DateError(f"{option} is {text}, a day that no calendar has.", hint="Check month and day.") from error
    raise DateError(f"{option} is {text!r}; a day is written YYYY-MM-DD.", hint=f"Example: {option} 2021-08-14.")
