"""A map and its tiles in plain sentences of the reader's language, for people who are not specialists."""

from __future__ import annotations

import numpy as np

from lulc_core.analysis.accuracy.area import area_account
from lulc_core.domain.land_cover import LandCoverMap, TileFlag
from lulc_core.domain.results import AreaAccount
from lulc_core.language.coverage import cautions, named_sentence
from lulc_core.language.words import Words, english

SECOND_GUESS = 0.05
"""A second class is named from this probability on; below it is noise to a reader."""
CERTAIN = 0.95
"""From this probability on a sentence says so without "most likely"."""
LEADING = 3
"""Classes that a sentence names at most."""
ENOUGH = 0.85
"""Share of the named land from which a sentence names no further class."""

_CONTRADICTED = {
    TileFlag.NO_WATER_SEEN: "tile.no_water_seen",
    TileFlag.WATER_SEEN: "tile.water_seen",
    TileFlag.NO_PLANTS_SEEN: "tile.no_plants_seen",
}


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
        return words.translate("tile.beyond" if land_cover.beyond[row, col] else "tile.no_data")
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
    sentences += [words.translate(key) for flag, key in _CONTRADICTED.items() if flags & flag]
    return " ".join(sentences)


def describe_map(land_cover: LandCoverMap, words: Words | None = None) -> tuple[str, ...]:
    """Say what a map shows: how much was named, the land by groups and classes, how sure the network is, what to doubt.

    Args:
        land_cover: the map.
        words: the reader's language; English where None.
    """
    words = words or english()
    sentences = [words.translate("simulated.first")] if land_cover.simulated else []
    sentences += [named_sentence(land_cover, words), *land_sentences(area_account(land_cover), words)]
    if land_cover.classified.any():
        sentences.append(words.translate("sure.mean", share=words.share(mean_confidence(land_cover))))
    return (*sentences, *cautions([land_cover], words))


def land_sentences(account: AreaAccount, words: Words) -> list[str]:
    """Say what the land is, broad groups first, then the leading classes, then how many squares roads and rivers cross.

    Args:
        account: of the drawn shape.
        words: the reader's language.
    """
    sentences = []
    land = account.land
    if land:
        groups = [words.group_share(g.key, g.pct / 100) for g in account.groups]
        sentences.append(words.translate("land.groups", list=words.join(groups)))
        reached = np.cumsum([a.ha for a in land]) / sum(a.ha for a in land)
        shown = land[: min(LEADING, int(np.searchsorted(reached, ENOUGH)) + 1)]
        listed = words.join([words.noun_share(a.cls.id, a.pct / 100) for a in shown])
        sentences.append(words.translate("land.classes", len(shown), list=listed))
    for a in account.crossed:
        sentences.append(words.translate(f"land.crossed.{a.cls.name}", a.tiles, share=words.share(a.pct / 100)))
    return sentences


def mean_confidence(land_cover: LandCoverMap) -> float:
    """Average the confidence over the classified ground, 0 to 1."""
    classified = land_cover.classified
    weights = land_cover.grid.coverage[classified].astype(np.float64)
    return float(np.average(land_cover.confidence[classified].astype(np.float64), weights=weights))
