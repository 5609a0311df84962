"""The command ``region``: an area too large for one map, in blocks, on one machine or a cluster."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lulc_core.cli.arguments import add_area, add_command, add_detail_and_out, add_period, add_source
from lulc_core.cli.imagery import day_of, request_of, settings_of
from lulc_core.cli.output import print_json, print_lines, print_notes
from lulc_core.cli.request import kept_request
from lulc_core.domain.errors import DateError, InputError, LulcError

if TYPE_CHECKING:
    from lulc_core.region.plan import Plan
    from lulc_core.region.request import RegionRequest
    from lulc_core.settings import Settings

_LINE_EVERY_S = 60.0
_REDRAW_EVERY_S = 2.0


class BlocksFailedError(LulcError):
    """The region is finished but for some blocks."""

    exit_code = 3


def add_region(commands: Any) -> None:
    """Declare the command ``region``."""
    parser = add_command(
        commands,
        "region",
        run_region,
        "make a map of a province or a country, in blocks",
        "Cuts an area of any size into blocks of 20 km, makes them in several processes or on a Dask cluster, joins\n"
        "them to one map per UTM zone. The same command goes on where it stopped. Exit codes: 0 whole, 3 with blocks\n"
        "that failed (failures.csv), 130 stopped with Ctrl-C; others as for every command.",
        "region --source open --aoi province.gpkg --from 2024-06-01 --to 2024-08-31 --out province --workers 4",
        "region --source open --aoi italy.geojson --date 2024-07-15 --out italy --scheduler tcp://10.0.0.5:8786",
    )
    add_source(parser)
    add_area(parser)
    add_period(parser)
    parser.add_argument("--model", metavar="NAME", help="name of a model, or path of weights that every worker has")
    parser.add_argument(
        "--min-clear-share",
        type=float,
        metavar="SHARE",
        help="a tile with less clear ground is left out (default: 0.5, or LULC_MIN_CLEAR_SHARE)",
    )
    parser.add_argument(
        "--fill",
        type=int,
        metavar="N",
        help="so many further acquisitions may name tiles that clouds or the swath's edge leave without a name "
        "(default: 2 with a period, 0 with --date or --compare-to)",
    )
    parser.add_argument(
        "--compare-to",
        nargs="+",
        metavar="DAY",
        help="an earlier day, or the first and last day of an earlier period: says what changed since",
    )
    parser.add_argument("--units", metavar="FILE", help="polygons, such as municipalities: areas.csv has each of them")
    parser.add_argument("--units-name", metavar="COLUMN", help="the column that names them")
    add_detail_and_out(parser)
    cluster = parser.add_argument_group("where it is computed (default: processes of this machine)")
    cluster.add_argument("--workers", type=int, metavar="N", help="processes (default: one for each core)")
    cluster.add_argument(
        "--scheduler", metavar="ADDRESS", help="of a Dask scheduler, else DASK_SCHEDULER_ADDRESS; it is left running"
    )
    cluster.add_argument("--scheduler-file", metavar="FILE", help="that `dask scheduler --scheduler-file` wrote")
    cluster.add_argument("--max-connections", type=int, default=0, metavar="N", help="over the whole cluster")
    how = parser.add_argument_group("how")
    how.add_argument("--plan", action="store_true", help="say what it will take, and do nothing")
    how.add_argument("--yes", action="store_true", help="do not ask again before an expensive run")
    how.add_argument("--retry-failed", action="store_true", help="try the blocks in failures.csv again")
    how.add_argument("--no-guards", action="store_true", help="go on where most blocks are of no use")
    parser.add_argument("--block-tiles", type=int, default=None, help=argparse.SUPPRESS)  # for tests


def run_region(args: argparse.Namespace) -> None:
    """Plan, make and finish a region."""
    from lulc_core.region.blocks import blocks_of
    from lulc_core.region.cluster import open_cluster
    from lulc_core.region.execute import Options, begin, folder_at, make_blocks
    from lulc_core.region.finish import finish
    from lulc_core.region.folder import RunFolder
    from lulc_core.region.plan import make_plan

    settings = settings_of(args)
    workers = _workers(args)
    request = _request(args, settings)
    units = _units(args)
    blocks = blocks_of(request.aoi, request.block_tiles)
    if args.plan:
        folder = RunFolder(Path(args.out))
        _show_plan(make_plan(request, blocks, settings, folder if folder.kept_run() else None, workers), args)
        return
    folder = folder_at(Path(args.out))
    say = _say(args)
    going_on = begin(folder, request, blocks, kept_request(args, settings))
    if going_on:
        say(going_on, True)
    left = [b for b in blocks if folder.marker(b.name, request.key) is None]
    if left and not going_on and not args.yes:
        _ask(make_plan(request, blocks, settings, folder, workers), args)
    outcome = None
    failed = {} if args.retry_failed else folder.failures()
    if any(b.name not in failed for b in left):
        options = Options(args.retry_failed, not args.no_guards, args.max_connections)
        with open_cluster(
            scheduler=args.scheduler or "", scheduler_file=args.scheduler_file or "", workers=workers
        ) as cluster:
            say(f"Working on {cluster.where}." + (f" Dask's own page: {cluster.page}" if cluster.page else ""), True)
            outcome = make_blocks(cluster, request, settings, folder, blocks, say, options)
    run = finish(request, folder, blocks, outcome, kept_request(args, settings), units=units, say=say)
    if args.json:
        print_json(run)
    else:
        print_lines(_summary(run, folder.path))
    if run["blocks"]["failed"]:
        count = run["blocks"]["failed"]
        raise BlocksFailedError(
            f"{count:,} of {run['blocks']['total']:,} blocks failed; {folder.path / 'failures.csv'} says why.",
            hint="The same command with --retry-failed tries them again.",
        )


def _request(args: argparse.Namespace, settings: Settings) -> RegionRequest:
    """Read what is asked for; nothing is fetched yet."""
    from lulc_core.model.card import load_card
    from lulc_core.region.request import BLOCK_TILES, Files, RegionRequest, service_of

    card = load_card(settings.model)
    source, aoi, start, end = request_of(args, settings)
    before = _before(args.compare_to, start)
    files, service = None, service_of(source.name, settings)
    if source.name == "geotiff":
        files = Files(
            tuple(Path(p).resolve() for p in args.image),
            level=args.level,
            bands=tuple(b.strip() for b in args.bands.split(",")) if args.bands else (),
            offset=args.offset,
            scale=args.scale,
            day=day_of("--date", args.date) if args.date else None,
            satellite=args.satellite or "",
        )
        service = source.info.key  # type: ignore[attr-defined]
    fill = args.fill if args.fill is not None else 0 if start == end or before is not None else 2
    if not 0 <= fill <= 20:
        raise InputError(f"--fill is {fill}; it must be 0 to 20.")
    if before is not None and fill:
        raise InputError(
            "--fill and --compare-to do not go together.", hint="Two dates are compared, one view of each."
        )
    weights = settings.model
    if weights.endswith(".safetensors"):
        weights = str(Path(weights).resolve())
    return RegionRequest(
        aoi,
        source.name,
        start,
        end,
        weights,
        card.sha256,
        cell_m=args.detail,
        before=before,
        fill=fill,
        min_clear_share=settings.min_clear_share,
        service=service,
        files=files,
        block_tiles=args.block_tiles or BLOCK_TILES,
    )


def _before(texts: list[str] | None, start: date) -> tuple[date, date] | None:
    if texts is None:
        return None
    if len(texts) > 2:
        raise DateError(f"--compare-to takes a day or two, not {len(texts)}.", hint="Example: --compare-to 2019-07-16")
    days = [day_of("--compare-to", text) for text in texts]
    if days[0] > days[-1] or days[-1] >= start:
        raise DateError(
            f"--compare-to is {' to '.join(map(str, days))}; it must end before the period of the map ({start}).",
            hint="Give the earlier date there and the later one as --date, or --from and --to.",
        )
    return days[0], days[-1]


def _workers(args: argparse.Namespace) -> int:
    import os

    if args.workers is not None and not 1 <= args.workers <= 256:
        raise InputError(f"--workers is {args.workers}; it must be 1 to 256.")
    if args.workers is not None and (args.scheduler or args.scheduler_file):
        raise InputError("--workers starts processes here, and a scheduler is given.", hint="Leave one of them out.")
    if args.max_connections < 0:
        raise InputError(f"--max-connections is {args.max_connections}; it must be 0 (no limit) or more.")
    if args.workers:
        return int(args.workers)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _units(args: argparse.Namespace) -> Any:
    if args.units is None:
        if args.units_name is not None:
            raise InputError("--units-name names a column of a file, and none is given.", hint="Add --units FILE.")
        return None
    from lulc_core.sources.area_files.units import read_units

    return read_units(Path(args.units), column=args.units_name or "")


def _show_plan(plan: Plan, args: argparse.Namespace) -> None:
    if args.json:
        print_json(plan.to_json())
    else:
        print_lines(plan.lines())


def _ask(plan: Plan, args: argparse.Namespace) -> None:
    """Show the plan, and ask before an expensive run."""
    print_notes(plan.lines() if not args.quiet else [])
    if not plan.is_expensive:
        return
    if not sys.stdin.isatty():
        raise InputError("This run is expensive, and nobody is there to be asked.", hint="Add --yes to run it.")
    sys.stderr.write("Run it? [y/N] ")
    if input().strip().lower() not in ("y", "yes"):
        raise InputError("Not run.", hint="The same command asks again; --yes runs it.")


def _say(args: argparse.Namespace) -> Callable[[str, bool], None]:
    """Make what prints progress: redrawn on a terminal, a line a minute elsewhere."""
    if args.quiet:
        return lambda line, keep: None
    terminal, last = sys.stderr.isatty(), [0.0]

    def say(line: str, keep: bool) -> None:
        now = time.monotonic()
        if keep:
            sys.stderr.write(f"\r\x1b[K{line}\n" if terminal else f"{line}\n")
        elif now - last[0] >= (_REDRAW_EVERY_S if terminal else _LINE_EVERY_S):
            last[0] = now
            sys.stderr.write(f"\r\x1b[K{line}" if terminal else f"{time.strftime('%H:%M')} {line}\n")
        sys.stderr.flush()

    return say


def _summary(run: dict[str, Any], folder: Path) -> list[str]:
    counts = run["blocks"]
    lines = [f"{counts['done']:,} of {counts['total']:,} blocks made."]
    lines += [f"wrote {folder / name}" for name in run["files"]]
    return [*lines, run["attribution"]]
