"""The command line: what it takes, and what each outcome exits with. The work is in the other modules of cli.

Exit codes: 0 done, 1 something outside failed (network, service, disk), 2 bad input, 3 done but for parts that failed
(region), 130 stopped with Ctrl-C.
With ``--json`` standard output carries JSON and nothing else; progress and notes go to standard error.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from lulc_core.cli import compare, evaluate, imagery, model, region, report, sources, spectrum
from lulc_core.cli.arguments import help_style, program
from lulc_core.domain.errors import LulcError
from lulc_core.isolation.calls import warm_up
from lulc_core.version import __version__

_FILES = ("aoi", "image", "image_before", "image_after", "pictures", "result", "data", "units")
"""Arguments that name files to be read in a process of its own."""


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
    """Run one command.

    Args:
        argv: arguments without the program's name; None for those of the process.

    Returns:
        The exit code.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        args = build_parser().parse_args(arguments)
        args.command_line = f"python -m lulc_core {' '.join(arguments)}"
        if any(vars(args).get(name) for name in _FILES):
            warm_up()  # while the command loads its own libraries
        args.run(args)
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
    """Declare the arguments of all commands."""
    parser = _Parser(
        prog=program(),
        **help_style(
            "Land use and land cover of Sentinel-2 imagery, in tiles of 640 m, and how sure one can be of it.",
            "map --source simulated --bbox 8.80,45.45,8.90,45.52 --date 2021-08-14 --out milan",
            before="Exit codes: 0 done, 1 something outside failed, 2 bad input, 3 done in part, 130 stopped.\n\n",
        ),
    )
    parser.add_argument("--version", action="version", version=f"LULC Explorer {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    model.add_classify(commands)
    imagery.add_map(commands)
    imagery.add_search(commands)
    sources.add_sources(commands)
    compare.add_compare(commands)
    region.add_region(commands)
    report.add_report(commands)
    spectrum.add_spectrum(commands)
    model.add_train(commands)
    evaluate.add_evaluate(commands)
    model.add_benchmark(commands)
    return parser


def _join_negative(arguments: list[str]) -> list[str]:
    """Write ``--bbox -3.1,40,...`` as ``--bbox=-3.1,40,...``: argparse takes a minus for the start of an option."""
    joined: list[str] = []
    for text in arguments:
        negative = text.startswith("-") and text[1:2] in set("0123456789.")
        if joined and joined[-1] in ("--bbox", "--point") and negative:
            joined[-1] = f"{joined[-1]}={text}"
        else:
            joined.append(text)
    return joined
