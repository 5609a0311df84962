"""How many true changes are found, how many unchanged tiles are reported, and how long a comparison takes.

    python -m benchmarks.change --write
    python -m benchmarks.change --only cells --cells 160 --side 10 --write
    python -m benchmarks.change --eurosat ../shared/data/EuroSAT.zip --sweep
    python -m benchmarks.change --only speed

On simulated landscapes of known truth, 2016 against 2020 or later, and on mosaics of held-out EuroSAT patches.
``confirmed`` is the same with one further clear date. ``--write`` keeps the figures where the program's sentences read
them; do so for every new network. Finer cells are measured on the simulated areas as tiles are; ``--only cells``
``--write`` measures them again and leaves those of tiles as they are, which must be of the same network and rule.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.change_pairs import CONDITIONS, LEARNT, REPORTED, Case, eurosat_cases, simulated_cases
from benchmarks.machine import describe_machine
from lulc_core.analysis.change.detect import RULE, change_map
from lulc_core.analysis.change.evaluation import FORMAT, Counts, evaluation_path, read_evaluation
from lulc_core.domain.change import Certainty, ChangeRule
from lulc_core.domain.evaluation import wilson

DOCS = Path("docs/change.md")
MARKS = ("<!-- measured -->", "<!-- /measured -->")
CELL_MARKS = ("<!-- cells -->", "<!-- /cells -->")
CELL_SIDE = 10
"""Tiles along a side of the areas that cells are measured on: 16 cells of 160 m to a tile."""
EUROSAT = Path("../shared/data/EuroSAT.zip")
SWEEP: dict[str, ChangeRule] = {
    "the rule": RULE,
    "no pictures": replace(RULE, similar_edges=2.0, dissimilar_edges=-2.0),
    **{
        f"{name} {value}": replace(RULE, **{name: value})
        for name, values in {
            "min_probability": (0.5, 0.6, 0.8, 0.9),
            "min_probability_confused": (0.9, 0.98),
            "similar_edges": (0.4, 0.6),
            "min_probability_similar": (0.95, 0.97, 0.995),
            "dissimilar_edges": (0.25, 0.45),
            "min_probability_dissimilar": (0.7, 0.9, 0.95),
        }.items()
        for value in values
    },
}
"""One threshold moved at a time."""


def count(cases: Sequence[Case], *, confirmed: bool = False, rule: ChangeRule = RULE) -> Counts:
    """What the rule says of tiles whose truth is known."""
    n = dict.fromkeys(Counts.__dataclass_fields__, 0)
    for case in cases:
        change = change_map(
            case.before,
            case.after,
            confirm=case.confirm if confirmed else (),
            rule=rule,
            edge_similarity=case.structure_confirmed if confirmed else case.edge_similarity,
        )
        true, same = case.changed & ~case.crossed, case.unchanged
        crossed = case.changed & case.crossed & change.compared
        very = change.certainty == Certainty.VERY_LIKELY
        for key, tiles in (
            ("changed", true & change.compared),
            ("found", true & change.changed),
            ("found_very", true & very),
            ("unchanged", same & change.compared),
            ("false", same & change.changed),
            ("false_very", same & very),
            ("label_found", true & change.differs),
            ("label_false", same & change.differs),
            ("changed_left_out", true & ~change.compared),
            ("unchanged_left_out", same & ~change.compared),
            ("crossed", crossed),
            ("crossed_found", crossed & change.changed),
        ):
            n[key] += int(np.count_nonzero(tiles))
    return Counts(**n)


def figures(counts: Counts) -> dict[str, Any]:
    """The counts with what follows from them; shares in per cent with their 95 % intervals (Wilson)."""
    return {
        "counts": asdict(counts),
        "found_pct": _pct(counts.found, counts.changed),
        "false_pct": _pct(counts.false, counts.unchanged),
        "label_found_pct": _pct(counts.label_found, counts.changed)[0],
        "label_false_pct": _pct(counts.label_false, counts.unchanged)[0],
        "changed_left_out_pct": _pct(counts.changed_left_out, counts.changed + counts.changed_left_out)[0],
        "unchanged_left_out_pct": _pct(counts.unchanged_left_out, counts.unchanged + counts.unchanged_left_out)[0],
        "right_where_1_in_100_changed_pct": {
            name: round(100 * counts.precision(0.01, level), 1)
            for name, level in (("all", None), ("likely", Certainty.LIKELY), ("very_likely", Certainty.VERY_LIKELY))
        },
    }


def sweep(cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Found and false for a range of thresholds, per cent."""
    rows = []
    for name, rule in SWEEP.items():
        plain, confirmed = count(cases, rule=rule), count(cases, rule=rule, confirmed=True)
        row: dict[str, Any] = {"rule": name}
        for how, c in (("", plain), ("confirmed_", confirmed)):
            row |= {f"{how}found_pct": _pct(c.found, c.changed)[0], f"{how}false_pct": _pct(c.false, c.unchanged)[0]}
        rows.append(row)
    return rows


def measure_cells(
    classifier: Any, sides_m: Sequence[int], side_tiles: int, report: Callable[[str], None]
) -> dict[str, Any]:
    """The figures of finer cells, on the simulated areas."""
    rows, started = [], time.perf_counter()
    for cell_m in sides_m:
        cases = simulated_cases(classifier, side_tiles, REPORTED, report, cell_m=cell_m)
        rows += [
            {
                "cell_m": cell_m,
                **asdict(condition),
                "two_dates": figures(count(cases[condition.name])),
                "confirmed": figures(count(cases[condition.name], confirmed=True)),
            }
            for condition in CONDITIONS
            if condition.group == "simulated"
        ]
    return {
        "made": datetime.now(UTC).date().isoformat(),
        "machine": describe_machine(),
        "seconds": round(time.perf_counter() - started, 1),
        "tiles_a_side": side_tiles,
        "conditions": rows,
    }


def speed(repeat: int) -> dict[str, Any]:
    """Seconds from the request to a painted comparison of 16 x 16 simulated tiles; network and imports are warm."""
    from datetime import date

    from benchmarks.change_pairs import simulated_on, square
    from lulc_core.model.classifier import load_classifier
    from lulc_core.pipeline.compare import compare
    from lulc_core.render.overlays.change_layers import change_layer, class_pair, picture_pair
    from lulc_core.sources.simulation.source import SimulatedSource

    source, classifier = SimulatedSource(), load_classifier()
    grid = square(8.85, 45.488, 16)
    days = [simulated_on(source, grid, day) for day in (date(2019, 7, 16), date(2021, 8, 14))]
    runs: list[dict[str, float]] = []
    for _ in range(repeat + 1):
        clock, used = time.perf_counter(), time.process_time()
        result = compare(source, days[0], source, days[1], grid, classifier)
        compared = time.perf_counter()
        change_layer(result.change)
        picture_pair(result.before.scene, result.after.scene)
        class_pair(result.before.land_cover, result.after.land_cover)
        drawn = time.perf_counter()
        runs.append(
            {
                "classify_s": result.timings_s["classify"],
                "compare_s": result.timings_s["compare"],
                "layers_s": drawn - compared,
                "total_s": drawn - clock,
                "cpu_s": time.process_time() - used,
            }
        )
    warm = {key: round(statistics.median(r[key] for r in runs[1:]), 3) for key in runs[0]}
    return {"tiles": grid.n_tiles, "first_total_s": round(runs[0]["total_s"], 3), "warm": warm}


def _pct(part: int, whole: int) -> tuple[float, float, float]:
    """Share, and its 95 % interval, per cent."""
    if not whole:
        return float("nan"), 0.0, 100.0
    low, high = wilson(part, whole)
    return round(100 * part / whole, 2), round(100 * low, 2), round(100 * high, 2)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs what is asked for and prints it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--write", action="store_true", help=f"keep the figures in {evaluation_path().name}")
    parser.add_argument("--side", type=int, default=20, help="tiles along a side of each simulated area (default: 20)")
    parser.add_argument("--eurosat", type=Path, default=EUROSAT, help="EuroSAT zip (default: %(default)s)")
    parser.add_argument("--model", default="default", help="name of a model (default: %(default)s)")
    parser.add_argument("--sweep", action="store_true", help="also a range of thresholds, on the areas kept for that")
    parser.add_argument("--repeat", type=int, default=3, help="runs of the speed measurement, 0 for none")
    parser.add_argument("--cells", type=int, nargs="*", default=[160], help="sides of finer cells, m (default: 160)")
    parser.add_argument("--only", choices=("simulated", "eurosat", "cells", "speed"))
    args = parser.parse_args(argv)
    if args.write and args.only not in (None, "cells"):
        parser.error("--write needs all pairs: leave --only out")
    if not args.eurosat.exists() and args.only in (None, "eurosat"):
        parser.error(f"{args.eurosat} is not there; give --eurosat, or --only simulated")
    from lulc_core.model.classifier import load_classifier

    def report(text: str) -> None:
        print(text, file=sys.stderr)

    started = time.perf_counter()
    classifier = load_classifier(args.model)
    cases: dict[tuple[str, str], list[Case]] = {}
    if args.only in (None, "simulated"):
        found = simulated_cases(classifier, args.side, REPORTED, report)
        cases |= {("simulated", name): c for name, c in found.items()}
    if args.only in (None, "eurosat"):
        mosaics = eurosat_cases(classifier, args.eurosat, report=report)
        cases |= {("eurosat", name): [c] for name, c in mosaics.items()}
    out: dict[str, Any] = {
        "format": FORMAT,
        "made": datetime.now(UTC).date().isoformat(),
        "command": "python -m benchmarks.change --write",
        "machine": describe_machine(),
        "seconds": 0.0,
        "model": {"name": classifier.card.name, "sha256": classifier.card.sha256},
        "rule": RULE.to_json(),
        "data": {
            "simulated": {"world": "busy", "places": [list(p) for p in REPORTED], "tiles_a_side": args.side},
            "eurosat": {"part": "validation", "half_exchanged_for_another_class": True, "seed": 0},
        },
        "conditions": [
            {
                **asdict(condition),
                "two_dates": figures(count(cases[condition.group, condition.name])),
                "confirmed": figures(count(cases[condition.group, condition.name], confirmed=True)),
            }
            for condition in CONDITIONS
            if (condition.group, condition.name) in cases
        ],
    }
    if args.only in (None, "cells"):
        out["cells"] = measure_cells(classifier, args.cells, args.side if args.only else CELL_SIDE, report)
    if args.only == "cells" and args.write:
        stored = json.loads(evaluation_path().read_text(encoding="utf-8"))
        if (stored["model"]["sha256"], stored["rule"]) != (out["model"]["sha256"], out["rule"]):
            parser.error("the stored figures are of another network or rule: leave --only out")
        out = {**stored, "cells": out["cells"]}
    else:
        out["seconds"] = round(time.perf_counter() - started, 1)
    if args.write:
        text = json.dumps(out, indent=1) + "\n"
        read_evaluation(text)  # a file that cannot be read back is not written
        evaluation_path().write_text(text, encoding="utf-8")
        DOCS.write_text(with_table(DOCS.read_text(encoding="utf-8"), out), encoding="utf-8")
        report(f"wrote {evaluation_path()} and the table of {DOCS}")
    if args.sweep:
        out["sweep"] = {k: sweep(c) for k, c in simulated_cases(classifier, args.side, LEARNT, report).items()}
    if args.only in (None, "speed") and args.repeat and not args.write:
        out["speed"] = speed(args.repeat)
    print(json.dumps(out, indent=1) if args.json else _table(out))
    return 0


def with_table(text: str, out: dict[str, Any]) -> str:
    """The page with the table of a measurement between its marks."""
    head = "| pairs | changed tiles | found % | unchanged | false % | further: found % | further: false % | "
    head += "label by label: false % | left out % | right % |"
    made = f"`python -m benchmarks.change --write` on {out['made']}, weights {out['model']['sha256'][:12]}."
    text = _between(text, MARKS, [made, "", head, "|---" * 10 + "|", *map(_row, out["conditions"])])
    if cells := out.get("cells"):
        side = cells["tiles_a_side"]
        made = f"`python -m benchmarks.change --only cells --side {side} --write` on {cells['made']}, 14 areas of "
        made += f"{side} x {side} tiles, weights {out['model']['sha256'][:12]}."
        head = head.replace("pairs", "cells, pairs").replace("changed tiles", "changed cells")
        rows = [f"| {row['cell_m']} m, {_row(row)[2:]}" for row in cells["conditions"]]
        text = _between(text, CELL_MARKS, [made, "", head, "|---" * 10 + "|", *rows])
    return text


def _row(row: dict[str, Any]) -> str:
    two, further = row["two_dates"], row["confirmed"]
    right = two["right_where_1_in_100_changed_pct"]
    cells = [
        f"{'EuroSAT' if row['group'] == 'eurosat' else row['group']}, {row['name']}",
        f"{two['counts']['changed']:,}",
        _brackets(two["found_pct"]),
        f"{two['counts']['unchanged']:,}",
        _brackets(two["false_pct"]),
        _brackets(further["found_pct"]),
        _brackets(further["false_pct"]),
        f"{two['label_false_pct']}",
        f"{two['changed_left_out_pct']}",
        f"{right['all']:.0f}, {right['likely']:.0f}, {right['very_likely']:.0f}",
    ]
    return f"| {' | '.join(cells)} |"


def _between(text: str, marks: tuple[str, str], lines: Sequence[str]) -> str:
    before, _, rest = text.partition(marks[0])
    _, _, after = rest.partition(marks[1])
    return "\n".join([before + marks[0], *lines, marks[1] + after])


def _brackets(share: Sequence[float]) -> str:
    return f"{share[0]} ({share[1]} to {share[2]})"


def _table(out: dict[str, Any]) -> str:
    lines = [f"model {out['model']['name']} {out['model']['sha256'][:12]}; rule {out['rule']}; {out['seconds']} s"]
    for row in [*out["conditions"], *out.get("cells", {}).get("conditions", [])]:
        for how in ("two_dates", "confirmed"):
            f, n = row[how], row[how]["counts"]
            lines.append(
                f"{row.get('cell_m', 640):3} m {row['group']:9} {row['name']:27} {how:9} "
                f"found {_range(f['found_pct'])} of {n['changed']:4}  "
                f"false {_range(f['false_pct'])} of {n['unchanged']:5}  by label {f['label_found_pct']} / "
                f"{f['label_false_pct']}  out {f['changed_left_out_pct']} / {f['unchanged_left_out_pct']}  crossed "
                f"{n['crossed_found']} of {n['crossed']}  right at 1 in 100: {f['right_where_1_in_100_changed_pct']}"
            )
    for condition, rows in out.get("sweep", {}).items():
        lines.append(f"  {condition}: found / false; with a further date")
        for r in rows:
            two = f"{r['found_pct']:6.2f} / {r['false_pct']:5.2f}"
            further = f"{r['confirmed_found_pct']:6.2f} / {r['confirmed_false_pct']:5.2f}"
            lines.append(f"    {r['rule']:24} {two}; {further}")
    if "speed" in out:
        lines.append(f"speed {out['speed']}")
    return "\n".join(lines)


def _range(share: tuple[float, float, float]) -> str:
    return f"{share[0]:.2f} % ({share[1]:.2f} to {share[2]:.2f})"


if __name__ == "__main__":
    sys.exit(main())
