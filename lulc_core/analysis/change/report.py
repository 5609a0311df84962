"""Everything a comparison says, gathered: transitions, balances, ranked places, sentences, notes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lulc_core.analysis.change.detect import strongest_probability_change
from lulc_core.analysis.change.evaluation import level_words
from lulc_core.analysis.change.pairs import grave_warnings, light_warnings
from lulc_core.analysis.change.sentences import change_notes, place_sentences, summary_sentences
from lulc_core.analysis.change.transitions import balances, corine_matrix, transition_matrix
from lulc_core.domain.change import Certainty, ChangedTile, ChangeMap, ChangeReport, Trajectory
from lulc_core.domain.classes import CLASSES
from lulc_core.domain.projection import to_lonlat
from lulc_core.language.words import Words, english

TRAJECTORY_ORDER = (
    Trajectory.PERSISTENT,
    Trajectory.NOT_ASKED,
    Trajectory.NOT_SEEN,
    Trajectory.UNCLEAR,
    Trajectory.SEASONAL,
    Trajectory.TRANSIENT,
)
"""Among differences of one kind, what further dates confirm comes first."""


def change_report(change: ChangeMap, *, extra_notes: Sequence[str] = ()) -> ChangeReport:
    """Gather numbers and words of a comparison.

    Args:
        change: the comparison.
        extra_notes: further sentences for the notes, put first (what was assumed, how a pair was chosen).
    """
    matrix = transition_matrix(change)
    corine = corine_matrix(change)
    found = balances(matrix)
    notes = [*extra_notes, *report_notes(change, english())]
    return ChangeReport(
        change,
        matrix,
        transition_matrix(change, counting="labels"),
        corine,
        found,
        balances(corine),
        changed_places(change),
        tuple(ranking(change)),
        summary_sentences(change, matrix, found, english()),
        tuple(dict.fromkeys(notes)),
    )


def report_notes(change: ChangeMap, words: Words, *, grave: bool = True) -> tuple[str, ...]:
    """Say what limits a comparison: season, sun, clouds, levels, what was left out, what the imagery itself says.

    Args:
        change: the comparison.
        words: the reader's language; what sources note of their imagery is in English.
        grave: with what makes every difference doubtful; False where that is said elsewhere.
    """
    lat = change.grid.tile_center(change.grid.n_rows // 2, change.grid.n_cols // 2)[1]
    pair = change.before.acquisition, change.after.acquisition
    notes = [*(grave_warnings(*pair, words) if grave else ()), *light_warnings(*pair, lat_deg=lat, words=words)]
    notes += change_notes(change, words)
    # A note that holds for several dates is said once, with all of them.
    of_dates: dict[str, list[str]] = {}
    for m in (change.before, change.after, *change.confirm):
        for note in m.notes:
            of_dates.setdefault(note, []).append(words.short_date(m.acquisition.datetime.date()))
    notes += [f"{', '.join(days)}: {note}" for note, days in of_dates.items()]
    return tuple(dict.fromkeys(notes))


def changed_places(change: ChangeMap) -> tuple[ChangedTile, ...]:
    """List the tiles whose class differs, most credible first.

    What counts comes before what does not; then by trajectory, by certainty, by probability, by ground, and at
    last by name, so that the order is the same every time.
    """
    found = []
    words, levels, tile_ha = english(), level_words(change), change.tile_ha
    order = ranking(change, only_different=True)
    left, _, _, top = change.grid.bounds
    rows, cols = np.array(order, np.int64).reshape(-1, 2).T
    side = change.grid.cell_m  # all centres at once: one by one takes a second for a granule
    lons, lats = to_lonlat(change.grid.epsg, left + (cols + 0.5) * side, top - (rows + 0.5) * side)
    for rank, ((row, col), lon, lat) in enumerate(zip(order, lons.tolist(), lats.tolist(), strict=True), start=1):
        p_before, p_after = change.before.probabilities[row, col], change.after.probabilities[row, col]
        probability_change = strongest_probability_change(p_before, p_after)
        from_id, to_id = int(change.before.class_ids[row, col]), int(change.after.class_ids[row, col])
        certainty, trajectory = Certainty(int(change.certainty[row, col])), Trajectory(int(change.trajectory[row, col]))
        sentences = place_sentences(
            from_id, to_id, p_before, p_after, certainty=certainty, trajectory=trajectory, change=change, words=words,
            seen=change.seen_by(row, col), levels=levels,
        )  # fmt: skip
        found.append(
            ChangedTile(
                rank,
                row,
                col,
                change.grid.tile_id(row, col),
                lon,
                lat,
                CLASSES[from_id],
                CLASSES[to_id],
                float(change.change_probability[row, col]),
                certainty,
                trajectory,
                bool(change.changed[row, col]),
                float(tile_ha[row, col]),
                probability_change,
                " ".join(sentences),
            )
        )
    return tuple(found)


def ranking(change: ChangeMap, *, only_different: bool = False) -> list[tuple[int, int]]:
    """Rank the compared tiles (row, column), most credible change first; the order of changes.geojson.

    Args:
        change: the comparison.
        only_different: leave out the tiles whose class is the same.
    """
    rows, cols = np.nonzero(change.differs if only_different else change.compared)
    trajectory = np.array([TRAJECTORY_ORDER.index(c) for c in change.trajectory[rows, cols]], np.int64)
    differs = change.differs[rows, cols]
    keys = (
        cols,
        rows,
        -change.tile_ha[rows, cols],
        -change.change_probability[rows, cols].astype(np.float64),
        -change.certainty[rows, cols].astype(np.int64),
        np.where(differs, trajectory, 0),
        ~differs,
        ~change.changed[rows, cols],
    )
    order = np.lexsort(keys)  # the last key weighs most
    return [(int(rows[i]), int(cols[i])) for i in order]
