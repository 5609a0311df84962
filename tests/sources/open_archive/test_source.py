"""The open archive where all goes well: lists, pixels, offsets, clouds, zones, what is kept and what is asked again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.bands import BAND_NAMES
from lulc_core.domain.errors import NoAcquisitionError
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.scene import Acquisition, Scene
from lulc_core.sources.open_archive.source import OpenArchiveSource
from lulc_core.sources.open_archive.web import CONNECTIONS_A_HOST, USER_AGENT
from tests.servers.open_archive.server import OpenServer
from tests.servers.open_archive.world import Granule, Overpass, World, granule_around
from tests.servers.sentinel_hub.world import fields_landscape
from tests.sources.open_archive.conftest import FIRST, JUNE, MakeSource, around, small_world

RGB_NIR = ("B04", "B03", "B02", "B08")


def truth(grid: TileGrid, when: datetime, band: str = "B04") -> np.ndarray:
    """Reflectance of the ground without clouds, at 10 m."""
    left, bottom, right, top = grid.bounds
    x, y = np.arange(left + 5, right, 10), np.arange(top - 5, bottom, -10)
    return fields_landscape(grid.epsg, x, y, when)[BAND_NAMES.index(band)] / 10_000


def newest(source: OpenArchiveSource, aoi: Aoi) -> Acquisition:
    return source.search(aoi, *JUNE, previews=False)[0]


def oldest(source: OpenArchiveSource, aoi: Aoi) -> Acquisition:
    """The one without clouds."""
    return source.search(aoi, *JUNE, previews=False)[-1]


def check_ground(scene: Scene, when: datetime = FIRST) -> None:
    inside = scene.observed
    np.testing.assert_allclose(scene.select(["B04"])[0][inside], truth(scene.grid, when)[inside], atol=1e-6)


def test_the_list_has_clear_shares_and_pictures_from_overviews(source: OpenArchiveSource, aoi: Aoi) -> None:
    found = source.search(aoi, *JUNE)
    assert [a.id for a in found] == ["S2B_20230613T101031_R022", "S2B_20230608T101031_R022", "S2B_20230603T101031_R022"]
    assert [a.clear_share == 1 for a in found] == [False, False, True]
    assert (found[0].clear_share or 1) < (found[1].clear_share or 0)
    assert all(a.preview for a in found)


def test_ten_metre_bands_are_the_ground_itself(source: OpenArchiveSource, aoi: Aoi, grid: TileGrid) -> None:
    scene = source.load(oldest(source, aoi), BAND_NAMES, grid)
    check_ground(scene)
    for band in ("B05", "B01"):  # bands of 20 and 60 m are smoothed, no more
        difference = scene.select([band])[0] - truth(grid, FIRST, band)
        assert np.abs(difference).mean() < 0.02
    assert any("offset -1000 (named by its metadata)" in line for line in scene.acquisition.origin)
    assert any("scene classification" in line for line in scene.acquisition.origin)


def test_what_is_kept_costs_no_request(source: OpenArchiveSource, aoi: Aoi, grid: TileGrid, server: OpenServer) -> None:
    chosen = oldest(source, aoi)
    first = source.load(chosen, RGB_NIR, grid)
    server.forget()
    again = source.load(chosen, ("B03", "B04"), grid)
    assert server.seen == []
    np.testing.assert_array_equal(again.reflectance, first.select(("B03", "B04")))


def test_a_drawing_next_door_takes_the_blocks_that_are_there(
    source: OpenArchiveSource, aoi: Aoi, grid: TileGrid, server: OpenServer
) -> None:
    chosen = newest(source, aoi)
    source.load(chosen, ("B04",), grid)
    server.forget()
    source.load(chosen, ("B04",), TileGrid.from_aoi(around(half_deg=0.009)))
    tiles = [s for s in server.seen if s.endpoint == "file" and s.path.endswith("_B04.jp2") and s.sent > 20_000]
    assert len(tiles) <= 4


@pytest.mark.parametrize("tlm", [False, True])
def test_only_the_blocks_that_are_needed_come(
    source: OpenArchiveSource, server: OpenServer, aoi: Aoi, tlm: bool
) -> None:
    granule = granule_around(8.85, 45.485, "32TMR", half_m=4_500)  # 8 x 8 blocks
    server.world = World([Overpass(FIRST, (granule,))], tlm=tlm, blocks={10: 128, 20: 80, 60: 48})
    server.make_files()
    chosen = newest(source, aoi)
    server.forget()
    scene = source.load(chosen, ("B04",), TileGrid.from_aoi(aoi))
    check_ground(scene)
    seen = [s for s in server.seen if s.path.endswith("_B04.jp2")]
    size = len(server.objects()[next(n for n in server.objects() if n.endswith("_B04.jp2"))]())
    assert sum(s.sent for s in seen) < 0.3 * size
    assert len(seen) <= (4 if tlm else 30), "a table of tiles, or a look into the middle of the file"


def test_the_newest_baseline_wins_and_the_catalogue_may_know_another(
    source: OpenArchiveSource, server: OpenServer, aoi: Aoi, grid: TileGrid
) -> None:
    # Listed as made at the time (no offset); the bucket has the reprocessed one (offset), too. One acquisition.
    server.world = small_world(baselines=("0209", "0500"), listed=("0209",))
    (chosen,) = (a for a in source.search(aoi, *JUNE, previews=False) if a.datetime.day == 3)
    assert chosen.baseline == "02.09"
    scene = source.load(chosen, ("B04",), grid)
    check_ground(scene)
    assert scene.acquisition.baseline == "05.00"
    assert scene.acquisition.products[0].split("_")[3] == "N0500"


def test_an_old_product_has_no_offset(source: OpenArchiveSource, server: OpenServer, aoi: Aoi, grid: TileGrid) -> None:
    server.world = small_world(baselines=("0209",))
    scene = source.load(oldest(source, aoi), ("B04",), grid)
    check_ground(scene)
    assert any("its metadata name none" in line for line in scene.acquisition.origin)


def test_names_of_2016_are_read(source: OpenArchiveSource, server: OpenServer, aoi: Aoi, grid: TileGrid) -> None:
    when = datetime(2016, 6, 3, 10, 10, 31, tzinfo=UTC)
    (granule,) = small_world().overpasses[0].granules
    server.world = World([Overpass(when, (granule,), satellite="S2A", baselines=("0201",), old_names=True)])
    (chosen,) = source.search(aoi, date(2016, 6, 1), date(2016, 6, 30), previews=False)
    check_ground(source.load(chosen, ("B04",), grid), when)
    server.fail("catalogue", "500")
    (listed,) = source.search(aoi, date(2016, 6, 1), date(2016, 6, 30), previews=False)
    assert (listed.satellite, listed.relative_orbit) == ("S2A", 22)


@pytest.mark.parametrize(
    ("lon", "lat", "tiles"),
    [
        (9.0, 45.6, ("32TMR", "32TNR")),  # two granules of one zone
        (12.0, 45.5, ("32TQR", "33TTL")),  # two zones
        (-68.7, -33.05, ("19HED",)),  # south
        (180.0, -16.55, ("60KZG", "01KAB")),  # the antimeridian
    ],
)
def test_ground_in_several_granules_zones_and_hemispheres(
    source: OpenArchiveSource, server: OpenServer, lon: float, lat: float, tiles: tuple[str, ...]
) -> None:
    area = around(lon, lat)
    granules = [granule_around(lon, lat, tile, half_m=1_800) for tile in tiles]
    if tiles == ("32TMR", "32TNR"):  # each a half, as swaths and squares cut them
        west, east = granules
        granules = [replace(west, cols=198), replace(east, left_m=east.left_m + 1_800, cols=162)]
    server.world = World([Overpass(FIRST, tuple(granules))])
    (chosen,) = source.search(area, *JUNE)
    assert len(chosen.products) == len(tiles)
    assert chosen.clear_share == 1
    grid = TileGrid.from_aoi(area)
    scene = source.load(chosen, ("B04",), grid)
    inside = np.kron(grid.inside, np.ones((64, 64), bool))
    assert scene.observed[inside].all()
    check_ground(scene)


def test_another_zone_fills_what_the_own_one_lacks(source: OpenArchiveSource, server: OpenServer) -> None:
    lon, lat = 12.0, 45.5
    area = around(lon, lat)
    own, other = (granule_around(lon, lat, tile, half_m=1_800) for tile in ("32TQR", "33TTL"))
    if area.epsg == 32633:
        own, other = other, own
    half = replace(own, swath_west_m=own.left_m + 1_800)
    server.world = World([Overpass(FIRST, (half, other))])
    (chosen,) = source.search(area, *JUNE, previews=False)
    scene = source.load(chosen, ("B04",), TileGrid.from_aoi(area))
    assert scene.observed[np.kron(scene.grid.inside, np.ones((64, 64), bool))].mean() > 0.99
    assert len(scene.acquisition.products) == 2


def test_a_partial_granule_says_how_much_it_covers(
    source: OpenArchiveSource, server: OpenServer, aoi: Aoi, grid: TileGrid
) -> None:
    (granule,) = small_world().overpasses[0].granules
    middle = (aoi.projected.bounds[0] + aoi.projected.bounds[2]) / 2
    server.world = World([Overpass(FIRST, (replace(granule, swath_west_m=middle),))])
    (chosen,) = source.search(aoi, *JUNE)
    assert any("covers 50% of the area" in note for note in chosen.notes)
    assert chosen.clear_share == pytest.approx(0.5, abs=0.05)
    scene = source.load(chosen, ("B04",), grid)
    assert 0 < scene.observed.mean() < 1


def test_beside_the_swath_there_is_nothing(
    source: OpenArchiveSource, server: OpenServer, aoi: Aoi, grid: TileGrid
) -> None:
    chosen = newest(source, aoi)
    far = World([Overpass(chosen.datetime, (Granule("32TMR", 399_960, 5_099_940, 120, 120),))])
    server.world = far
    with pytest.raises(NoAcquisitionError, match="passed beside"):
        source.load(chosen, ("B04",), grid)


@pytest.mark.parametrize(("baseline", "words"), [("0500", "mask of the L1C"), ("0209", "mask of the L1C")])
def test_without_a_twin_the_products_own_mask_counts(
    source: OpenArchiveSource, server: OpenServer, aoi: Aoi, grid: TileGrid, baseline: str, words: str
) -> None:
    world = small_world(has_l2a=False, baselines=(baseline,))
    world.masks = True
    server.world = world
    scene = source.load(newest(source, aoi), ("B04",), grid)
    assert any(words in line for line in scene.acquisition.origin)
    assert 0 < scene.clear.mean() < 1
    assert any("no shadow" in note for note in scene.notes)


def test_without_any_mask_clouds_are_not_known(
    source: OpenArchiveSource, server: OpenServer, aoi: Aoi, grid: TileGrid
) -> None:
    server.world = small_world(has_l2a=False)
    scene = source.load(newest(source, aoi), ("B04",), grid)
    assert any("Clouds: not known" in line for line in scene.acquisition.origin)
    assert any("no cloud information" in note for note in scene.notes)


def test_lists_of_many_pages_are_read_to_the_end(server: OpenServer, make_source: MakeSource, aoi: Aoi) -> None:
    server.page_size = 1
    assert len(make_source().search(aoi, *JUNE)) == 3
    server.fail("catalogue", "503")
    assert len(make_source("other").search(aoi, *JUNE, previews=False)) == 3


def test_it_is_polite(source: OpenArchiveSource, aoi: Aoi, grid: TileGrid, server: OpenServer) -> None:
    server.delay_s = 0.02
    source.load(source.search(aoi, *JUNE)[0], BAND_NAMES, grid)
    assert server.most_in_flight <= CONNECTIONS_A_HOST
    assert {s.headers["User-Agent"] for s in server.seen} == {USER_AGENT}
    assert not any({"Cookie", "Authorization"} & set(s.headers) for s in server.seen)


def test_the_cost_is_no_less_than_what_comes(source: OpenArchiveSource) -> None:
    cost = source.cost(TileGrid.from_aoi(Aoi.from_bbox(8.78, 45.44, 8.91, 45.53)), RGB_NIR)
    assert cost.processing_units == 0
    assert 4 <= cost.megabytes <= 30
    assert cost.seconds > 0
