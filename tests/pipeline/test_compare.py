"""The orchestrator of two dates: one grid, one network, checks before any download."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from lulc_core.analysis.change.pairs import check_dates
from lulc_core.domain.aoi import Aoi
from lulc_core.domain.bands import BAND_NAMES
from lulc_core.domain.change import Trajectory
from lulc_core.domain.errors import AoiError, CancelledError, DateError
from lulc_core.pipeline.compare import common_area, compare
from tests.arrays import ArraySource, BrightnessClassifier, acquisition, grid_at, scene_of

GRID = grid_at(8.85, 45.49, 1, 3)


def dated(day: str, red: list[int], **more) -> ArraySource:
    """A scene whose tiles have the given classes for BrightnessClassifier, which reads the mean red."""
    moment = datetime.fromisoformat(f"{day}T10:30:00").replace(tzinfo=UTC)
    clear = np.ones(GRID.shape_px, bool)
    for col, value in enumerate(red):
        if value < 0:
            clear[:, 64 * col : 64 * (col + 1)] = False
    seed = moment.toordinal()  # other ground on every day: where the edges stay, a change must be plainer
    scene = scene_of(GRID, seed=seed, datetime=moment, id=day, clear=clear, **more)
    reflectance = scene.reflectance.copy()
    level = (20 * np.maximum(red, 0) + 10 - 1) * 0.275 / 254
    reflectance[BAND_NAMES.index("B04")] = np.float32(level).repeat(64)[None, :]
    return ArraySource(type(scene)(GRID, scene.acquisition, scene.bands, reflectance, scene.observed, scene.clear))


def run(before: ArraySource, after: ArraySource, *further: ArraySource, classifier=None, **more):
    return compare(
        before,
        before.scene.acquisition,
        after,
        after.scene.acquisition,
        GRID,
        classifier or BrightnessClassifier(),
        confirm=[(s, s.scene.acquisition) for s in further],
        **more,
    )


def test_two_dates_from_two_sources():
    result = run(dated("2019-07-16", [0, 1, 0]), dated("2021-07-20", [4, 1, -1]))
    change = result.change
    assert change.changed.tolist() == [[True, False, False]]
    assert change.compared.tolist() == [[True, True, False]]
    assert change.from_ids[0, 0] == 0 and change.to_ids[0, 0] == 4
    assert result.report.transitions.changed_tiles == 1
    assert set(result.timings_s) == {"classify", "compare", "total"}
    assert result.before.scene.acquisition.date == "2019-07-16"


def test_the_network_is_made_once():
    made = []

    def make():
        made.append(1)
        return BrightnessClassifier()

    run(dated("2019-07-16", [0, 1, 0]), dated("2021-07-20", [4, 1, 0]), dated("2022-07-20", [4, 1, 0]), classifier=make)
    assert len(made) == 1


def test_a_further_date_confirms():
    before, after = dated("2019-07-16", [0, 0, 1]), dated("2021-07-20", [4, 4, 1])
    result = run(before, after, dated("2022-07-18", [4, 0, 1]))
    assert [Trajectory(int(c)).name for c in result.change.trajectory[0]] == ["PERSISTENT", "TRANSIENT", "NOT_ASKED"]
    assert result.change.changed.tolist() == [[True, False, False]]


def test_a_further_date_added_later_gives_the_same():
    before, after = dated("2019-07-16", [0, 0, 1]), dated("2021-07-20", [4, 4, 1])
    third = dated("2022-07-18", [4, 0, 1])
    at_once = run(before, after, third)
    first = run(before, after)
    known = {r.land_cover.acquisition.date: r for r in (first.before, first.after, *at_once.confirm)}
    asked = [len(source.asked) for source in (before, after, third)]
    later = run(before, after, third, known=known)
    assert [len(source.asked) for source in (before, after, third)] == asked, "what is known is not loaded again"
    assert later.report.sentences == at_once.report.sentences
    np.testing.assert_array_equal(later.change.trajectory, at_once.change.trajectory)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (("2019-07-16", "2019-07-16"), "Both dates are"),
        (("2021-07-16", "2019-07-16"), "lies after"),
        (("2019-07-16", "2021-07-16", "2021-07-16"), "in use already"),
    ],
    ids=["same", "swapped", "repeated"],
)
def test_dates_are_checked_before_anything_is_loaded(days, words):
    sources = [dated(d, [0, 0, 0]) for d in days]
    with pytest.raises(DateError, match=words):
        run(*sources)
    assert all(s.asked == [] for s in sources)


def test_one_date_all_cloud():
    result = run(dated("2019-07-16", [0, 0, 0]), dated("2021-07-16", [-1, -1, -1]))
    assert not result.change.compared.any() and result.before.scene.observed.any()
    assert "nothing can be compared" in result.report.sentences[0] and "16 July 2021" in result.report.sentences[0]


def test_different_levels_are_said():
    notes = run(dated("2019-07-16", [0, 0, 0]), dated("2021-07-16", [0, 0, 0], level="L2A")).report.notes
    assert any("The levels differ" in n for n in notes)


def test_notes_of_each_date_name_it():
    notes = run(dated("2019-07-16", [0, 0, 0]), dated("2021-07-16", [0, 0, 0], notes=("Patched.",))).report.notes
    assert "16 Jul 2021: Patched." in notes


def test_progress_rises_to_one_and_cancel_stops():
    seen = []
    before, after = dated("2019-07-16", [0, 0, 0]), dated("2021-07-16", [0, 0, 0])
    run(before, after, on_progress=lambda f, m: seen.append((f, m)))
    fractions = [f for f, _ in seen]
    assert fractions == sorted(fractions) and fractions[-1] == 1.0
    assert any("2021-07-16" in m for _, m in seen)
    with pytest.raises(CancelledError):
        run(before, after, cancelled=lambda: len(after.asked) > 1)


def test_common_area_of_two_images():
    a = Aoi.from_bbox(8.80, 45.40, 8.90, 45.50)
    b = Aoi.from_bbox(8.85, 45.45, 8.95, 45.55)
    assert common_area(a, b).bbox == pytest.approx((8.85, 45.45, 8.90, 45.50), abs=1e-4)
    drawn = Aoi.from_bbox(8.86, 45.46, 8.87, 45.47)
    assert common_area(a, b, drawn) is drawn


def test_images_without_common_ground():
    a, b = Aoi.from_bbox(8.80, 45.40, 8.90, 45.50), Aoi.from_bbox(-3.0, 40.0, -2.9, 40.1)
    with pytest.raises(
        AoiError, match=r"no ground in common: one lies near 45.450 N, 8.850 E, the other near 40.050 N, 2"
    ):
        common_area(a, b)
    with pytest.raises(AoiError, match="lies outside the ground"):
        common_area(a, a, b)
    touching = Aoi.from_bbox(8.90, 45.40, 9.0, 45.50)
    with pytest.raises(AoiError, match="no ground in common"):
        common_area(a, touching)


def test_images_on_both_sides_of_the_antimeridian_share_ground():
    a, b = Aoi.from_bbox(179.9, 0, -179.9, 0.2), Aoi.from_bbox(-180.0, 0, -179.8, 0.2)
    assert common_area(a, b).area_km2 == pytest.approx(Aoi.from_bbox(-180.0, 0, -179.9, 0.2).area_km2, rel=0.01)


def test_check_dates_passes_what_is_fine():
    days = [acquisition(datetime=datetime(2019 + i, 7, 1, 10, tzinfo=UTC)) for i in range(3)]
    check_dates(days[0], days[1], [days[2]])
