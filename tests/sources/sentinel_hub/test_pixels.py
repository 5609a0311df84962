"""Loading: the service's own pixels on the grid, each tile fetched once, nothing corrected twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.bands import BAND_NAMES
from lulc_core.domain.errors import CancelledError
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.scene import Acquisition
from lulc_core.sources import tile_plan
from lulc_core.sources.sentinel_hub import pixels as sentinel_hub_pixels
from lulc_core.sources.sentinel_hub.source import SentinelHubSource
from tests.servers.sentinel_hub.server import CLIENT_ID, CLIENT_SECRET, TOKEN_MARK, ShServer
from tests.servers.sentinel_hub.world import BANDS, Granule, Overpass, World, fields_landscape, world_around
from tests.sources.conftest import JUNE, MakeSource


def truth(grid: TileGrid, when: datetime) -> np.ndarray:
    left, bottom, right, top = grid.bounds
    x, y = np.arange(left + 5, right, 10), np.arange(top - 5, bottom, -10)
    return fields_landscape(grid.epsg, x, y, when)


def asked_tiles(payloads: list[Any], kind: str = "sentinel-2-l1c") -> list[tuple[int, int]]:
    """Lattice tiles of all requests of a collection, each as often as it was asked for."""
    tiles = []
    for payload in payloads:
        if payload["input"]["data"][0]["type"] == kind:
            left, bottom, right, top = (round(v / 640) for v in payload["input"]["bounds"]["bbox"])
            tiles += [(e, n) for e in range(left, right) for n in range(bottom, top)]
    return tiles


def test_pixels_are_the_services_own_to_the_bit(
    server: ShServer, source: SentinelHubSource, acquisition: Acquisition, grid: TileGrid
) -> None:
    scene = source.load(acquisition, BAND_NAMES, grid)
    expected = truth(grid, server.world.overpasses[0].when).astype(np.float32) / np.float32(10_000)
    assert BANDS == BAND_NAMES
    np.testing.assert_array_equal(scene.reflectance, expected)
    assert scene.observed.all()
    assert scene.clear.all()
    assert not scene.notes


def test_two_overpasses_of_neighbouring_orbits_are_not_mixed(
    server: ShServer, make_source: MakeSource, aoi: Aoi, grid: TileGrid
) -> None:
    first = server.world.overpasses[0]
    later = replace(first, when=first.when + timedelta(minutes=100), orbit=23)

    def landscape(epsg: int, x: np.ndarray, y: np.ndarray, when: datetime) -> np.ndarray:
        return np.full((13, len(y), len(x)), 2000 if when == first.when else 4000, np.uint16)

    server.world = World([first, later], landscape)
    source = make_source()
    newest, oldest = source.search(aoi, *JUNE, previews=False)
    assert np.unique(source.load(oldest, ("B04",), grid).reflectance) == np.float32(0.2)
    assert np.unique(source.load(newest, ("B04",), grid).reflectance) == np.float32(0.4)


def test_clouds_come_from_the_scene_classification(
    server: ShServer, source: SentinelHubSource, aoi: Aoi, grid: TileGrid
) -> None:
    cloudy = source.search(aoi, *JUNE, previews=False)[0]
    scene = source.load(cloudy, ("B04",), grid)
    assert 0.65 < 1 - scene.clear.mean() < 0.85
    bright = scene.reflectance[0] > 0.5
    np.testing.assert_array_equal(bright, ~scene.clear)


def test_without_an_l2a_product_few_bands_count_as_clear_and_that_is_said(
    server: ShServer, make_source: MakeSource, aoi: Aoi, grid: TileGrid
) -> None:
    server.world = world_around(8.85, 45.49, count=3, has_l2a=False)
    source = make_source()
    scene = source.load(source.search(aoi, *JUNE, previews=False)[0], ("B04",), grid)
    assert scene.clear.all()
    assert scene.notes == (
        "There is no scene classification (L2A product) for the area on this date: every pixel counts as clear.",
    )


def test_without_an_l2a_product_bright_clouds_are_looked_for(
    server: ShServer, make_source: MakeSource, aoi: Aoi, grid: TileGrid
) -> None:
    server.world = world_around(8.85, 45.49, count=3, has_l2a=False)
    source = make_source()
    half_cloudy, _, cloudless = source.search(aoi, *JUNE, previews=False)
    scene = source.load(half_cloudy, ("B02", "B03", "B04", "B08", "B11"), grid)
    assert (scene.clear == (scene.select(["B02"])[0] < 0.5)).mean() > 0.9
    assert "bright clouds were looked for" in scene.notes[0] and scene.clear_share is None
    with_ten_bands = source.load(cloudless, BAND_NAMES, grid)
    assert with_ten_bands.clear.all() and with_ten_bands.clear_share == 1
    assert "s2cloudless" in with_ten_bands.notes[0]


def test_beside_the_swath_is_unobserved_and_zero(server: ShServer, make_source: MakeSource, aoi: Aoi) -> None:
    when = datetime(2023, 6, 3, 10, tzinfo=UTC)
    server.world = World([Overpass(when, (Granule("32TMR", (8.0, 45.0, 8.85, 46.0)),))])
    source, grid = make_source(), TileGrid.from_aoi(aoi)
    (only,) = source.search(aoi, *JUNE, previews=False)
    scene = source.load(only, ("B04", "B08"), grid)
    assert 0.2 < scene.observed.mean() < 0.8
    assert not scene.reflectance[:, ~scene.observed].any()
    assert (scene.reflectance[:, scene.observed] > 0).all()
    assert not scene.notes, "no pixel, no need for cloud information"


def test_tiles_outside_the_drawn_shape_are_not_fetched(server: ShServer, source: SentinelHubSource) -> None:
    strip = {
        "type": "Polygon",
        "coordinates": [[[8.80, 45.40], [8.81, 45.40], [8.90, 45.50], [8.89, 45.50], [8.80, 45.40]]],
    }
    aoi = Aoi.from_geojson(strip)
    grid = TileGrid.from_aoi(aoi)
    acquisition = source.search(aoi, *JUNE, previews=False)[-1]
    scene = source.load(acquisition, ("B04",), grid)
    fetched = asked_tiles(server.payloads("process"))
    assert len(set(fetched)) == len(fetched) < 0.8 * grid.n_rows * grid.n_cols
    inside = np.kron(grid.inside, np.ones((64, 64), bool))
    assert scene.observed[inside].all()
    assert not scene.observed[~inside].any()


class TestKept:
    def test_a_second_load_asks_for_nothing(
        self, server: ShServer, make_source: MakeSource, acquisition: Acquisition, grid: TileGrid
    ) -> None:
        first = make_source().load(acquisition, BAND_NAMES, grid)
        server.forget()
        second = make_source(sh_client_id="", sh_client_secret="").load(acquisition, BAND_NAMES, grid)
        assert not server.seen, "not even a login"
        np.testing.assert_array_equal(first.reflectance, second.reflectance)
        np.testing.assert_array_equal(first.valid, second.valid)

    def test_a_larger_drawing_fetches_only_what_is_new(
        self, server: ShServer, source: SentinelHubSource, acquisition: Acquisition
    ) -> None:
        small, large = TileGrid(32632, 765, 7870, 5, 5), TileGrid(32632, 763, 7872, 9, 8)
        source.load(acquisition, BAND_NAMES, small)
        before = set(asked_tiles(server.payloads("process")))
        server.forget()
        scene = source.load(acquisition, BAND_NAMES, large)
        after = asked_tiles(server.payloads("process"))
        assert not before & set(after)
        assert len(after) == len(set(after)) == 72 - 25
        assert server.count("process") <= 2 * 4
        np.testing.assert_array_equal(
            scene.reflectance, truth(large, server.world.overpasses[0].when).astype(np.float32) / np.float32(10_000)
        )

    def test_a_smaller_drawing_fetches_nothing(
        self, server: ShServer, source: SentinelHubSource, acquisition: Acquisition
    ) -> None:
        source.load(acquisition, BAND_NAMES, TileGrid(32632, 765, 7870, 5, 5))
        server.forget()
        source.load(acquisition, ("B08", "B04"), TileGrid(32632, 766, 7869, 3, 2))
        assert server.count("process") == 0, "13 bands serve any choice of bands"

    def test_few_bands_are_a_cheaper_request_of_their_own(
        self, server: ShServer, source: SentinelHubSource, acquisition: Acquisition, grid: TileGrid
    ) -> None:
        source.load(acquisition, ("B04", "B02", "B03"), grid)
        cheap = server.units
        source.load(acquisition, ("B02", "B03", "B04"), grid)
        assert server.units == cheap, "the order of bands is no other download"
        source.load(acquisition, BAND_NAMES, grid)
        assert server.units > 3 * cheap

    def test_another_date_is_another_download(
        self, server: ShServer, source: SentinelHubSource, aoi: Aoi, grid: TileGrid
    ) -> None:
        found = source.search(aoi, *JUNE, previews=False)
        scenes = [source.load(a, ("B04",), grid).reflectance for a in found[-2:]]
        assert not np.array_equal(*scenes)

    def test_a_damaged_file_is_fetched_again(
        self, server: ShServer, source: SentinelHubSource, acquisition: Acquisition, grid: TileGrid, tmp_path: Path
    ) -> None:
        whole = source.load(acquisition, BAND_NAMES, grid)
        path = max((tmp_path / "cache").rglob("*.block.tif"), key=lambda p: p.stat().st_size)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        server.forget()
        again = source.load(acquisition, BAND_NAMES, grid)
        assert 1 <= len(asked_tiles(server.payloads("process"))) <= 16
        np.testing.assert_array_equal(whole.reflectance, again.reflectance)

    def test_nothing_in_the_folder_is_secret(
        self, server: ShServer, source: SentinelHubSource, acquisition: Acquisition, grid: TileGrid, tmp_path: Path
    ) -> None:
        source.load(acquisition, BAND_NAMES, grid)
        kept = [p for p in tmp_path.rglob("*") if p.is_file()]
        assert kept
        for path in kept:
            for secret in (CLIENT_ID, CLIENT_SECRET, TOKEN_MARK):
                assert secret not in str(path)
                assert secret.encode() not in path.read_bytes()

    def test_the_bound_holds(
        self, server: ShServer, make_source: MakeSource, acquisition: Acquisition, tmp_path: Path
    ) -> None:
        make_source(cache_max_mb=0.8).load(acquisition, BAND_NAMES, TileGrid(32632, 763, 7872, 8, 8))
        held = sum(p.stat().st_size for p in (tmp_path / "cache").rglob("*.block.tif"))
        assert 0 < held <= 0.8 * 2**20

    def test_a_folder_that_cannot_be_written_is_a_note_and_no_error(
        self, server: ShServer, make_source: MakeSource, acquisition: Acquisition, grid: TileGrid, tmp_path: Path
    ) -> None:
        (tmp_path / "occupied").write_text("a file where a folder should be")
        scene = make_source(cache_dir=tmp_path / "occupied").load(acquisition, ("B04",), grid)
        assert scene.observed.all()
        assert "could not be kept" in scene.notes[0]

    def test_empty_tiles_of_a_fresh_acquisition_are_not_kept(
        self, server: ShServer, make_source: MakeSource, aoi: Aoi, grid: TileGrid
    ) -> None:
        yesterday = datetime.now(UTC) - timedelta(days=1)
        server.world = world_around(8.85, 45.49, first=yesterday, count=1, has_l2a=False)
        source = make_source()
        (fresh,) = source.search(aoi, yesterday.date(), yesterday.date(), previews=False)
        assert source.load(fresh, ("B04",), grid).notes
        server.world = world_around(8.85, 45.49, first=yesterday, count=1)
        server.forget()
        assert not source.load(fresh, ("B04",), grid).notes, "the L2A product has come meanwhile"
        assert asked_tiles(server.payloads("process")) == []


class TestManyRequests:
    @pytest.fixture(autouse=True)
    def small_requests(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def plan(needed: np.ndarray, held: np.ndarray | None = None) -> Any:
            return tile_plan.plan_rectangles(needed, held, max_side=2)

        monkeypatch.setattr(sentinel_hub_pixels, "plan_rectangles", plan)

    def test_pieces_fit_together_and_run_at_once_within_bounds(
        self, server: ShServer, source: SentinelHubSource, acquisition: Acquisition
    ) -> None:
        grid = TileGrid(32632, 764, 7871, 5, 6)
        server.delay_s = 0.15
        scene = source.load(acquisition, ("B04", "B12"), grid)
        assert server.count("process") == 2 * 9
        assert 2 <= server.most_in_flight <= 3
        expected = truth(grid, server.world.overpasses[0].when)[[3, 12]].astype(np.float32) / np.float32(10_000)
        np.testing.assert_array_equal(scene.reflectance, expected)

    def test_progress_counts_tiles(self, server: ShServer, source: SentinelHubSource, acquisition: Acquisition) -> None:
        messages: list[str] = []
        source.load(
            acquisition, ("B04",), TileGrid(32632, 764, 7871, 4, 4), on_progress=lambda f, m: messages.append(m)
        )
        assert "Fetched 16 of 16 tiles" in messages
        assert len([m for m in messages if m.startswith("Fetched")]) == 8

    def test_what_came_before_a_failure_or_a_stop_is_kept(
        self, server: ShServer, source: SentinelHubSource, acquisition: Acquisition
    ) -> None:
        grid = TileGrid(32632, 764, 7871, 4, 6)
        with pytest.raises(CancelledError):
            source.load(acquisition, ("B04",), grid, cancelled=lambda: server.count("process") >= 6)
        asked = server.count("process")
        assert asked < 12
        server.forget()
        source.load(acquisition, ("B04",), grid)
        assert server.count("process") <= 12 - 3, "at least what had arrived needs no second request"

    def test_a_stop_is_quick_even_while_the_service_is_slow(
        self, server: ShServer, source: SentinelHubSource, acquisition: Acquisition
    ) -> None:
        import time

        server.delay_s = 8.0
        begun = time.monotonic()
        with pytest.raises(CancelledError):
            source.load(
                acquisition,
                ("B04",),
                TileGrid(32632, 764, 7871, 4, 6),
                cancelled=lambda: time.monotonic() - begun > 0.3,
            )
        assert time.monotonic() - begun < 5
