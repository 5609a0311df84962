"""How much of the drawn area was named, and what makes the names doubtful: the same on pages and in documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lulc_core.domain.classes import in_training_ground
from lulc_core.domain.land_cover import LandCoverMap
from lulc_core.domain.scene import LOW_SUN_DEG, sun_elevation_deg
from lulc_core.language.words import Words

FEW_NAMED = 0.5
"""Where less of the drawn area than this has a name, a reader is told so before anything else."""


def named_sentence(land_cover: LandCoverMap, words: Words) -> str:
    """Say how much of the drawn area was named, and why the rest was not: the line above every figure of a map.

    Args:
        land_cover: the map.
        words: the reader's language.
    """
    total, left = land_cover.total_ha, land_cover.left_out_ha
    day = words.date_phrase(land_cover.acquisition.datetime.date())
    counts = land_cover.left_out()
    if not any(counts.values()):
        return words.capital(words.translate("named.all", day=day, area=words.area(total)))
    why = reasons(counts, words)
    if not land_cover.classified.any():
        return words.capital(words.translate("land.nothing", day=day, reasons=why))
    ground = {"named": total - left, "area": total, "left": left}
    areas = {name: words.area(ha, like=total) for name, ha in ground.items()}
    share = words.share(1 - left / total)
    return words.capital(words.translate("named.part", day=day, share=share, reasons=why, **areas))


def cautions(maps: Sequence[LandCoverMap], words: Words) -> tuple[str, ...]:
    """Say what makes the names of these maps doubtful as a whole, a sentence each; empty where nothing does.

    Args:
        maps: of one area: one, or those of the dates of a comparison.
        words: the reader's language.
    """
    found = []
    for key, of in _doubtful(maps).items():
        days = words.join([words.date_phrase(m.acquisition.datetime.date()) for m in of])
        found.append(words.capital(words.translate(f"caution.{key}", len(of), days=days)))
    return tuple(found)


def care_sentence(maps: Sequence[LandCoverMap], words: Words) -> str:
    """Say what :func:`cautions` says in one sentence; empty where nothing is doubtful."""
    found = cautions(maps, words)
    if len(found) < 2:
        return found[0] if found else ""
    given = [words.translate(f"caution.word.{key}") for key in _doubtful(maps)]
    return words.translate("caution.all", list=words.join(given))


def _doubtful(maps: Sequence[LandCoverMap]) -> dict[str, list[LandCoverMap]]:
    """The maps that are doubtful, by reason."""
    grid = maps[0].grid
    lon, lat = grid.tile_center(grid.n_rows // 2, grid.n_cols // 2)
    found = {
        "few": [m for m in maps if few_named(m) and m.classified.any()],
        "europe": [] if in_training_ground(lon, lat) else [maps[0]],
        "level": [m for m in maps if m.acquisition.level == "L2A"],
        "winter": [m for m in maps if sun_elevation_deg(lat, m.acquisition.datetime.date()) < LOW_SUN_DEG],
        "cloud": [m for m in maps if m.acquisition.clear_share is None and not m.simulated],
    }
    return {key: of for key, of in found.items() if of}


def few_named(land_cover: LandCoverMap) -> bool:
    """Tell whether less than half of the drawn area has a class."""
    return land_cover.left_out_ha > (1 - FEW_NAMED) * land_cover.total_ha


def reasons(counts: Mapping[str, int], words: Words) -> str:
    """Say why cells were left out: ``3 under cloud and 2 hardly covered by the image``; one reason has no number.

    Args:
        counts: cells by reason, as ``LandCoverMap.left_out`` gives them.
        words: the reader's language.
    """
    found = {name: n for name, n in counts.items() if n}
    if len(found) == 1:
        return words.join([words.translate(f"why.{name}", n) for name, n in found.items()])
    return words.join([words.translate(f"reason.{name}", n) for name, n in found.items()])
