"""What every source of imagery promises, tried on every one of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lulc_core.domain.errors import CancelledError, DateError, InputError, NoAcquisitionError
from lulc_core.domain.grid import Block, TileGrid
from lulc_core.domain.scene import Acquisition
from tests.contract.factories import FACTORIES, Case


@pytest.fixture(params=sorted(FACTORIES))
def case(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    with FACTORIES[request.param](tmp_path, monkeypatch) as made:
        yield made


@pytest.fixture
def found(case: Case) -> tuple[Acquisition, ...]:
    return case.source.search(case.aoi, case.start, case.end)


@pytest.fixture
def grid(case: Case) -> TileGrid:
    return TileGrid.from_aoi(case.aoi)


def test_the_case_is_fit_to_test_with(case: Case, grid: TileGrid) -> None:
    assert min(grid.shape) >= 3
    assert 0 < grid.n_tiles < grid.n_rows * grid.n_cols, "the area should leave some tiles of its rectangle out"


def test_its_name_is_one_of_the_known_words(case: Case) -> None:
    assert case.source.name == case.name
    assert case.name in ("open", "sentinel-hub", "geotiff", "simulated")


def test_search_gives_described_acquisitions_newest_first(case: Case, found: tuple[Acquisition, ...]) -> None:
    assert found
    assert isinstance(found, tuple)
    assert [a.datetime for a in found] == sorted((a.datetime for a in found), reverse=True)
    assert len({a.id for a in found}) == len(found)
    for acquisition in found:
        assert acquisition.datetime.utcoffset() == timedelta(0), "sensing time must be UTC and know it"
        assert case.start <= acquisition.datetime.date() <= case.end
        assert acquisition.source == case.name
        assert acquisition.level == case.level
        assert acquisition.simulated is case.simulated
        assert set(acquisition.available_bands) == set(case.bands)
        assert acquisition.satellite in ("S2A", "S2B", "S2C", "")
        assert acquisition.cloud_cover_pct is None or 0 <= acquisition.cloud_cover_pct <= 100
        assert acquisition.relative_orbit is None or 1 <= acquisition.relative_orbit <= 143
        assert ("SIMULATED" in acquisition.attribution) is case.simulated


def test_previews_are_pictures_and_clear_shares_are_shares(found: tuple[Acquisition, ...]) -> None:
    looked_at = [a for a in found if a.preview is not None]
    assert looked_at, "at least one acquisition should have a picture"
    for acquisition in looked_at:
        with Image.open(BytesIO(acquisition.preview or b"")) as picture:
            assert picture.format in ("PNG", "JPEG", "WEBP")
            assert 8 <= max(picture.size) <= 512
            assert np.asarray(picture.convert("RGB")).std() > 0, "an even grey is no picture of any ground"
        assert acquisition.clear_share is None or 0 <= acquisition.clear_share <= 1


def test_search_without_previews_finds_the_same(case: Case, found: tuple[Acquisition, ...]) -> None:
    plain = case.source.search(case.aoi, case.start, case.end, previews=False)
    assert [(a.id, a.datetime, a.satellite, a.products) for a in plain] == [
        (a.id, a.datetime, a.satellite, a.products) for a in found
    ]


def test_an_acquisition_keeps_its_id_in_a_search_of_its_own_day(case: Case, found: tuple[Acquisition, ...]) -> None:
    day = found[0].datetime.date()
    again = case.source.search(case.aoi, day, day, previews=False)
    assert [a.id for a in again] == [a.id for a in found if a.datetime.date() == day]


@pytest.mark.parametrize(
    ("start", "end", "word"),
    [
        (date(2023, 6, 30), date(2023, 6, 1), "after"),
        (date.today() + timedelta(days=2), date.today() + timedelta(days=9), "future"),
        (date(2014, 1, 1), date(2014, 12, 31), "before"),
    ],
)
def test_impossible_periods_are_refused_in_one_sentence(case: Case, start: date, end: date, word: str) -> None:
    with pytest.raises(DateError, match=word):
        case.source.search(case.aoi, start, end)


def test_an_empty_period_offers_the_nearest_dates(case: Case) -> None:
    if case.nothing is None:
        pytest.skip("this source has acquisitions at any time")
    start, end = case.nothing
    with pytest.raises(NoAcquisitionError) as caught:
        case.source.search(case.aoi, start, end)
    nearest = caught.value.nearest
    assert nearest
    away = [max(start - day, day - end).days for day in nearest]
    assert away == sorted(away)
    assert min(away) > 0
    assert str(nearest[0]) in caught.value.hint


def test_an_area_without_imagery_is_said_to_be_one(case: Case) -> None:
    if case.elsewhere is None:
        pytest.skip("this source has imagery everywhere")
    with pytest.raises(NoAcquisitionError):
        case.source.search(case.elsewhere, case.start, case.end)


def test_load_gives_reflectance_on_the_grid(case: Case, found: tuple[Acquisition, ...], grid: TileGrid) -> None:
    scene = case.source.load(found[-1], case.bands, grid)
    assert scene.grid == grid
    assert scene.acquisition.id == found[-1].id
    assert scene.bands == tuple(case.bands)
    assert scene.reflectance.shape == (len(case.bands), *grid.shape_px)
    assert scene.reflectance.dtype == np.float32
    assert scene.observed.dtype == scene.clear.dtype == np.bool_
    assert not scene.reflectance.flags.writeable
    assert not scene.observed.flags.writeable
    inside = np.kron(grid.inside, np.ones((64, 64), bool))
    assert scene.observed[inside].mean() > 0.5
    assert np.isfinite(scene.reflectance).all()
    assert scene.reflectance.min() >= 0
    assert 0.005 < np.median(scene.reflectance[:, scene.observed]) < 0.7, "reflectance, neither DN nor per cent"
    assert not scene.reflectance[:, ~scene.observed].any(), "0 where nothing was observed"


def test_bands_come_by_name_and_in_the_order_asked_for(
    case: Case, found: tuple[Acquisition, ...], grid: TileGrid
) -> None:
    whole = case.source.load(found[-1], case.bands, grid)
    names = ("B03", "B04")
    part = case.source.load(found[-1], names, grid)
    assert part.bands == names
    np.testing.assert_array_equal(part.reflectance, whole.select(names))
    np.testing.assert_array_equal(part.observed, whole.observed)


def test_the_same_ground_has_the_same_pixels_in_every_drawing(
    case: Case, found: tuple[Acquisition, ...], grid: TileGrid
) -> None:
    window = grid.window(Block(1, 1, 3, 3))
    part = case.source.load(found[-1], ("B04",), window)
    whole = case.source.load(found[-1], ("B04",), grid)
    inside = np.kron(window.inside, np.ones((64, 64), bool))
    crop = (slice(None), slice(64, 192), slice(64, 192))
    np.testing.assert_array_equal(part.reflectance[:, inside], whole.reflectance[crop][:, inside])
    np.testing.assert_array_equal(part.valid[inside], whole.valid[crop[1:]][inside])


def test_loading_twice_gives_the_same(case: Case, found: tuple[Acquisition, ...], grid: TileGrid) -> None:
    first, second = (case.source.load(found[0], ("B04", "B08"), grid) for _ in range(2))
    np.testing.assert_array_equal(first.reflectance, second.reflectance)
    np.testing.assert_array_equal(first.valid, second.valid)


@pytest.mark.parametrize("bands", [("B99",), (), ("B04", "b03")])
def test_a_band_that_is_not_there_is_refused(
    case: Case, found: tuple[Acquisition, ...], grid: TileGrid, bands: tuple[str, ...]
) -> None:
    with pytest.raises(InputError):
        case.source.load(found[0], bands, grid)


def test_search_and_load_stop_when_told_to(case: Case, found: tuple[Acquisition, ...], grid: TileGrid) -> None:
    with pytest.raises(CancelledError):
        case.source.search(case.aoi, case.start, case.end, cancelled=lambda: True)
    with pytest.raises(CancelledError):
        case.source.load(found[0], case.bands, grid, cancelled=lambda: True)


def test_progress_rises_to_one_and_is_in_words(case: Case, found: tuple[Acquisition, ...], grid: TileGrid) -> None:
    for work in (
        lambda told: case.source.search(case.aoi, case.start, case.end, on_progress=told),
        lambda told: case.source.load(found[0], case.bands, grid, on_progress=told),
    ):
        steps: list[tuple[float, str]] = []
        work(lambda fraction, message, steps=steps: steps.append((fraction, message)))
        fractions = [fraction for fraction, _ in steps]
        assert steps
        assert fractions == sorted(fractions)
        assert fractions[0] >= 0
        assert fractions[-1] == pytest.approx(1)
        assert all(isinstance(message, str) and message for _, message in steps)


def test_cost_counts_the_tiles_and_grows_with_the_area(case: Case, grid: TileGrid) -> None:
    small, large = case.source.cost(grid.window(Block(0, 0, 1, 1)), case.bands), case.source.cost(grid, case.bands)
    assert large.tiles == grid.n_tiles
    assert large.seconds >= small.seconds >= 0
    assert large.processing_units >= small.processing_units >= 0
    assert large.requests >= small.requests >= 0
