"""A block equals the app's map of the same ground, value for value."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.bands import BAND_NAMES
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.scene import Acquisition
from lulc_core.model.classifier import Classifier, load_classifier
from lulc_core.pipeline.classify import classify
from lulc_core.pipeline.compare import compare
from lulc_core.region.blocks import RegionBlock, blocks_of, wide_grid
from lulc_core.region.folder import RunFolder
from lulc_core.region.rasters import MadeBlock
from lulc_core.region.request import RegionRequest
from lulc_core.region.work import make_block
from lulc_core.sources.simulation.source import SimulatedSource

AREA = Aoi.from_geometry(shapely.Point(8.86, 45.49).buffer(0.04))
DAY = date(2021, 8, 14)


@pytest.fixture(scope="module")
def network() -> Classifier:
    return load_classifier()


def request(network: Classifier, **changes: Any) -> RegionRequest:
    values = {"aoi": AREA, "start": DAY, "end": DAY, "block_tiles": 4, **changes}
    return RegionRequest(source="simulated", model="default", model_sha256=network.card.sha256, **values)


def make(
    wanted: RegionRequest, network: Classifier, folder: Path, source: Any = None
) -> list[tuple[RegionBlock, MadeBlock]]:
    kept, made = RunFolder(folder), []
    for block in blocks_of(wanted.aoi, wanted.block_tiles):
        marker = make_block(wanted, block, source or SimulatedSource(pictures=0), network, kept)
        assert kept.marker(block.name, wanted.key) == marker and kept.marker(block.name, "another") is None
        made.append((block, MadeBlock.read(block, marker, kept.arrays(block.name, marker))))
    return made


def part(array: np.ndarray, whole: TileGrid, grid: TileGrid) -> np.ndarray:
    row, col = whole.north0 - grid.north0, grid.east0 - whole.east0
    return array[row : row + grid.n_rows, col : col + grid.n_cols]


def assert_equal(made: MadeBlock, land_cover: Any, *, stem: str = "", atol: float = 0.0) -> None:
    grid, whole = made.grid, land_cover.grid
    inside = grid.inside
    assert np.allclose(grid.coverage, part(whole.coverage, whole, grid), atol=1e-6)
    for name in ("class_ids", "flags", "clear_share"):
        expected = part(getattr(land_cover, name), whole, grid)
        different = (made.arrays[stem + name] != expected) & inside
        assert different.mean() <= (0.02 if atol else 0), name
    probabilities = np.moveaxis(part(land_cover.probabilities, whole, grid), 2, 0)[:, inside]
    assert np.allclose(made.arrays[f"{stem}probabilities"][:, inside], probabilities, atol=atol, rtol=0, equal_nan=True)


def test_blocks_of_tiles_are_one_map_of_the_whole_region(network: Classifier, tmp_path: Path):
    made = make(request(network), network, tmp_path)
    source = SimulatedSource()
    (acquisition,) = source.search(AREA, DAY, DAY)
    whole = classify(source, acquisition, TileGrid.from_aoi(AREA), network).land_cover
    assert len(made) > 6
    for _, block in made:
        assert_equal(block, whole)
        assert set(np.unique(block.days())) <= {0, 20210814}
    assert sum(m.marker["cells"]["classified"] for _, m in made) == int(whole.classified.sum())


def test_blocks_of_finer_cells_are_the_map_of_the_block_and_its_neighbours(network: Classifier, tmp_path: Path):
    wanted = request(network, aoi=Aoi.from_geometry(shapely.Point(8.86, 45.49).buffer(0.02)), cell_m=160)
    source = SimulatedSource()
    (acquisition,) = source.search(wanted.aoi, DAY, DAY)
    whole = classify(source, acquisition, TileGrid.from_aoi(wanted.aoi, cell_m=160), network).land_cover
    for block, made in make(wanted, network, tmp_path):
        grid, _ = wide_grid(wanted.aoi, block, 160, 1)
        same = classify(source, acquisition, grid, network).land_cover
        # What neighbouring windows share is computed in large pieces, whose rounding depends on where they begin.
        assert_equal(made, same, atol=0.002)
        assert_equal(made, whole, atol=0.002)


class Torn:
    """A simulated source whose swath has a ragged edge and gaps, as real ones have."""

    name = "torn"

    def __init__(self) -> None:
        self._whole = SimulatedSource(pictures=0)

    def search(self, *args: Any, **options: Any) -> tuple[Acquisition, ...]:
        return self._whole.search(*args, **options)

    def load(self, acquisition: Acquisition, bands: Any, grid: TileGrid, **options: Any) -> Any:
        from dataclasses import replace

        scene = self._whole.load(acquisition, bands, grid, **options)
        left, _, _, top = grid.bounds
        x = left + 10 * np.arange(grid.shape_px[1])
        y = top - 10 * np.arange(grid.shape_px[0])
        seen = (x[None] + 0.3 * y[:, None]) % 9000 > 1500
        drawn = grid.inside.repeat(64, 0).repeat(64, 1)  # services deliver no more than was asked for
        reflectance = np.where(seen & drawn, scene.reflectance, np.float32(0))
        return replace(scene, observed=seen & drawn, reflectance=reflectance)


def test_gaps_are_filled_from_the_tiles_around(network: Classifier, tmp_path: Path):
    source = Torn()
    (acquisition,) = source.search(AREA, DAY, DAY)
    bands = tuple(b for b in BAND_NAMES if b in ("B02", "B03", "B04", "B08", "B11"))
    whole = classify(source, acquisition, TileGrid.from_aoi(AREA), network, bands=bands).land_cover
    assert 0 < whole.left_out()["no_data"] < whole.grid.n_tiles
    for _, block in make(request(network), network, tmp_path, source):
        assert_equal(block, whole)


def test_both_dates_and_what_changed_are_those_of_compare(network: Classifier, tmp_path: Path):
    earlier = date(2019, 7, 16)
    wanted = request(network, before=(earlier, earlier))
    source = SimulatedSource()
    (before,), (after,) = source.search(AREA, earlier, earlier), source.search(AREA, DAY, DAY)
    whole = compare(source, before, source, after, TileGrid.from_aoi(AREA), network)
    differing = 0
    for _, made in make(wanted, network, tmp_path):
        assert_equal(made, whole.after.land_cover)
        assert_equal(made, whole.before.land_cover, stem="before_")
        change, grid = whole.change, made.grid
        inside = grid.inside
        for name, expected in (("from", change.from_ids), ("to", change.to_ids)):
            assert (made.arrays[f"change_{name}"] == part(expected, change.grid, grid))[inside].all()
        compared = part(change.compared, change.grid, grid)
        counted = part(change.changed, change.grid, grid)
        assert (made.arrays["change_counted"][compared] == counted[compared]).all()
        chance = part(change.change_probability, change.grid, grid)
        assert np.array_equal(made.arrays["change_probability"][compared], chance[compared])
        differing += int((made.arrays["change_from"] != made.arrays["change_to"]).sum())
    assert differing > 0


def test_further_acquisitions_name_what_clouds_leave_out(network: Classifier, tmp_path: Path):
    period = {"start": date(2022, 9, 13), "end": date(2022, 9, 28)}
    block = blocks_of(AREA, 16)[0]
    counts = []
    for fill in (0, 3):
        wanted = request(network, fill=fill, block_tiles=16, **period)
        kept = RunFolder(tmp_path / str(fill))
        marker = make_block(wanted, block, SimulatedSource(pictures=0), network, kept)
        made = MadeBlock.read(block, marker, kept.arrays(block.name, marker))
        used = np.unique(made.arrays["acquisition"][made.grid.inside])
        assert set(used) <= {*range(len(marker["acquisitions"])), 255}
        counts.append(marker["cells"]["left_out"]["cloudy"])
        if fill:
            assert len(set(np.unique(made.days())) - {0}) > 1, "one date was enough: choose a cloudier month"
    assert counts[0] > counts[1]


def test_a_day_without_acquisition_is_no_failure(network: Classifier, tmp_path: Path):
    wanted = request(network, start=date(2021, 8, 15), end=date(2021, 8, 15))
    marker = make_block(wanted, blocks_of(AREA, 4)[0], SimulatedSource(pictures=0), network, RunFolder(tmp_path))
    assert marker["state"] == "no data" and marker["cells"]["classified"] == 0
    assert "2021-08-14" in marker["notes"][0]


def test_the_same_block_gives_the_same_bytes(network: Classifier, tmp_path: Path):
    wanted, block = request(network), blocks_of(AREA, 4)[0]
    hashes = {
        make_block(wanted, block, SimulatedSource(pictures=0), network, RunFolder(tmp_path / n))["sha256"] for n in "ab"
    }
    assert len(hashes) == 1
