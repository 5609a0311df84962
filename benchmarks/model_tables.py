"""Writes the tables of docs/model.md from the stored evaluation, so that no figure in them is typed by hand.

    python -m benchmarks.model_tables --write

Each table stands between ``<!-- table: name -->`` and ``<!-- end -->``.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lulc_core.model.card import TRIALS_DIR, ModelCard, available_models, evaluation_path, load_card, read_card, resolve
from lulc_core.training.new_ground import west_of

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "model.md"


def stored(model: str = "default") -> tuple[dict[str, Any], ModelCard]:
    """Evaluation and card of shipped weights."""
    return json.loads(evaluation_path(resolve(model)).read_text(encoding="utf-8")), load_card(model)


def tables() -> dict[str, str]:
    """The tables by name, as Markdown."""
    evaluation, card = stored()
    shipped = {name: stored(name) for name in available_models()}
    return {
        "headline": _headline(evaluation),
        "classes": _classes(evaluation),
        "confused": _confused(evaluation),
        "shifts": _shifts(evaluation),
        "unlike": _unlike(evaluation),
        "training": _training(card),
        "new_ground": _new_ground(evaluation),
        "outside": _outside(evaluation),
        "models": _models(*shipped.values()),
        "tried": _tried(),
        **{f"training_{name}": _training(shipped[name][1]) for name in shipped if name != card.name},
        "training_west": _training(load_card(west_of(card.name))),
    }


def _pct(share: float | None, digits: int = 1) -> str:
    return "-" if share is None else f"{100 * share:.{digits}f}"


def _rows(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _headline(e: dict[str, Any]) -> str:
    low, high = e["accuracy_95"]
    every, seen, unseen = (e["shift_summary"][k] for k in ("all", "seen", "unseen"))
    rows = [
        ("patches", f"{e['n']:,} ({e['split']})"),
        ("accuracy", f"**{_pct(e['accuracy'], 2)} %** (95 % interval {_pct(low, 2)} to {_pct(high, 2)})"),
        (
            "accuracy, mean of eight turns and mirrors (`--symmetries`)",
            f"{_pct(e['symmetries']['accuracy'], 2)} % at {e['symmetries']['times_the_work']} times the work, "
            f"calibration error {_pct(e['symmetries']['ece'], 2)} %",
        ),
        ("CORINE level 1 right", f"{_pct(e['corine_l1_accuracy'], 2)} %"),
        ("expected calibration error", f"{_pct(e['ece'], 2)} % (on the {e['ece_n']:,} patches it was not fitted on)"),
        ("flagged as unlike", f"{_pct(e['unlike_share'])} %"),
        (
            f"mean of {every['n']} shifts",
            f"{_pct(every['mean_accuracy'])} %, lowest {_pct(every['lowest_accuracy'])} %, "
            f"mean calibration error {_pct(every['mean_ece'])} %",
        ),
        (
            f"of the {seen['n']} kinds that training sees",
            f"{_pct(seen['mean_accuracy'])} %, lowest {_pct(seen['lowest_accuracy'])} %",
        ),
        (
            f"of the {unseen['n']} kinds that it never sees",
            f"{_pct(unseen['mean_accuracy'])} %, lowest {_pct(unseen['lowest_accuracy'])} %",
        ),
        *_beside(e),
        ("computed", f"{e['model']['precision']} on {e['model']['device']}, weights {e['model']['sha256'][:12]}"),
    ]
    return _rows(("", ""), rows)


def _new_ground(e: dict[str, Any]) -> str:
    found = e["spatial"]
    rows = []
    for part, where in (("middle", "middle, 10.55 to 17.25 E (recipes chosen by it)"), ("east", "east of 17.25 E")):
        f = found[part]
        low, high = f["accuracy_95"]
        right = f"{_pct(f['accuracy'], 2)} % ({_pct(low, 2)} to {_pct(high, 2)})"
        rows.append((where, f"{f['n']:,}", right, f"{_pct(f['stated'], 2)} %", f"{_pct(f['ece'], 2)} %"))
    return _rows(("asked about", "patches", "right", "says", "calibration error"), rows)


def _outside(e: dict[str, Any]) -> str:
    o = e["outside"]
    rows = [
        (s["name"], f"{s['cells']:,}", _pct(s["right"]), _pct(s["stated"]), _pct(s["flagged"], 0)) for s in o["scenes"]
    ]
    mean = ("**mean over scenes**", f"{o['cells']:,}", _pct(o["right"]), _pct(o["stated"]), _pct(o["flagged"], 0))
    table = _rows(("scene", "cells", "right %", "says %", "unlike %"), [*rows, mean])
    sure = o["sure"]
    said = f"Of {sure['n']} cells that are {_pct(sure['from'], 0)} % sure and more {_pct(sure['right'])} % are right;"
    apart = f"without the {sure['roads']} named Highway {_pct(sure['right_but_roads'])} %."
    return f"{table}\n\n{said} {apart}"


def _tried() -> str:
    """Networks that were trained for comparison only; a card and an evaluation of each are kept."""
    rows = []
    for path in sorted(p for p in TRIALS_DIR.glob("*.json") if "." not in p.stem):
        card, e = read_card(path), json.loads(path.with_suffix(".evaluation.json").read_text(encoding="utf-8"))
        east = _pct(e["spatial"]["east"]["accuracy"], 2) if "spatial" in e else "-"
        rows.append((f"`{card.name}`", f"`{card.command}`", _pct(e["accuracy"], 2), east))
    return _rows(("network", "made by", "random split %", "east %"), rows)


def _beside(e: dict[str, Any]) -> list[tuple[str, str]]:
    other = e.get("against")
    if other is None:
        return []
    said = f"{_pct(other['accuracy'], 2)} %, mean of the shifts {_pct(other['mean_shift_accuracy'])} %"
    return [(f"beside it `{other['name']}` (not shipped)", said)]


def _models(*models: tuple[dict[str, Any], ModelCard]) -> str:
    def row(what: str, say: Callable[[dict[str, Any]], str]) -> tuple[str, ...]:
        return (what, *(say(e) for e, _ in models))

    def share_of(e: dict[str, Any], which: str) -> str:
        summary = e["shift_summary"][which]
        return f"{_pct(summary['mean_accuracy'])} %, lowest {_pct(summary['lowest_accuracy'])} %"

    def outside(e: dict[str, Any]) -> str:
        o = e.get("outside")
        return f"{_pct(o['right'])} %, says {_pct(o['stated'])}" if o else "-"

    def speed(e: dict[str, Any]) -> str:
        s = e.get("speed")
        return f"{s['tiles_per_s']:,.0f} ({s['precision']})" if s else "-"

    rows = [
        row("taught in the west, right in the east, %", lambda e: _pct(_of(e, "spatial", "east", "accuracy"), 2)),
        row("labelled scenes outside", outside),
        row(
            "random split",
            lambda e: f"{_pct(e['accuracy'], 2)} % ({_pct(e['accuracy_95'][0])} to {_pct(e['accuracy_95'][1])})",
        ),
        row("mean of eight turns and mirrors", lambda e: f"{_pct(e['symmetries']['accuracy'], 2)} %"),
        row("CORINE level 1 right", lambda e: f"{_pct(e['corine_l1_accuracy'], 2)} %"),
        row("expected calibration error", lambda e: f"{_pct(e['ece'], 2)} %"),
        row(f"mean of {models[0][0]['shift_summary']['all']['n']} shifts", lambda e: share_of(e, "all")),
        row("of kinds never seen in training", lambda e: share_of(e, "unseen")),
        row("calibration error over the shifts", lambda e: f"{_pct(e['shift_summary']['all']['mean_ece'], 2)} %"),
        row("flagged as unlike", lambda e: f"{_pct(e['unlike_share'])} %"),
        row("tiles a second", speed),
        ("file", *(f"{resolve(card.name).stat().st_size / 1e6:.0f} MB" for _, card in models)),
        row("weights", lambda e: e["model"]["sha256"][:12]),
    ]
    return _rows(("", *(f"`{card.name}`" for _, card in models)), rows)


def _of(e: dict[str, Any], *keys: str) -> Any:
    """What lies under these keys; None where one is missing."""
    found: Any = e
    for key in keys:
        found = None if found is None else found.get(key)
    return found


def _classes(e: dict[str, Any]) -> str:
    def share(row: dict[str, Any], what: str) -> str:
        low, high = row[f"{what}_95"]
        return f"{_pct(row[what])} ({_pct(low)} to {_pct(high)})"

    rows = [(r["class"], str(r["n"]), share(r, "recall"), share(r, "precision")) for r in e["per_class"]]
    return _rows(("class", "n", "found (recall) %", "right (precision) %"), rows)


def _confused(e: dict[str, Any]) -> str:
    pairs = [
        (n, e["classes"][i], e["classes"][k])
        for i, row in enumerate(e["matrix"])
        for k, n in enumerate(row)
        if i != k and n
    ]
    pairs.sort(key=lambda p: (-p[0], p[1], p[2]))
    return _rows(("reference", "named", "patches"), [(a, b, str(n)) for n, a, b in pairs[:6]])


def _shifts(e: dict[str, Any]) -> str:
    rows = [
        (
            name,
            s["cause"],
            _pct(s["accuracy"]),
            _pct(s["ece"]),
            _pct(s["unlike_share"]),
            "yes" if s["used_in_training"] else "**no**",
        )
        for name, s in e["shifts"].items()
    ]
    header = ("shift", "cause", "accuracy %", "calibration error %", "flagged as unlike %", "kind seen in training")
    return _rows(header, rows)


def _unlike(e: dict[str, Any]) -> str:
    rows = [
        (u["words"], u["name"], str(u["n"]), _pct(u["share"], 0), "flagged" if u["should_flag"] else "let pass")
        for u in e["unlike"]
    ]
    return _rows(("what", "name", "tiles", "flagged %", "should be"), rows)


def _training(card: ModelCard) -> str:
    rows = [(k.replace("_", " "), _setting(v)) for k, v in card.settings.items()]
    parents = [f"# {p['sha256'][:12]}: {p['command']}" for p in card.training.get("parents", ())]
    commands = "\n".join([*parents, card.command])
    return f"```\n{commands}\n```\n\n" + _rows(("setting", "value"), rows)


def _setting(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(_setting(v) for v in value)
    return f"`{value}`" if isinstance(value, str) and value else str(value)


def written(text: str, parts: dict[str, str]) -> str:
    """The document with its tables replaced.

    Raises:
        KeyError: the document asks for a table that there is not.
    """

    def replace(match: re.Match[str]) -> str:
        return f"<!-- table: {match[1]} -->\n{parts[match[1]]}\n<!-- end -->"

    return re.sub(r"<!-- table: ([\w-]+) -->\n.*?<!-- end -->", replace, text, flags=re.DOTALL)


def main() -> int:
    """Prints or writes; 1 where the document is not what the evaluation says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    before = DOCUMENT.read_text(encoding="utf-8")
    after = written(before, tables())
    if given.write:
        DOCUMENT.write_text(after, encoding="utf-8")
    else:
        sys.stdout.write("docs/model.md is up to date\n" if before == after else "docs/model.md is not up to date\n")
    return 0 if given.write or before == after else 1


if __name__ == "__main__":
    sys.exit(main())
