"""How often a comparison is right, as measured on pairs of known truth, and what may be said because of it.

``python -m benchmarks.change --write`` makes the file beside this module. It belongs to one network and one rule: for
another network, another rule or cells of a size that was not measured nothing is known, and nothing is claimed.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np

from lulc_core.analysis.change.persistence import SAME_SEASON_DAYS, season_gap_days
from lulc_core.domain.change import CERTAINTY_LABELS, Certainty, ChangeMap, ChangeRule
from lulc_core.domain.errors import InputError
from lulc_core.domain.evaluation import wilson
from lulc_core.domain.grid import TILE_M

FORMAT = 1
CHANGE_SHARE, CHANGE_WEIGHT = 0.01, 100
"""Before anything is seen, one tile in a hundred is taken to have changed, an assumption as weighty as a hundred tiles;
the share that the comparison itself reports moves it."""
VERY_LIKELY_FROM, LIKELY_FROM = 0.90, 0.66
"""Precision from which the words hold. Source: Mastrandrea et al. 2010, IPCC guidance note on the treatment of
uncertainties (likely 66 to 100 %, very likely 90 to 100 %); below, this project says possible."""
WORDS = ("possible", "likely", "very likely")


@dataclass(frozen=True)
class Counts:
    """Tiles of pairs whose truth is known, and what was said of them."""

    changed: int
    """Truly changed tiles that could be compared."""
    found: int
    """Of these, reported."""
    found_very: int
    """Of these, reported at the upper level (``Certainty.VERY_LIKELY``)."""
    unchanged: int
    """Unchanged tiles that could be compared."""
    false: int
    """Of these, reported."""
    false_very: int
    """Of these, at the upper level."""
    label_found: int = 0
    """Changed tiles that comparing class by class finds."""
    label_false: int = 0
    """Unchanged tiles that comparing class by class reports."""
    changed_left_out: int = 0
    """Changed tiles that could not be compared (cloud, out of distribution)."""
    unchanged_left_out: int = 0
    crossed: int = 0
    """Changed tiles crossed by a highway or river on both dates, which EuroSAT names for that; not in ``changed``."""
    crossed_found: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(**{k: v + getattr(other, k) for k, v in asdict(self).items()})

    def found_share(self, level: Certainty | None = None) -> float:
        """Estimate the share of changed tiles that are reported (at a level), never 0 or 1: (k + 1/2) / (n + 1)."""
        return (self._at(level, self.found, self.found_very) + 0.5) / (self.changed + 1)

    def false_share(self, level: Certainty | None = None) -> float:
        """Estimate the share of unchanged tiles that are reported, in the same way."""
        return (self._at(level, self.false, self.false_very) + 0.5) / (self.unchanged + 1)

    def precision(self, share: float, level: Certainty | None = None) -> float:
        """Compute the probability that a reported tile is a change, if ``share`` of all tiles have changed (Bayes)."""
        right = share * self.found_share(level)
        return right / (right + (1 - share) * self.false_share(level))

    def per_tile(self, cells: int) -> Counts:
        """Count as if ``cells`` cells were one: neighbours that share windows of 640 m are wrong together.

        So intervals are no narrower than those of as many tiles. What was falsely reported is rounded up.
        """
        up = ("false", "false_very")
        return Counts(**{k: -(-v // cells) if k in up else round(v / cells) for k, v in asdict(self).items()})

    @staticmethod
    def _at(level: Certainty | None, both: int, very: int) -> int:
        return both if level is None else very if level == Certainty.VERY_LIKELY else both - very


@dataclass(frozen=True)
class Measured:
    """One kind of pairs."""

    group: str
    """``simulated`` or ``eurosat``."""
    name: str
    season: str
    """``same`` or ``other``."""
    levels: str
    """``same``, or ``other`` (top of the atmosphere against surface)."""
    spoken: bool
    """Taken into what sentences say."""
    two_dates: Counts
    confirmed: Counts
    """With one further date."""
    cell_m: int = TILE_M


@dataclass(frozen=True)
class ChangeEvaluation:
    """The stored measurement."""

    model_sha256: str
    rule: ChangeRule
    rows: tuple[Measured, ...]
    cells: tuple[Measured, ...] = ()
    """Of finer cells, simulated pairs only."""

    def rates(self, *, season: str, levels: str, confirmed: bool, cell_m: int = TILE_M) -> Counts | None:
        """Sum what was counted on pairs of this kind, clear and hazy together; None where there were none.

        Simulated pairs, which are the harder ones, where there are any. Pairs of other levels were measured on EuroSAT
        and in one season only, which then stands for both. Of finer cells, as many as there are in a tile count as one.
        """
        measured = self.rows if cell_m == TILE_M else [r for r in self.cells if r.cell_m == cell_m]
        rows = [r for r in measured if r.spoken and r.levels == levels and (levels == "other" or r.season == season)]
        rows = [r for r in rows if r.group == "simulated"] or rows
        counts = [r.confirmed if confirmed else r.two_dates for r in rows]
        return sum(counts[1:], counts[0]).per_tile((TILE_M // cell_m) ** 2) if counts else None


def evaluation_path() -> Path:
    """Name the file of the stored evaluation."""
    return Path(__file__).with_name("change_evaluation.json")


@cache
def load_evaluation() -> ChangeEvaluation | None:
    """Read the stored evaluation; None where there is none.

    Raises:
        InputError: the file is damaged or of another format.
    """
    path = evaluation_path()
    return read_evaluation(path.read_text(encoding="utf-8")) if path.is_file() else None


def read_evaluation(text: str) -> ChangeEvaluation:
    """Read an evaluation from the content of its file.

    Raises:
        InputError: it is damaged or of another format.
    """
    try:
        data = json.loads(text)
        if data["format"] != FORMAT:
            raise InputError(f"The evaluation of comparisons has format {data['format']}; this program reads {FORMAT}.")
        rows, cells = (
            tuple(
                Measured(
                    **{key: r[key] for key in ("group", "name", "season", "levels", "spoken")},
                    two_dates=Counts(**r["two_dates"]["counts"]),
                    confirmed=Counts(**r["confirmed"]["counts"]),
                    cell_m=r.get("cell_m", TILE_M),
                )
                for r in measured
            )
            for measured in (data["conditions"], data.get("cells", {}).get("conditions", []))
        )
        return ChangeEvaluation(data["model"]["sha256"], ChangeRule.from_json(data["rule"]), rows, cells)
    except (KeyError, TypeError, ValueError) as e:
        raise InputError(
            f"The evaluation of comparisons cannot be read ({e}).", hint="Run python -m benchmarks.change --write."
        ) from e


def measured_rates(change: ChangeMap) -> Counts | None:
    """Look up what was measured on pairs like this one; None where nothing was.

    That is so for another network or rule than the measured one, for cells of another size, and without pictures.
    """
    found = load_evaluation()
    if (
        found is None
        or found.model_sha256 != change.before.model.sha256
        or found.rule != change.rule
        or change.edge_similarity is None
    ):
        return None
    a, b = (m.acquisition for m in (change.before, change.after))
    season = "other" if season_gap_days(a.datetime.date(), b.datetime.date()) > SAME_SEASON_DAYS else "same"
    levels = "same" if a.level == b.level else "other"
    return found.rates(season=season, levels=levels, confirmed=bool(change.confirm), cell_m=change.grid.cell_m)


def expected_false(change: ChangeMap, rates: Counts) -> tuple[float, float, float]:
    """Estimate how many compared tiles the rule would report without any change: best guess, 95 % from, to."""
    n = int(np.count_nonzero(change.compared & ~change.changed))
    low, high = wilson(rates.false, rates.unchanged)
    return n * rates.false / rates.unchanged, n * low, n * high


def change_share(change: ChangeMap, rates: Counts) -> float:
    """Estimate the share of the compared tiles that have truly changed from the reported ones, 0 to 1.

    Rogan and Gladen 1978 (doi 10.1093/oxfordjournals.aje.a112510): what is reported, less what is reported of
    unchanged ground, over what is found of changed ground; then drawn towards CHANGE_SHARE.
    """
    n = int(np.count_nonzero(change.compared))
    reported = int(np.count_nonzero(change.changed))
    found, false = rates.found_share(), rates.false_share()
    true = min(max((reported - false * n) / max(found - false, 1e-9), 0.0), float(n))
    return (true + CHANGE_SHARE * CHANGE_WEIGHT) / (n + CHANGE_WEIGHT)


def level_words(change: ChangeMap) -> dict[Certainty, str]:
    """Choose what each level is called in this comparison, by the measured probability that such a report is a change.

    Where nothing was measured the counted levels are called possible and likely.
    """
    rates = measured_rates(change)
    words = dict(CERTAINTY_LABELS)
    words[Certainty.POSSIBLE] = "doubtful, not counted"
    for level, unknown in ((Certainty.LIKELY, 0), (Certainty.VERY_LIKELY, 1)):
        if rates is None:
            words[level] = WORDS[unknown]
        else:
            p = rates.precision(change_share(change, rates), level)
            words[level] = WORDS[(p >= LIKELY_FROM) + (p >= VERY_LIKELY_FROM)]
    return words
