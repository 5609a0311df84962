"""The tables of docs/detail.md, written from what was measured, so that no figure is typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from lulc_core.model.resolution import ResolutionFacts

BEGIN, END = "<!-- measured: {} -->", "<!-- end -->"


def write_tables(path: Path, facts: ResolutionFacts) -> None:
    """Replaces what stands between the marks of each table in a Markdown file; the rest is left alone."""
    text = path.read_text(encoding="utf-8")
    for name, lines in tables(facts).items():
        begin = BEGIN.format(name)
        if begin not in text:
            raise ValueError(f"{path.name} has no mark {begin}")
        head, rest = text.split(begin, 1)
        _, tail = rest.split(END, 1)
        text = head + begin + "\n\n" + "\n".join(lines) + "\n\n" + END + tail
    path.write_text(text, encoding="utf-8")


def tables(facts: ResolutionFacts) -> dict[str, list[str]]:
    """Lines of Markdown by name of the table."""
    m = facts.measured
    details = ["640 m", "320 m", "160 m", "80 m"]
    shown = {**{d: m[d] for d in details}, "160 m, windows one by one": m["plain way at 160 m"]}
    quality = [
        [
            name,
            _pct(v["ground_right"]),
            *(_pct(v["ground_right_by_layout"][k]) for k in m["mosaics"]["layouts"]),
            _pct(v["cells_right"]),
            f"{v['border_to_truth_m']:.0f} m",
            f"{v['truth_to_border_m']:.0f} m",
            _pct(v["area_wrong_share"]),
            _pct(v["mean_confidence"]),
            f"{v['calibration_error']:.3f}",
            _pct(v["unlike_share"]),
        ]
        for name, v in shown.items()
    ]
    head = [
        "cells",
        "ground right",
        *m["mosaics"]["layouts"],
        "cells right",
        "map's borders to the truth",
        "true borders to the map",
    ]
    head += ["ground in the wrong class's area", "mean confidence", "calibration error", "flagged unlike"]
    by_class = [
        [
            name,
            *(_pct(m[d]["right_by_class"][name]) for d in details),
            *(_ratio(m[d]["area_of_class_against_truth"][name]) for d in details),
        ]
        for name in m["640 m"]["right_by_class"]
    ]
    plain, speed = m["plain way at 160 m"], m["speed"]
    exact = [
        ["same class", _pct(plain["same_class"])],
        [
            f"same class where the plain way is 80 % sure ({_pct(plain['sure_share'])} of cells)",
            _pct(plain["same_class_where_sure"]),
        ],
        ["mean difference of a probability", f"{plain['probabilities_mean_difference']:.3f}"],
        ["99 % of cells differ in no probability by more than", f"{plain['probabilities_99th_percentile']:.2f}"],
        ["largest difference", f"{plain['probabilities_largest_difference']:.2f}"],
    ]
    cost = [[k, f"{v:.2f} s", f"{speed['times_the_cost_of_tiles'][k]:.1f}"] for k, v in speed["seconds"].items()]
    edges = [[k, _pct(v["edge"]), _pct(v["middle"])] for k, v in m["rim"].items() if isinstance(v, Mapping)]
    sharp = [[f"{k} m", f"{v:.2f}"] for k, v in facts.power.items()]
    return {
        "quality": _table(head, quality),
        "classes": _table(
            ["class", *(f"right at {d}" for d in details), *(f"area / truth at {d}" for d in details)], by_class
        ),
        "exactness": _table(["fast way against windows one by one, 160 m", ""], exact),
        "cost": _table(
            [f"{speed['tiles']} tiles, one core, {speed['precision_of_tiles']} for tiles", "time", "times the tiles"],
            cost,
        ),
        "rim": _table(["ground right at 160 m", "outermost 160 m", "further in than 640 m"], edges),
        "sharpness": _table(["cells", "power of the mean"], sharp),
    }


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return ["| " + " | ".join(r) + " |" for r in (head, ["---"] * len(head), *rows)]


def _pct(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def _ratio(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
