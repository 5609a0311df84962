"""Arguments that several commands share, and how a command is declared."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

DAY = "YYYY-MM-DD"
PLACES = "where the patches lie, for the spatial split: a CSV of stem and part, or EuroSAT_MS.zip"
_RESOLUTIONS_M = (640, 320, 160, 80)  # those of domain.grid, which --help need not load


def program() -> str:
    """Return what the user typed to get here: ``lulc``, or ``python -m lulc_core``."""
    return "lulc" if Path(sys.argv[0]).stem == "lulc" else "python -m lulc_core"


def add_command(
    commands: Any, name: str, run: Callable[[argparse.Namespace], None], text: str, description: str, *examples: str
) -> argparse.ArgumentParser:
    """Declare a command with ``--json`` and ``--quiet``.

    Args:
        commands: what ``add_subparsers`` returned.
        name: of the command.
        run: what it does.
        text: a few words for the list of commands.
        description: a sentence or two for its own help.
        examples: command lines without the program.
    """
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, **help_style(description, *examples))
    parser.set_defaults(run=run)
    parser.add_argument("--json", action="store_true", help="print JSON on standard output and nothing else there")
    parser.add_argument("--quiet", action="store_true", help="no progress on standard error")
    return parser


def help_style(description: str, *examples: str, before: str = "") -> dict[str, Any]:
    """Return how a parser explains itself: a description, and examples under its options."""
    lines = "\n".join(f"  {program()} {line}" for line in examples)
    return {
        "description": description,
        "epilog": f"{before}example:\n{lines}",
        "formatter_class": argparse.RawDescriptionHelpFormatter,
        "allow_abbrev": False,
    }


def add_source(parser: argparse.ArgumentParser, image: str = "--image") -> Any:
    """Add ``--source``, the account, the user's files and what is said of them.

    Args:
        parser: of the command.
        image: the option that names the first files.

    Returns:
        The group of the user's files, to which others may be added.
    """
    parser.add_argument(
        "--source",
        choices=("open", "sentinel-hub", "simulated", "geotiff"),
        help=f"where imagery comes from; geotiff if {image} is given",
    )
    files = parser.add_argument_group("your own files (geotiff); what is said of them holds for all of them")
    files.add_argument(image, nargs="+", metavar="FILE", help="one file of many bands, or one per band (.tif, .jp2)")
    files.add_argument("--bands", metavar="B02,B03,...", help="bands in their order, where a file does not name them")
    files.add_argument("--level", choices=("L1C", "L2A"), help="processing level, where a file does not say")
    files.add_argument("--offset", type=float, metavar="N", help="added to every number: 0, or -1000 if still in")
    files.add_argument("--scale", type=float, metavar="N", help="numbers per unit of reflectance, such as 10000 or 1")
    files.add_argument("--satellite", choices=("S2A", "S2B", "S2C"), help="for its wavelengths, where no file says")
    hub = parser.add_argument_group("Sentinel Hub (else SH_CLIENT_ID, SH_CLIENT_SECRET, SH_BASE_URL, SH_TOKEN_URL)")
    hub.add_argument("--client-id", metavar="ID")
    hub.add_argument("--client-secret", metavar="SECRET", help="other users may see it: better set SH_CLIENT_SECRET")
    hub.add_argument("--base-url", metavar="URL")
    hub.add_argument("--token-url", metavar="URL")
    return files


def add_area(parser: argparse.ArgumentParser, title: str = "area (geotiff: the whole file if neither is given)") -> Any:
    """Add ``--aoi`` with ``--aoi-layer``, and ``--bbox``, of which one may be given.

    Returns:
        Their group, to which others may be added.
    """
    titled = parser.add_argument_group(title)
    group = titled.add_mutually_exclusive_group()
    group.add_argument("--aoi", metavar="FILE", help="GeoJSON, KML, GeoPackage or zipped Shapefile with polygons")
    titled.add_argument("--aoi-layer", metavar="NAME", help="which layer of it, where several have polygons")
    group.add_argument("--bbox", metavar="W,S,E,N", help="corners in degrees, longitude first")
    return group


def add_period(parser: argparse.ArgumentParser) -> None:
    """Add ``--date``, ``--from`` and ``--to``."""
    period = parser.add_argument_group("when (days in UTC; geotiff: that of the file if none is given)")
    period.add_argument("--date", metavar=DAY, help="the acquisition of this day")
    period.add_argument("--from", dest="start", metavar=DAY, help="first day of a period; map takes the clearest")
    period.add_argument("--to", dest="end", metavar=DAY, help="last day of the period")


def add_model(parser: argparse.ArgumentParser) -> None:
    """Add ``--model`` and ``--device``."""
    parser.add_argument("--model", metavar="NAME", help="name of a model, or path of a .safetensors file")
    add_device(parser)


def add_device(parser: argparse.ArgumentParser) -> None:
    """Add ``--device``."""
    parser.add_argument("--device", choices=("cpu", "cuda", "mps"), help="default: the best that is there")


def add_symmetries(parser: argparse.ArgumentParser) -> None:
    """Add ``--symmetries``."""
    text = "mean of the eight turns and mirrors; 8 times as long"
    parser.add_argument("--symmetries", action="store_true", help=text)


def add_detail_and_out(parser: argparse.ArgumentParser) -> None:
    """Add ``--detail`` and ``--out``, the same for every command that makes maps."""
    parser.add_argument(
        "--detail",
        type=int,
        choices=_RESOLUTIONS_M,
        default=_RESOLUTIONS_M[0],
        help="metres of ground that one cell of the map covers: whole tiles, or finer cells from overlapping windows, "
        "which look at one more tile around the area (default: %(default)s)",
    )
    parser.add_argument("--out", required=True, metavar="DIR", help="folder for the four files; made if need be")
