"""How many true changes are found, how many unchanged tiles are reported, and how long a comparison takes.

    python -m benchmarks.change --json
    python -m benchmarks.change --eurosat ../shared/data/EuroSAT.zip --sweep

On simulated landscapes of known truth, 2017 against 2020 or later, and on mosaics of held-out EuroSAT patches.
``confirmed`` is the same with one further clear date.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.change_pairs import Case, eurosat_cases, simulated_cases
from benchmarks.machine import describe_machine
from lulc_core.analysis.change import RULE, change_map
from lulc_core.domain.change import Certainty, ChangeRule

EUROSAT = Path("../shared/data/EuroSAT.zip")
SWEEP = tuple(
    ChangeRule(a, b, 0.97)
    for a in (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.9)
    for b in (0.8, 0.9, 0.95, 0.98)
    if b >= a
)


def score(cases: Sequence[Case], *, confirmed: bool = False, rule: ChangeRule = RULE) -> dict[str, float]:
    """Found among truly changed tiles that could be compared, false among unchanged ones; per cent and counts.

    ``label_false_pct`` is what comparing the two maps class by class, as is usual, would have reported falsely.
    """
    n = dict.fromkeys(("changed", "found", "unchanged", "false", "label_false", "label_found"), 0)
    lost = {"changed": 0, "unchanged": 0}
    by_level = {level: [0, 0] for level in (Certainty.LIKELY, Certainty.VERY_LIKELY)}
    for case in cases:
        change = change_map(case.before, case.after, confirm=case.confirm if confirmed else (), rule=rule)
        true, same = case.changed & change.compared, case.unchanged & change.compared
        lost["changed"] += int(np.count_nonzero(case.changed & ~change.compared))
        lost["unchanged"] += int(np.count_nonzero(case.unchanged & ~change.compared))
        for key, tiles in (
            ("changed", true),
            ("found", true & change.changed),
            ("label_found", true & change.differs),
            ("unchanged", same),
            ("false", same & change.changed),
            ("label_false", same & change.differs),
        ):
            n[key] += int(np.count_nonzero(tiles))
        for level, counts in by_level.items():
            counts[0] += int(np.count_nonzero(true & (change.certainty == level)))
            counts[1] += int(np.count_nonzero((true | same) & (change.certainty == level)))
    out: dict[str, float] = {
        "changed": n["changed"],
        "found_pct": _pct(n["found"], n["changed"]),
        "label_found_pct": _pct(n["label_found"], n["changed"]),
        "unchanged": n["unchanged"],
        "false": n["false"],
        "false_pct": _pct(n["false"], n["unchanged"]),
        "label_false_pct": _pct(n["label_false"], n["unchanged"]),
        "not_compared_pct": _pct(sum(lost.values()), sum(lost.values()) + n["changed"] + n["unchanged"]),
        "changed_not_compared_pct": _pct(lost["changed"], lost["changed"] + n["changed"]),
    }
    for level, (right, said) in by_level.items():
        out[f"{level.name.lower()}_right_pct"] = _pct(right, said)
    return out


def sweep(cases: Sequence[Case]) -> list[dict[str, float]]:
    """Found and false for a range of thresholds."""
    rows = []
    for rule in SWEEP:
        plain, confirmed = score(cases, rule=rule), score(cases, rule=rule, confirmed=True)
        rows.append(
            {
                "min_chance": rule.min_chance,
                "min_chance_alike": rule.min_chance_alike,
                "found_pct": plain["found_pct"],
                "false_pct": plain["false_pct"],
                "confirmed_found_pct": confirmed["found_pct"],
                "confirmed_false_pct": confirmed["false_pct"],
            }
        )
    return rows


def speed(repeat: int) -> dict[str, Any]:
    """Seconds from the request to a painted comparison of 16 x 16 simulated tiles; network and imports are warm."""
    from datetime import date

    from benchmarks.change_pairs import _simulated, _square
    from lulc_core.comparison import compare
    from lulc_core.model.classifier import load_classifier
    from lulc_core.render.change_layers import change_layer, class_pair, picture_pair
    from lulc_core.sources.simulated import SimulatedSource

    source, classifier = SimulatedSource(), load_classifier()
    grid = _square(8.85, 45.488, 16)
    days = [_simulated(source, grid, day) for day in (date(2019, 7, 16), date(2021, 8, 14))]
    runs: list[dict[str, float]] = []
    for _ in range(repeat + 1):
        clock = time.perf_counter()
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
            }
        )
    warm = {key: round(statistics.median(r[key] for r in runs[1:]), 3) for key in runs[0]}
    return {"tiles": grid.n_tiles, "first_total_s": round(runs[0]["total_s"], 3), "warm": warm}


def _pct(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else float("nan")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs what is asked for and prints it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--side", type=int, default=30, help="tiles along a side of each simulated area (default: 30)")
    parser.add_argument("--eurosat", type=Path, default=EUROSAT, help="EuroSAT zip (default: %(default)s)")
    parser.add_argument("--model", default="default", help="name of a model (default: %(default)s)")
    parser.add_argument("--sweep", action="store_true", help="also a range of thresholds")
    parser.add_argument("--repeat", type=int, default=3, help="runs of the speed measurement, 0 for none")
    parser.add_argument("--only", choices=("simulated", "eurosat", "speed"))
    args = parser.parse_args(argv)
    from lulc_core.model.classifier import load_classifier

    classifier = load_classifier(args.model)
    out: dict[str, Any] = {
        "machine": describe_machine(),
        "model": {"name": classifier.card.name, "sha256": classifier.card.sha256, **dict(classifier.card.figures)},
        "rule": {"min_chance": RULE.min_chance, "min_chance_alike": RULE.min_chance_alike},
    }
    groups: dict[str, dict[str, list[Case]]] = {}
    if args.only in (None, "simulated"):
        groups["simulated"] = simulated_cases(classifier, args.side, lambda text: print(text, file=sys.stderr))
    if args.only in (None, "eurosat"):
        if args.eurosat.exists():
            groups["eurosat"] = {k: [c] for k, c in eurosat_cases(classifier, args.eurosat).items()}
        else:
            print(f"{args.eurosat} is not there: no EuroSAT pairs.", file=sys.stderr)
    for group, conditions in groups.items():
        out[group] = {k: {"two dates": score(c), "confirmed": score(c, confirmed=True)} for k, c in conditions.items()}
        if args.sweep:
            out[f"{group}_sweep"] = {k: sweep(c) for k, c in conditions.items()}
    if args.only in (None, "speed") and args.repeat:
        out["speed"] = speed(args.repeat)
    if args.json:
        print(json.dumps(out, indent=1))
    else:
        _print(out)
    return 0


def _print(out: dict[str, Any]) -> None:
    print(f"model {out['model']['name']} {out['model']['sha256'][:12]}; rule {out['rule']}")
    for group in ("simulated", "eurosat"):
        for condition, both in out.get(group, {}).items():
            for how, s in both.items():
                print(
                    f"{group:9} {condition:28} {how:10} found {s['found_pct']:6.2f} % of {s['changed']:4}  false "
                    f"{s['false_pct']:5.2f} % of {s['unchanged']:5}  by label {s['label_found_pct']:6.2f} / "
                    f"{s['label_false_pct']:5.2f}  left out {s['not_compared_pct']:5.2f} "
                    f"(of changed {s['changed_not_compared_pct']:5.2f})  right: likely {s['likely_right_pct']}, very "
                    f"likely {s['very_likely_right_pct']}"
                )
        for condition, rows in out.get(f"{group}_sweep", {}).items():
            print(f"  {group} {condition}: min_chance, alike: found/false; confirmed found/false")
            for r in rows:
                print(
                    f"    {r['min_chance']:.2f} {r['min_chance_alike']:.2f}: {r['found_pct']:6.2f} / "
                    f"{r['false_pct']:5.2f}; {r['confirmed_found_pct']:6.2f} / {r['confirmed_false_pct']:5.2f}"
                )
    if "speed" in out:
        print(f"speed {out['speed']}")


if __name__ == "__main__":
    sys.exit(main())
