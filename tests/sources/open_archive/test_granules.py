"""Which granules hold an area: held against origins of real products."""

from __future__ import annotations

from pathlib import Path

import pytest

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.grid import TileGrid
from lulc_core.sources.open_archive.granules import square_of, squares_of
from lulc_core.sources.open_archive.source import OpenArchiveSource
from tests.servers.open_archive.server import OpenServer
from tests.sources.open_archive.conftest import JUNE, QUICK, small_world


@pytest.mark.parametrize(
    ("name", "epsg", "left", "top"),
    [
        ("32TNS", 32632, 499980, 5200020),
        ("20EPT", 32720, 600000, 3300040),
        ("29TNG", 32629, 499980, 4700040),
        ("32TMR", 32632, 399960, 5100000),
    ],
)
def test_the_origin_follows_from_the_name(name: str, epsg: int, left: int, top: int) -> None:
    square = square_of(name)
    assert square is not None
    assert (square.epsg, square.left_m, square.top_m) == (epsg, left, top)
    assert square_of(square.name) == square


@pytest.mark.parametrize("name", ["", "32TAA", "99TMR", "32IMR", "32TMZ", "something"])
def test_a_name_that_is_none_has_no_place(name: str) -> None:
    assert square_of(name) is None


def test_mesero_lies_in_one_granule() -> None:
    found = squares_of(Aoi.from_bbox(8.80, 45.45, 8.90, 45.53))
    assert [s.name for s in found] == ["32TMR"]
    assert found[0].prefix == "tiles/32/T/MR/"


@pytest.mark.parametrize(
    ("bbox", "names"),
    [
        ((8.95, 45.45, 9.10, 45.53), {"32TMR", "32TNR"}),  # two granules of a zone
        ((11.95, 45.40, 12.05, 45.48), {"32TQR", "33TTL"}),  # two zones
        ((-68.75, -33.10, -68.65, -33.00), {"19HED"}),  # south
        ((179.95, -16.6, 180.05, -16.5), {"60KZG", "01KAB"}),  # the antimeridian
        ((4.0, -0.1, 4.1, -0.02), {"31MFV", "31NFA"}),  # the equator: a granule of the north reaches beyond it
        (
            (8.07, 47.85, 8.13, 47.9),
            {"32TMT", "32TMU", "32UMU"},
        ),  # a border of latitude bands: 32TMU or 32UMU is no name
    ],
)
def test_every_granule_of_an_area_is_among_the_names(bbox: tuple[float, ...], names: set[str]) -> None:
    found = squares_of(Aoi.from_bbox(*bbox))
    assert {s.name for s in found} == names
    for square in found:
        assert square_of(square.name) == square
        assert square.name[:2] == f"{square.epsg % 100:02d}"


@pytest.mark.parametrize(
    ("lon", "lat", "name", "epsg"),
    [
        (5.32, 60.39, "32VKN", 32632),  # Bergen: zone 32 begins at 3 degrees there
        (15.65, 78.22, "33XWG", 32633),  # Longyearbyen: zone 33 has 12 degrees there, and 32 none
    ],
)
def test_the_odd_zones_of_norway_and_svalbard(lon: float, lat: float, name: str, epsg: int, tmp_path: Path) -> None:
    around = Aoi.from_bbox(lon - 0.01, lat - 0.004, lon + 0.01, lat + 0.004)
    assert name in {square.name for square in squares_of(around)} and around.epsg == epsg
    with OpenServer(small_world(lon, lat, name)) as server:
        source = OpenArchiveSource(server.settings(cache_dir=tmp_path), limits=QUICK)
        found = source.search(around, *JUNE, previews=False)
        assert len(found) == 3
        scene = source.load(found[-1], ("B04",), TileGrid.from_aoi(around))
        assert scene.observed.all() and scene.grid.epsg == epsg
        server.fail("catalogue", "503")  # then the bucket is looked through, by the names of granules
        assert (
            len(OpenArchiveSource(server.settings(cache_dir=tmp_path / "b"), limits=QUICK).search(around, *JUNE)) == 3
        )
