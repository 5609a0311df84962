"""A map and its tiles in plain sentences, for people who are not specialists."""

from __future__ import annotations

import numpy as np

from lulc_core.analysis.accuracy.area import class_areas, left_out_ha
from lulc_core.domain.classes import CLASSES, NO_DATA
from lulc_core.domain.land_cover import FLAG_LABELS, LandCoverMap, TileFlag

SECOND_GUESS = 0.05
"""A second class is named from this probability on; below it is noise to a reader."""
CERTAIN = 0.95
"""From this probability on a sentence says so without "most likely"."""


def describe_tile(land_cover: LandCoverMap, row: int, col: int) -> str:
    """One or two plain sentences about a tile or cell: ``Most likely residential (83 %); could be industrial (12 %).``

    Raises:
        IndexError: no such tile.
    """
    rows, cols, unit = *land_cover.grid.shape, land_cover.grid.unit
    if not (0 <= row < rows and 0 <= col < cols):
        raise IndexError(f"tile row {row}, column {col} is outside the grid of {rows} x {cols} {unit}s")
    flags = TileFlag(int(land_cover.flags[row, col]))
    clear = _pct(float(land_cover.clear_share[row, col]))
    if not land_cover.grid.inside[row, col]:
        return "Outside the drawn area."
    if flags & TileFlag.NO_DATA:
        return f"Not named: the satellite did not observe enough of this {unit}."
    if flags & TileFlag.CLOUDY:
        return f"Not named: only {clear} of this {unit} is free of cloud and shadow."
    probabilities = land_cover.probabilities[row, col]
    order = np.argsort(-probabilities, kind="stable")
    first, second = (CLASSES[int(i)] for i in order[:2])
    p_first, p_second = (float(probabilities[i]) for i in order[:2])
    if flags & TileFlag.UNLIKE:
        return (
            f"Not named: this {unit} looks unlike everything the network learned from "
            f"(its nearest guess would be {first.label}, which should not be relied on)."
        )
    if flags & TileFlag.UNSURE:
        sentence = f"The network is unsure: perhaps {first.label} ({_pct(p_first)})"
    elif p_first >= CERTAIN:
        sentence = f"Almost certainly {first.label} ({_pct(p_first)})"
    else:
        sentence = f"Most likely {first.label} ({_pct(p_first)})"
    sentence += f"; could be {second.label} ({_pct(p_second)})." if p_second >= SECOND_GUESS else "."
    if flags & TileFlag.PARTLY_CLOUDY:
        sentence += f" Read it with care: {clear} of the {unit} is free of cloud and shadow."
    return sentence


def describe_map(land_cover: LandCoverMap) -> str:
    """What a map shows, in a few plain sentences: the leading classes, and what was left out and why."""
    areas = class_areas(land_cover)
    date, inside, unit = land_cover.acquisition.date, land_cover.grid.inside, land_cover.grid.unit
    total_ha = land_cover.total_ha
    prefix = "SIMULATED imagery: " if land_cover.simulated else ""
    out = {name: n for name, n in land_cover.left_out().items() if n}
    if not areas:
        return f"{prefix}On {date} no {unit} of the area could be named{_reasons(out)}."
    lead = [f"{a.cls.label} ({_pct(a.pct / 100)})" for a in areas[:3]]
    text = f"{prefix}On {date} the area ({_ha(total_ha)}) was {_join(lead)}"
    # From the rounded figures, so that a reader who adds them up gets 100.
    rest = 100 - sum(round(a.pct) for a in areas[:3])
    if len(areas) > 3:
        text += f"; the remaining {rest} % was other land." if rest >= 1 else "; hardly any of it was other land."
    else:
        text += "."
    classified = inside & (land_cover.class_ids != NO_DATA)
    sure = float(land_cover.confidence[classified].mean(dtype=np.float64))
    text += f" The network is {_pct(sure)} sure of a {unit} on average."
    n_out = sum(out.values())
    if n_out:
        left = f"1 {unit}" if n_out == 1 else f"{n_out:,} {unit}s"
        verb = "is" if n_out == 1 else "are"
        text += f" {left} ({_ha(left_out_ha(land_cover))}) {verb} left out of these figures{_reasons(out)}."
    return text


def _reasons(left_out: dict[str, int]) -> str:
    labels = {flag.name.lower(): label for flag, label in FLAG_LABELS.items() if flag.name}
    parts = [f"{n:,} {labels[name]}" for name, n in left_out.items()]
    return f": {_join(parts)}" if parts else ""


def _pct(share: float) -> str:
    # 0 and 100 are promises; only exact ones get them.
    pct = 100 * share
    if 0 < pct < 0.5:
        return "less than 1 %"
    if 99.5 <= pct < 100:
        return "over 99 %"
    return f"{pct:.0f} %"


def _ha(ha: float) -> str:
    return f"{ha / 100:,.0f} km2" if ha >= 1000 else f"{ha:,.0f} ha" if ha >= 10 else f"{ha:,.1f} ha"


def _join(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]
