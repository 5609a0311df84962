"""The command line: what it takes, and what each outcome exits with. The work is in the other modules of cli.

Exit codes: 0 done, 1 something outside failed (network, service, disk), 2 bad input, 130 stopped with Ctrl-C.
With ``--json`` standard output carries JSON and nothing else; progress and notes go to standard error.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from lulc_core.cli import compare as cli_compare
from lulc_core.cli import model as cli_model
from lulc_core.cli import output as cli_output
from lulc_core.cli import report as cli_report
from lulc_core.cli import spectrum as cli_spectrum
from lulc_core.domain.errors import LulcError
from lulc_core.version import __version__

PROGRAM = "python -m lulc_core"
_EXAMPLES = {
    "": "map --source simulated --bbox 8.80,45.45,8.90,45.52 --date 2021-08-14 --out milan",
    "classify": "classify Forest_12.jpg River_3.jpg --json",
    "map": "map --source sentinel-hub --bbox -3.75,40.38,-3.65,40.45 --from 2023-06-01 --to 2023-08-31 --out madrid\n"
    f"  {PROGRAM} map --source geotiff --image S2_L1C.tif --date 2019-09-18 --out spain",
    "search": "search --source sentinel-hub --aoi field.geojson --from 2023-06-01 --to 2023-08-31",
    "spectrum": "spectrum --source simulated --point 8.85,45.48 --date 2021-08-14 --json",
    "train": "train --data EuroSAT.zip --out weights --name mine --epochs 40",
    "evaluate": "evaluate --data EuroSAT.zip --split validation --json",
    "benchmark": "benchmark --json",
}


class _Parser(argparse.ArgumentParser):
    """Answers bad arguments with one sentence, not with the whole usage."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:  # parse_args and sub-commands call it
        return super().parse_known_args(_join_negative(list(sys.argv[1:] if args is None else args)), namespace)

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"Error: {message}. `{self.prog} --help` explains.\n")


def run() -> NoReturn:
    """Run the command line of this process and end it."""
    code = main()
    if code == 130:
        # After Ctrl-C nothing is left to tidy up, and a download thread in mid-request must not hold the terminal.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        argv: arguments without the program's name; None for those of the process.

    Returns:
        The exit code.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        args = build_parser().parse_args(arguments)
        args.command_line = f"{PROGRAM} {' '.join(arguments)}"
        _run(args)
        sys.stdout.flush()  # here, so that a full disk or a closed pipe is noticed
        return 0
    except SystemExit as stop:  # argparse, after --help or a bad argument
        return stop.code if isinstance(stop.code, int) else 2
    except LulcError as error:
        sys.stderr.write(f"Error: {error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("Stopped. Nothing half-written was left behind.\n")
        return 130
    except BrokenPipeError:
        # The reader (head, less) has gone: no complaint, and none from the interpreter's own last flush either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except MemoryError:
        sys.stderr.write("Error: this machine has too little memory for it. Choose a smaller area.\n")
        return 1


def build_parser() -> argparse.ArgumentParser:
    """The arguments of all commands."""
    parser = _Parser(
        prog=PROGRAM,
        description="Land use and land cover of Sentinel-2 imagery, in tiles of 640 m, and how sure one can be of it.",
        epilog="Exit codes: 0 done, 1 something outside failed, 2 bad input, 130 stopped.\n\n" + _example(""),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"LULC Explorer {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(name: str, text: str, description: str) -> argparse.ArgumentParser:
        made = commands.add_parser(
            name,
            help=text,
            description=description,
            epilog=_example(name),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        made.add_argument("--json", action="store_true", help="print JSON on standard output and nothing else there")
        made.add_argument("--quiet", action="store_true", help="no progress on standard error")
        return made

    _add_classify(command("classify", "name pictures", "Names pictures (JPG, PNG), each as a whole."))
    _add_map(
        command(
            "map",
            "make a land-cover map of an area",
            "Fetches imagery of an area, names its tiles and writes land_cover.tif, probabilities.tif, tiles.geojson\n"
            "and summary.json. Where all tiles are cloudy or empty the files are written all the same, without\n"
            "classes, and a note says why.",
        )
    )
    _add_search(
        command("search", "list acquisitions of an area", "Lists what was acquired over an area, newest first.")
    )
    cli_compare.add_parser(commands)
    cli_report.add_parser(commands)
    _add_spectrum(
        command(
            "spectrum",
            "reflectance of a place, band by band",
            "Reads all bands of one acquisition at a place or over an area: mean, spread and count on the wavelengths\n"
            "of the satellite that took it, and NDVI, NDWI, NDBI, EVI. Clouds and gaps are left out and counted.",
        )
    )
    _add_train(command("train", "train a network on EuroSAT", "Trains a network on EuroSAT and writes its weights."))
    _add_evaluate(command("evaluate", "measure a network", "Measures a network on patches that it has not learnt."))
    _add_benchmark(command("benchmark", "measure the speed", "Measures tiles per second of the classifier here."))
    return parser


def _example(name: str) -> str:
    return f"example:\n  {PROGRAM} {_EXAMPLES[name]}"


def _add_classify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pictures", nargs="+", metavar="PICTURE", help="JPG or PNG, best 64 x 64 px at 10 m")
    parser.add_argument(
        "--symmetries", action="store_true", help="mean of the eight turns and mirrors; 8 times as long"
    )
    _add_model(parser)


def _add_map(parser: argparse.ArgumentParser) -> None:
    _add_source(parser)
    _add_area(parser)
    _add_period(parser)
    _add_model(parser)
    parser.add_argument(
        "--min-clear-share",
        type=float,
        metavar="SHARE",
        help="a tile with less clear ground is left out (default: 0.5, or LULC_MIN_CLEAR_SHARE)",
    )
    cli_output.add_detail(parser)
    parser.add_argument("--out", required=True, metavar="DIR", help="folder for the four files; made if need be")


def _add_search(parser: argparse.ArgumentParser) -> None:
    _add_source(parser)
    _add_area(parser)
    _add_period(parser)


def _add_spectrum(parser: argparse.ArgumentParser) -> None:
    _add_source(parser)
    cli_spectrum.add_arguments(parser)
    _add_period(parser)


def _add_train(parser: argparse.ArgumentParser) -> None:
    cli_model.add_train_arguments(parser)


def _add_evaluate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", required=True, metavar="ZIP_OR_FOLDER", help="EuroSAT RGB, as downloaded or unpacked")
    parser.add_argument("--split", default="validation", choices=("train", "validation", "test"))
    parser.add_argument("--shifts", action="store_true", help="also in other light and air; 34 times as long")
    parser.add_argument(
        "--symmetries", action="store_true", help="mean of the eight turns and mirrors; 8 times as long"
    )
    parser.add_argument("--scenes", metavar="DIR", help="real scenes (GeoTIFF): how many of their tiles are unlike")
    parser.add_argument("--against", metavar="MODEL", help="another network on the same patches, for comparison")
    parser.add_argument("--write", action="store_true", help="keep the result beside the weights, for the app")
    _add_model(parser)


def _add_benchmark(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--seconds", type=float, default=3.0, metavar="S", help="for each figure (default: %(default)s)"
    )
    _add_model(parser)


def _add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", metavar="NAME", help="name of a model, or path of a .safetensors file")
    parser.add_argument("--device", choices=("cpu", "cuda", "mps"), help="default: the best that is there")


def _add_source(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--source",
        choices=("sentinel-hub", "simulated", "geotiff"),
        help="where imagery comes from; geotiff if --image is given",
    )
    files = parser.add_argument_group("your own files (geotiff)")
    files.add_argument(
        "--image", nargs="+", metavar="FILE", help="one file of many bands, or one per band (.tif, .jp2)"
    )
    files.add_argument(
        "--bands", metavar="B02,B03,...", help="bands of the file in its order, where it does not name them"
    )
    files.add_argument("--level", choices=("L1C", "L2A"), help="processing level, where the file does not say")
    files.add_argument("--offset", type=float, metavar="N", help="added to every number: 0, or -1000 if still in")
    files.add_argument("--scale", type=float, metavar="N", help="numbers per unit of reflectance, such as 10000 or 1")
    files.add_argument(
        "--satellite", choices=("S2A", "S2B", "S2C"), help="whose wavelengths, where the file does not say"
    )
    hub = parser.add_argument_group("Sentinel Hub (else SH_CLIENT_ID, SH_CLIENT_SECRET, SH_BASE_URL, SH_TOKEN_URL)")
    hub.add_argument("--client-id", metavar="ID")
    hub.add_argument(
        "--client-secret",
        metavar="SECRET",
        help="other users may see it in the process list: better set SH_CLIENT_SECRET",
    )
    hub.add_argument("--base-url", metavar="URL")
    hub.add_argument("--token-url", metavar="URL")


def _add_area(parser: argparse.ArgumentParser) -> None:
    area = parser.add_argument_group("area (geotiff: the whole file if neither is given)")
    one = area.add_mutually_exclusive_group()
    one.add_argument("--aoi", metavar="FILE", help="GeoJSON, KML, GeoPackage or zipped Shapefile with polygons")
    one.add_argument("--bbox", metavar="W,S,E,N", help="corners in degrees, longitude first")


def _add_period(parser: argparse.ArgumentParser) -> None:
    period = parser.add_argument_group("when (days in UTC; geotiff: that of the file if none is given)")
    period.add_argument("--date", metavar="YYYY-MM-DD", help="the acquisition of this day")
    period.add_argument(
        "--from", dest="start", metavar="YYYY-MM-DD", help="first day of a period; map takes the clearest"
    )
    period.add_argument("--to", dest="end", metavar="YYYY-MM-DD", help="last day of the period")


def _run(args: argparse.Namespace) -> None:
    from lulc_core.cli import imagery as cli_imagery
    from lulc_core.cli import model as cli_model

    runners: dict[str, Any] = {
        "classify": cli_model.run_classify,
        "map": cli_imagery.run_map,
        "search": cli_imagery.run_search,
        "compare": cli_compare.run_compare,
        "report": cli_report.run_report,
        "spectrum": cli_spectrum.run_spectrum,
        "train": cli_model.run_train,
        "evaluate": cli_model.run_evaluate,
        "benchmark": cli_model.run_benchmark,
    }
    runners[args.command](args)


def _join_negative(arguments: list[str]) -> list[str]:
    """``--bbox -3.1,40,...`` as ``--bbox=-3.1,40,...``: argparse takes a lone minus for the start of an option."""
    joined: list[str] = []
    for text in arguments:
        negative = text.startswith("-") and text[1:2] in set("0123456789.")
        if joined and joined[-1] in ("--bbox", "--point") and negative:
            joined[-1] = f"{joined[-1]}={text}"
        else:
            joined.append(text)
    return joined
