"""The simulated source: a pure function of place, date and seed that looks like land from orbit, with a known truth."""

from __future__ import annotations

import hashlib
import itertools
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from rasterio.features import geometry_mask
from rasterio.transform import Affine

from benchmarks.simulated_world import BUSY, simulated_truth
from lulc_core.domain.aoi import Aoi
from lulc_core.domain.bands import BAND_NAMES, RGB
from lulc_core.domain.classes import class_by_name
from lulc_core.domain.errors import DateError, InputError, NoAcquisitionError
from lulc_core.domain.grid import Block, TileGrid
from lulc_core.domain.scene import Acquisition
from lulc_core.sources.simulation import orbit
from lulc_core.sources.simulation.localities import MESERO
from lulc_core.sources.simulation.source import SimulatedSource
from tests.arrays import grid_at

MESERO_AOI = Aoi.from_bbox(8.80, 45.46, 8.90, 45.515)
BEFORE, AFTER = date(2019, 7, 16), date(2021, 8, 14)
ANNUAL, FOREST, HIGHWAY, INDUSTRIAL, RESIDENTIAL = (
    class_by_name(n).id for n in ("AnnualCrop", "Forest", "Highway", "Industrial", "Residential")
)


def on(
    day: date, aoi: Aoi = MESERO_AOI, source: SimulatedSource | None = None, *, previews: bool = False
) -> Acquisition:
    (found,) = (source or SimulatedSource()).search(aoi, day, day, previews=previews)
    return found


def cloudiest_but_not_overcast(aoi: Aoi, start: date, end: date) -> Acquisition:
    found = SimulatedSource().search(aoi, start, end)
    return min(found, key=lambda a: abs((a.clear_share or 0) - 0.5))


# --- a pure function ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("epsg", "east0", "north0"),
    [(32632, 758, 7874), (32755, 700, 9180), (32601, 260, 11), (32760, 1080, 12000)],
    ids=["Mesero", "south", "equator", "antimeridian"],
)
def test_any_window_of_any_grid_gets_the_same_pixels(epsg: int, east0: int, north0: int) -> None:
    source = SimulatedSource()
    whole_grid = TileGrid(epsg, east0, north0, 7, 9)
    lon, lat = whole_grid.tile_center(3, 4)
    acquisition = cloudiest_but_not_overcast(
        Aoi.from_bbox(lon - 0.02, lat - 0.02, lon + 0.02, lat + 0.02), date(2020, 4, 1), date(2020, 5, 15)
    )
    whole = source.load(acquisition, BAND_NAMES, whole_grid)
    for block in (Block(0, 0, 1, 1), Block(2, 3, 5, 8), Block(6, 0, 7, 9)):
        part = source.load(acquisition, BAND_NAMES, whole_grid.window(block))
        rows, cols = slice(block.row0 * 64, block.row1 * 64), slice(block.col0 * 64, block.col1 * 64)
        np.testing.assert_array_equal(part.reflectance, whole.reflectance[:, rows, cols])
        np.testing.assert_array_equal(part.clear, whole.clear[rows, cols])


def test_a_grid_that_is_drawn_in_several_blocks_is_seamless() -> None:
    grid = grid_at(8.85, 45.488, 21, 3)
    acquisition = on(BEFORE)
    whole = SimulatedSource().load(acquisition, ("B04", "B01"), grid)
    middle = SimulatedSource().load(acquisition, ("B04", "B01"), grid.window(Block(8, 0, 14, 3)))
    np.testing.assert_array_equal(middle.reflectance, whole.reflectance[:, 8 * 64 : 14 * 64])


def test_the_middle_of_a_ring_is_not_drawn() -> None:
    whole_grid, bands = grid_at(8.85, 45.488, 8, 9), ("B04", "B01")
    ring = np.pad(np.zeros((6, 7), np.float32), 1, constant_values=1)
    acquisition = on(BEFORE)
    whole = SimulatedSource().load(acquisition, bands, whole_grid)
    around = SimulatedSource().load(acquisition, bands, replace(whole_grid, coverage=ring))
    drawn = np.kron(ring, np.ones((64, 64))).astype(bool)
    np.testing.assert_array_equal(around.observed, drawn)
    np.testing.assert_array_equal(around.reflectance[:, drawn], whole.reflectance[:, drawn])


def test_another_process_gives_the_same_pixels(repo_root: Path) -> None:
    program = (
        "import hashlib; from datetime import date; from lulc_core.domain.aoi import Aoi;"
        "from lulc_core.domain.grid import TileGrid; from lulc_core.domain.bands import BAND_NAMES;"
        "from lulc_core.sources.simulation.source import SimulatedSource;"
        "source, day = SimulatedSource(), date(2019, 7, 16);"
        "(found,) = source.search(Aoi.from_bbox(8.80, 45.46, 8.90, 45.515), day, day, previews=False);"
        "scene = source.load(found, BAND_NAMES, TileGrid(32632, 762, 7870, 2, 3));"
        "print(hashlib.sha256(scene.reflectance.tobytes()).hexdigest())"
    )
    there = subprocess.run(
        [sys.executable, "-c", program], cwd=repo_root, capture_output=True, text=True, check=True, timeout=100
    ).stdout.strip()
    here = SimulatedSource().load(on(BEFORE), BAND_NAMES, TileGrid(32632, 762, 7870, 2, 3)).reflectance
    assert hashlib.sha256(here.tobytes()).hexdigest() == there


def test_another_seed_is_another_world_and_another_date_another_image() -> None:
    grid = grid_at(8.85, 45.488, 3, 3)
    here = SimulatedSource().load(on(BEFORE), RGB, grid).reflectance
    other_seed = SimulatedSource(seed=1).load(on(BEFORE, source=SimulatedSource(seed=1)), RGB, grid).reflectance
    other_day = SimulatedSource().load(on(AFTER), RGB, grid).reflectance
    assert (here != other_seed).mean() > 0.9
    assert (here != other_day).mean() > 0.5
    assert on(BEFORE).id != on(BEFORE, source=SimulatedSource(seed=1)).id


# --- dates ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lon", [8.85, -179.99, 179.99, 0.0, 100.3])
def test_an_acquisition_every_five_days_by_two_satellites_in_turn(lon: float) -> None:
    days = orbit.overpasses(lon, date(2018, 1, 1), date(2020, 12, 31))
    assert {(b - a).days for a, b in itertools.pairwise(days)} == {5}
    satellites = [orbit.satellite_of(lon, d) for d in days]
    assert set(satellites[::2]) | set(satellites[1::2]) == {"S2A", "S2B"}
    assert len(set(satellites[::2])) == len(set(satellites[1::2])) == 1
    assert 1 <= orbit.relative_orbit(lon) <= 143


def test_only_one_satellite_and_every_ten_days_before_2017() -> None:
    days = orbit.overpasses(8.85, date(2015, 1, 1), date(2016, 12, 31))
    assert date(2015, 6, 23) <= days[0] <= date(2015, 7, 3)
    assert {(b - a).days for a, b in itertools.pairwise(days)} == {10}
    assert {orbit.satellite_of(8.85, d) for d in days} == {"S2A"}


@pytest.mark.parametrize(
    ("lon", "lat", "name"),
    [(8.85, 45.488, "32TMR"), (-0.1276, 51.5072, "30UXC"), (151.2, -33.87, "56HLH"), (2.35, 48.85, "31UDQ")],
)
def test_granules_bear_their_mgrs_names(lon: float, lat: float, name: str) -> None:
    assert orbit.granule_of(lon, lat).name == name


def test_a_period_without_overpass_offers_the_nearest_dates() -> None:
    with pytest.raises(NoAcquisitionError) as caught:
        SimulatedSource().search(MESERO_AOI, AFTER + timedelta(days=1), AFTER + timedelta(days=4))
    assert caught.value.nearest[0] in (AFTER, AFTER + timedelta(days=5))
    assert set(caught.value.nearest[:2]) == {AFTER, AFTER + timedelta(days=5)}
    assert "2021-08-14" in caught.value.hint
    assert caught.value.message == "Nothing was acquired here from 2021-08-15 to 2021-08-18."
    with pytest.raises(NoAcquisitionError) as caught:
        SimulatedSource().search(MESERO_AOI, AFTER + timedelta(days=1), AFTER + timedelta(days=1))
    assert caught.value.message == "Nothing was acquired here on 2021-08-15."


def test_impossible_periods_and_bands_and_strangers_are_refused() -> None:
    source = SimulatedSource()
    with pytest.raises(DateError, match="before the first"):
        source.search(MESERO_AOI, date(2010, 1, 1), date(2010, 2, 1))
    with pytest.raises(DateError, match="future"):
        source.search(MESERO_AOI, date.today() + timedelta(days=1), date.today() + timedelta(days=9))
    acquisition, grid = on(BEFORE), grid_at(8.85, 45.488, 1, 1)
    with pytest.raises(InputError, match="B99"):
        source.load(acquisition, ("B04", "B99"), grid)


def test_an_acquisition_says_what_it_is() -> None:
    acquisition = on(BEFORE, previews=True)
    assert acquisition.id == "SIM-32TMR-20190716"
    assert acquisition.simulated
    assert acquisition.level == "L1C"
    assert acquisition.attribution.startswith("SIMULATED")
    assert acquisition.preview is not None
    with Image.open(BytesIO(acquisition.preview)) as picture:
        assert 64 <= max(picture.size) <= 128


# --- clouds ---------------------------------------------------------------------------------------------------------


def test_the_clear_share_of_a_search_is_that_of_the_mask_in_the_drawn_shape() -> None:
    triangle = {"type": "Polygon", "coordinates": [[[8.80, 45.46], [8.90, 45.47], [8.83, 45.51], [8.80, 45.46]]]}
    aoi = Aoi.from_geojson(triangle)
    grid = TileGrid.from_aoi(aoi)
    inside = ~geometry_mask([aoi.projected], grid.shape_px, Affine(*grid.transform))
    acquisition = cloudiest_but_not_overcast(aoi, date(2020, 3, 1), date(2020, 5, 31))
    assert acquisition.clear_share is not None
    assert 0.05 < acquisition.clear_share < 0.95
    scene = SimulatedSource().load(acquisition, ("B02",), grid)
    assert scene.clear[inside].mean() == pytest.approx(acquisition.clear_share, abs=1e-9)


def test_weather_is_of_all_kinds_and_granules_are_not_areas() -> None:
    found = SimulatedSource().search(MESERO_AOI, date(2018, 1, 1), date(2020, 12, 31), previews=False)
    covers = np.array([a.cloud_cover_pct for a in found], float)
    assert covers.size == 219
    assert np.mean(covers < 10) > 0.15
    assert np.mean(covers > 70) > 0.1
    assert found[0].clear_share is None
    assert len({a.date for a in found}) == len(found)


def test_clouds_are_bright_shadows_dark_and_both_are_masked() -> None:
    grid = TileGrid.from_aoi(MESERO_AOI)
    acquisition = cloudiest_but_not_overcast(MESERO_AOI, date(2020, 3, 1), date(2020, 5, 31))
    scene = SimulatedSource().load(acquisition, ("B02", "B10"), grid)
    blue, cirrus = scene.reflectance
    assert blue[~scene.clear].max() > 0.4
    assert np.percentile(blue[scene.clear], 99.5) < 0.35
    assert cirrus[~scene.clear].mean() > 2 * cirrus[scene.clear].mean()


def test_the_two_days_of_the_mesero_story_are_clear_there() -> None:
    for day in (BEFORE, AFTER):
        acquisition = on(day, previews=True)
        assert acquisition.clear_share == 1.0
        scene = SimulatedSource().load(acquisition, ("B02",), TileGrid.from_aoi(MESERO_AOI))
        assert scene.valid.all()


# --- the story and other changes ------------------------------------------------------------------------------------


def test_fields_beside_the_highway_near_mesero_become_a_warehouse() -> None:
    source = SimulatedSource()
    grid = TileGrid.from_aoi(MESERO_AOI)
    tile = grid.tile_at(8.850, 45.488)
    assert tile is not None
    row, col = tile
    before, after = simulated_truth(source, grid, BEFORE), simulated_truth(source, grid, AFTER)
    assert before.shares[row, col, ANNUAL] + before.shares[row, col, HIGHWAY] > 0.85
    assert before.shares[row, col, INDUSTRIAL] == 0
    assert before.shares[row, col, HIGHWAY] > 0.05
    assert before.single_class[row, col] == HIGHWAY
    assert after.shares[row, col].argmax() == INDUSTRIAL
    assert after.shares[row, col, INDUSTRIAL] > 0.5
    assert after.shares[row, col, HIGHWAY] > 0.05
    during = simulated_truth(source, grid, MESERO.works + timedelta(days=30))
    assert during.shares[row, col].sum() < 0.6, "a building site is no class"
    changed = np.abs(after.shares - before.shares).sum(-1) > 0.02
    assert changed.sum() <= 8, "only the warehouse and its edges changed around it"


def test_changes_are_rare_lasting_and_of_known_kinds() -> None:
    source = SimulatedSource()
    changed = tiles = 0
    kinds = set()
    for lon, lat in ((2.3, 47.1),):
        grid = grid_at(lon, lat, 60, 60)
        days = [date(2016, 7, 1), date(2021, 7, 1), date(2023, 7, 1)]
        first, second, third = (simulated_truth(source, grid, d).shares for d in days)
        moved = (first.argmax(-1) != second.argmax(-1)) & (first.max(-1) > 0.9) & (second.max(-1) > 0.9)
        changed, tiles = changed + int(moved.sum()), tiles + moved.size
        kinds |= {(int(a), int(b)) for a, b in zip(first.argmax(-1)[moved], second.argmax(-1)[moved], strict=True)}
        gone = moved & (third.argmax(-1) != second.argmax(-1))
        assert not gone.any(), "what was built stays"
    assert 0.002 < changed / tiles < 0.02
    herb = class_by_name("HerbaceousVegetation").id
    assert all(b in (INDUSTRIAL, RESIDENTIAL) or (a, b) == (FOREST, herb) for a, b in kinds)


# --- a busy world ---------------------------------------------------------------------------------------------------


def test_a_busy_world_is_the_same_land_until_much_of_it_changes() -> None:
    calm, busy = SimulatedSource(seed=3), SimulatedSource(seed=3, rate=BUSY)
    grid = grid_at(10.2, 45.3, 12, 12)
    start = date(2016, 6, 20)
    before = simulated_truth(busy, grid, start).shares
    assert np.abs(before - simulated_truth(SimulatedSource(seed=3), grid, date(2015, 8, 1)).shares).max() < 0.2
    after, later = (simulated_truth(busy, grid, date(year, 6, 20)).shares for year in (2020, 2024))
    np.testing.assert_array_equal(after, later)
    changed = 0.5 * np.abs(after - before).sum(2) > 0.5
    rare = 0.5 * np.abs(simulated_truth(calm, grid, date(2020, 6, 20)).shares - before).sum(2) > 0.5
    assert 0.05 < changed.mean() < 0.3 and rare.sum() < changed.sum() / 2
    aoi = Aoi.from_bbox(10.19, 45.29, 10.21, 45.31)
    found = calm.search(aoi, date(2020, 6, 1), date(2020, 6, 20), previews=False)[0]
    assert busy.search(aoi, date(2020, 6, 1), date(2020, 6, 20), previews=False)[0].id == f"{found.id}-busy"
