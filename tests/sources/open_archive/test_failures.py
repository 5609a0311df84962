"""What goes wrong out there: bounded time, one clear sentence, nothing wrong kept, and the work can go on."""

from __future__ import annotations

import time

import numpy as np
import pytest

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import CancelledError, LulcError, SourceError
from lulc_core.domain.grid import TileGrid
from lulc_core.sources.open_archive.source import Limits, OpenArchiveSource
from lulc_core.sources.open_archive.web import Patience
from tests.servers.open_archive.server import OpenServer
from tests.sources.open_archive.conftest import HASTY, JUNE, QUICK, MakeSource, small_world
from tests.sources.open_archive.test_source import RGB_NIR, check_ground, newest, oldest

ONCE = ("429", "429 1", "500", "502", "503", "reset", "half", "stall")


@pytest.fixture
def source(make_source: MakeSource) -> OpenArchiveSource:
    return make_source(limits=HASTY)


def whole(source: OpenArchiveSource, aoi: Aoi) -> list[str]:
    return [a.id for a in source.search(aoi, *JUNE)]


@pytest.mark.parametrize("fault", ONCE)
@pytest.mark.parametrize("endpoint", ["catalogue", "twins"])
def test_a_search_gets_over_one_fault(
    source: OpenArchiveSource, server: OpenServer, aoi: Aoi, endpoint: str, fault: str
) -> None:
    server.fail(endpoint, fault, times=1)
    found = source.search(aoi, *JUNE)
    assert len(found) == 3
    assert all(a.clear_share is not None and not a.notes for a in found)


@pytest.mark.parametrize("fault", [*ONCE, "garbage", "zeros"])
def test_pixels_get_over_one_fault(
    source: OpenArchiveSource, server: OpenServer, aoi: Aoi, grid: TileGrid, fault: str
) -> None:
    chosen = oldest(source, aoi)
    server.fail("file", fault, times=1, where="_B04.jp2")
    scene = source.load(chosen, ("B04",), grid)
    check_ground(scene)
    assert scene.acquisition.level == "L1C"


@pytest.mark.parametrize("fault", ["500", "503", "429", "403", "404", "reset", "half", "stall", "html", "empty"])
def test_the_bucket_lists_where_the_catalogue_does_not(
    source: OpenArchiveSource, server: OpenServer, aoi: Aoi, fault: str
) -> None:
    expected = whole(source, aoi)
    server.fail("catalogue", fault)
    started = time.monotonic()
    found = source.search(aoi, *JUNE)
    assert time.monotonic() - started < 10
    assert [a.id for a in found] == expected
    if fault != "empty":
        assert all(any("Listed by the bucket" in note for note in a.notes) for a in found)
    assert [a.cloud_cover_pct for a in found] == [10.0, 10.0, 10.0]


def test_with_nothing_there_one_sentence_names_both(source: OpenArchiveSource, server: OpenServer, aoi: Aoi) -> None:
    server.fail("catalogue", "503")
    server.fail("list", "html")
    with pytest.raises(SourceError) as caught:
        source.search(aoi, *JUNE)
    text = str(caught.value)
    assert "Neither the catalogue nor the bucket" in text
    assert "503" in text
    assert "web page" in text
    assert "sources" in caught.value.option and "sources" in text


def test_without_the_twins_catalogue_the_list_still_comes(
    source: OpenArchiveSource, server: OpenServer, aoi: Aoi
) -> None:
    server.fail("twins", "403")
    found = source.search(aoi, *JUNE)
    assert len(found) == 3
    assert all(a.clear_share is None and "not known" in a.notes[0] and "403" in a.notes[0] for a in found)


def test_a_preview_that_fails_is_missing_alone(source: OpenArchiveSource, server: OpenServer, aoi: Aoi) -> None:
    server.fail("cog", "404", where="20230608")
    found = source.search(aoi, *JUNE)
    assert [a.clear_share is None for a in found] == [False, True, False]
    assert "404" in found[1].notes[0]


@pytest.mark.parametrize("fault", ["500", "403", "404", "reset", "half", "stall", "html", "garbage", "zeros"])
def test_surface_reflectance_stands_in_where_the_bucket_fails(
    source: OpenArchiveSource, server: OpenServer, aoi: Aoi, grid: TileGrid, fault: str
) -> None:
    chosen = oldest(source, aoi)
    server.fail("file", fault, where="_B03.jp2")
    started = time.monotonic()
    scene = source.load(chosen, ("B04", "B03", "B10"), grid)
    assert time.monotonic() - started < 15
    assert scene.acquisition.level == "L2A"
    assert scene.bands == ("B04", "B03")
    assert any("stands in" in note for note in scene.notes)
    # The L2A server's ground is a tenth darker, and Collection 1 has the offset in its pixels.
    server.heal()
    true = source.load(chosen, ("B04", "B03"), grid)
    assert true.acquisition.level == "L1C", "nothing of the failure was kept"
    np.testing.assert_allclose(scene.reflectance, 0.9 * true.reflectance, atol=2e-4)


def test_with_neither_there_is_an_error_and_no_map(
    source: OpenArchiveSource, server: OpenServer, aoi: Aoi, grid: TileGrid
) -> None:
    chosen = oldest(source, aoi)
    server.fail("file", "503", where="_B04.jp2")
    server.fail("cog", "503")
    with pytest.raises(SourceError, match="no way out") as caught:
        source.load(chosen, ("B04",), grid)
    assert "503" in str(caught.value)
    server.heal()
    check_ground(source.load(chosen, ("B04",), grid))


@pytest.mark.parametrize("flag", [True, False, None])
def test_the_offset_of_the_older_l2a_collection_is_looked_for(
    source: OpenArchiveSource, server: OpenServer, aoi: Aoi, grid: TileGrid, flag: bool | None
) -> None:
    # The server adds the offset where the flag says False, and has taken it off otherwise.
    server.world = small_world(l2a_collection="sentinel-2-l2a", l2a_offset_flag=flag)
    chosen = oldest(source, aoi)
    true = source.load(chosen, ("B04",), grid)
    server.fail("list", "503")
    other = OpenArchiveSource(server.settings(cache_dir=server_cache(source) / "other"), limits=QUICK)
    scene = other.load(chosen, ("B04",), grid)
    assert scene.acquisition.level == "L2A"
    np.testing.assert_allclose(scene.reflectance, 0.9 * true.reflectance, atol=2e-4)
    assert any("offset" in line for line in scene.acquisition.origin)


def server_cache(source: OpenArchiveSource):
    return source._cache.folder.parent


def test_a_product_without_a_band_gives_way_to_the_twin(
    source: OpenArchiveSource, server: OpenServer, aoi: Aoi, grid: TileGrid
) -> None:
    server.world.without_band = "B02"
    scene = source.load(oldest(source, aoi), RGB_NIR, grid)
    assert scene.acquisition.level == "L2A"
    assert any("has no file of band B02" in note for note in scene.notes)


def test_a_product_without_metadata_gives_way_to_an_older_one(
    source: OpenArchiveSource, server: OpenServer, aoi: Aoi, grid: TileGrid
) -> None:
    server.world = small_world(baselines=("0209", "0500"))
    server.world.without_metadata = ("0500",)
    scene = source.load(oldest(source, aoi), ("B04",), grid)
    check_ground(scene)
    assert scene.acquisition.baseline == "02.09"
    assert any("left out" in note and "N0500" in note for note in scene.notes)
    server.fail("catalogue", "503")
    assert len(source.search(aoi, *JUNE, previews=False)) == 3


def test_zeros_inside_the_footprint_are_no_land(make_source: MakeSource, server: OpenServer, aoi: Aoi) -> None:
    # A raster that is empty where its footprint says the satellite looked, well away from any edge.
    from lulc_core.domain.errors import ServiceError
    from tests.servers.open_archive.world import Overpass, World, granule_around
    from tests.servers.sentinel_hub.world import fields_landscape

    def holed(epsg, x, y, when):
        dn = fields_landscape(epsg, x, y, when)
        dn[:, len(y) // 3 : 2 * len(y) // 3, len(x) // 3 : 2 * len(x) // 3] = 0
        return dn

    from tests.sources.open_archive.conftest import FIRST, LAT, LON

    server.world = World([Overpass(FIRST, (granule_around(LON, LAT, "32TMR", half_m=6_000),), has_l2a=False)], holed)
    source = make_source()
    with pytest.raises(ServiceError, match="empty where the satellite looked"):
        source.load(newest(source, aoi), ("B04",), TileGrid.from_aoi(aoi))


def test_the_work_goes_on_where_it_stopped(
    make_source: MakeSource, server: OpenServer, aoi: Aoi, grid: TileGrid
) -> None:
    server.world = small_world(has_l2a=False)
    chosen = oldest(make_source(), aoi)
    make_source("warm").load(chosen, RGB_NIR, grid)
    source = make_source(limits=HASTY)
    server.fail("file", "stall", where="_B02.jp2")
    with pytest.raises(SourceError):
        source.load(chosen, RGB_NIR, grid)
    server.heal()
    server.forget()
    check_ground(make_source().load(chosen, RGB_NIR, grid))
    fetched = {s.path.rpartition("_")[2] for s in server.seen if s.endpoint == "file" and s.path.endswith(".jp2")}
    assert "B02.jp2" in fetched
    assert len(fetched) < len(RGB_NIR)


def test_damaged_files_of_the_cache_are_fetched_again(
    source: OpenArchiveSource, server: OpenServer, aoi: Aoi, grid: TileGrid
) -> None:
    chosen = oldest(source, aoi)
    source.load(chosen, ("B04",), grid)
    for path in source._cache.folder.rglob("*.block.*"):
        path.write_bytes(path.read_bytes()[:-40])
    check_ground(source.load(chosen, ("B04",), grid))


@pytest.mark.parametrize("endpoint", ["list", "file", "twins", "cog"])
def test_a_stop_is_seen_within_two_seconds(
    make_source: MakeSource, server: OpenServer, aoi: Aoi, grid: TileGrid, endpoint: str
) -> None:
    patient = make_source(limits=Limits(patience=Patience(read_s=30)))
    chosen = oldest(patient, aoi)
    server.fail(endpoint, "stall")
    started = time.monotonic()
    with pytest.raises(CancelledError):
        patient.load(chosen, ("B04",), grid, cancelled=lambda: time.monotonic() - started > 0.5)
    assert time.monotonic() - started < 2.5


def test_nothing_outlasts_its_time(make_source: MakeSource, server: OpenServer, aoi: Aoi, grid: TileGrid) -> None:
    source = make_source(limits=Limits(search_s=1, preview_s=1, band_s=1.5, patience=Patience(read_s=30)))
    chosen = oldest(source, aoi)
    for endpoint in ("list", "file", "twins", "cog"):
        server.fail(endpoint, "stall")
    started = time.monotonic()
    with pytest.raises(LulcError) as caught:
        source.load(chosen, ("B04",), grid)
    assert time.monotonic() - started < 10
    assert "127.0.0.1" in str(caught.value)


def test_an_address_that_is_none_is_said(make_source: MakeSource, tmp_path, aoi: Aoi) -> None:
    from lulc_core.settings import Settings

    gone = "http://127.0.0.1:9"
    settings = Settings(gcs_url=gone, cdse_stac_url=gone, earth_search_url=gone, cache_dir=tmp_path)
    with pytest.raises(SourceError, match=r"127\.0\.0\.1:9"):
        OpenArchiveSource(settings, limits=QUICK).search(aoi, *JUNE)
