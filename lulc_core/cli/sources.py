"""The command ``sources``."""

from __future__ import annotations

import argparse
from typing import Any

from lulc_core.cli.arguments import add_command
from lulc_core.cli.output import print_json, print_lines
from lulc_core.domain.errors import NetworkError


def add_sources(commands: Any) -> None:
    """Declare the command ``sources``."""
    add_command(
        commands,
        "sources",
        run_sources,
        "ask where imagery can come from",
        "Asks every service one small real question: the open bucket for a list and a part of a file, the two\n"
        "catalogues for a search, Earth Search for clouds, Sentinel Hub for a log-in where an account is set. Says in\n"
        "a line each what works, how fast, and what to do where not. Exit code 1 where the open archive does not work.",
        "sources --json",
    )


def run_sources(args: argparse.Namespace) -> None:
    """Ask all services."""
    from lulc_core.settings import load_settings
    from lulc_core.sources.check import check_sources

    answers = check_sources(load_settings())
    if args.json:
        print_json([answer.to_json() for answer in answers])
    else:
        for a in answers:
            state = "not asked" if not a.asked else f"works ({a.seconds:.1f} s)" if a.ok else "FAILS"
            hint = "" if a.ok else f" {a.hint}"
            print_lines([f"{a.service} ({a.host}), {a.question}: {state}. {a.answer}{hint}"])
    broken = [a for a in answers if not a.ok and a.service == "Open bucket"]
    if broken:
        hint = "Use Sentinel Hub, your own files or simulated imagery."
        raise NetworkError("The open archive does not work from here.", hint=hint)
