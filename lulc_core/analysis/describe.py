"""A map and its tiles in plain sentences of the reader's language, for people who are not specialists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from lulc_core.analysis.accuracy.area import ClassArea, class_areas
from lulc_core.domain.land_cover import LandCoverMap, TileFlag
from lulc_core.language.words import Words, english

SECOND_GUESS = 0.05
"""A second class is named from this probability on; below it is noise to a reader."""
CERTAIN = 0.95
"""From this probability on a sentence says so without "most likely"."""
LEADING = 3
"""Classes that a sentence names at most."""
ENOUGH = 0.85
"""Share of the classified ground from which a sentence names no further class."""
MOSTLY = 0.5


def describe_tile(land_cover: LandCoverMap, row: int, col: int, words: Words | None = None) -> str:
    """Say what a tile or cell is: ``Most likely residential (83 %); could be industrial (12 %).``

    Args:
        land_cover: the map.
        row: of the cell.
        col: of the cell.
        words: the reader's language; English where None.

    Raises:
        IndexError: no such tile.
    """
    words = words or english()
    rows, cols = land_cover.grid.shape
    if not (0 <= row < rows and 0 <= col < cols):
        raise IndexError(f"row {row}, column {col} is outside the grid of {rows} x {cols} {land_cover.grid.unit}s")
    flags = TileFlag(int(land_cover.flags[row, col]))
    clear = words.share(float(land_cover.clear_share[row, col]))
    if not land_cover.grid.inside[row, col]:
        return words.translate("tile.outside")
    if flags & TileFlag.NO_DATA:
        return words.translate("tile.no_data")
    if flags & TileFlag.CLOUDY:
        return words.translate("tile.cloudy", clear=clear)
    probabilities = land_cover.probabilities[row, col]
    leading = [int(i) for i in np.argsort(-probabilities, kind="stable")[:2]]
    if flags & TileFlag.OOD:
        return words.translate("tile.unlike", first=words.class_name(leading[0]))
    p_first, p_second = (float(probabilities[i]) for i in leading)
    first, second = (words.class_share(i, float(probabilities[i])) for i in leading)
    how = "unsure" if flags & TileFlag.UNSURE else "certain" if p_first >= CERTAIN else "likely"
    if p_second >= SECOND_GUESS:
        sentences = [words.translate(f"tile.{how}_or", first=first, second=second)]
    else:
        sentences = [words.translate(f"tile.{how}", first=first)]
    if flags & TileFlag.PARTLY_CLOUDY:
        sentences.append(words.translate("tile.partly_cloudy", clear=clear))
    return " ".join(sentences)


def describe_map(land_cover: LandCoverMap, words: Words | None = None) -> tuple[str, ...]:
    """Say what a map shows: the leading classes, what was left out and why, how sure the network is.

    Args:
        land_cover: the map.
        words: the reader's language; English where None.
    """
    words = words or english()
    areas = class_areas(land_cover)
    sentences = [words.translate("simulated.first")] if land_cover.simulated else []
    sentences += land_sentences(land_cover, areas, words)
    if areas:
        sentences.append(words.translate("sure.mean", share=words.share(mean_confidence(land_cover))))
    return tuple(sentences)


def land_sentences(land_cover: LandCoverMap, areas: Sequence[ClassArea], words: Words) -> list[str]:
    """Say which classes lead, and what was left out: first where that is most of the ground.

    Args:
        land_cover: the map.
        areas: of its classes, largest first.
        words: the reader's language.
    """
    day = words.date_phrase(land_cover.acquisition.datetime.date())
    counts = land_cover.left_out()
    why = reasons(counts, words)
    if not areas:
        return [words.capital(words.translate("land.nothing", day=day, reasons=why))]
    if len(areas) == 1:
        leading = words.translate("land.only", day=day, name=words.class_noun(areas[0].cls.id))
    else:
        reached = np.cumsum([a.pct for a in areas]) / 100
        shown = areas[: min(LEADING, int(np.searchsorted(reached, ENOUGH)) + 1)]
        listed = words.join([words.noun_share(a.cls.id, a.pct / 100) for a in shown])
        leading = words.translate("land.mainly", day=day, list=listed)
    sentences = [words.capital(leading)]
    if n := sum(counts.values()):
        left_out = words.translate("land.left_out", n, area=words.area(land_cover.left_out_ha), reasons=why)
        sentences.insert(0 if mostly_left_out(land_cover) else 1, left_out)
    return sentences


def mostly_left_out(land_cover: LandCoverMap) -> bool:
    """Tell whether less than half of the drawn area has a class, which a reader must know before anything else."""
    return land_cover.left_out_ha > (1 - MOSTLY) * land_cover.total_ha


def mean_confidence(land_cover: LandCoverMap) -> float:
    """Average the confidence over the classified ground, 0 to 1."""
    classified = land_cover.classified
    weights = land_cover.grid.coverage[classified].astype(np.float64)
    return float(np.average(land_cover.confidence[classified].astype(np.float64), weights=weights))


def reasons(counts: Mapping[str, int], words: Words) -> str:
    """Say why cells were left out: ``3 under cloud and 2 without data``; without a number where there is one reason.

    Args:
        counts: cells by reason, as ``LandCoverMap.left_out`` gives them.
        words: the reader's language.
    """
    found = {name: n for name, n in counts.items() if n}
    if len(found) == 1:
        return words.join([words.translate(f"why.{name}", n) for name, n in found.items()])
    return words.join([words.translate(f"reason.{name}", n) for name, n in found.items()])
