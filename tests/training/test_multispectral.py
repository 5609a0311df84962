"""All 13 bands: real patches where they are at hand, made ones elsewhere."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
import rasterio.io

from lulc_core.domain.classes import CLASS_NAMES
from lulc_core.domain.errors import FileFormatError, InputError, ModelError
from lulc_core.model.classifier import load_classifier
from lulc_core.training.eurosat import load_eurosat
from lulc_core.training.evaluate import evaluate
from lulc_core.training.multispectral import ALL_BANDS, FILE_BANDS, decode_multispectral, to_grey
from lulc_core.training.request import TrainRequest
from lulc_core.training.train import train
from tests.real_data import SHARED_DATA

DATA = SHARED_DATA
SAMPLE, RGB_ZIP = DATA / "EuroSAT_MS_sample.zip", DATA / "EuroSAT.zip"


def tif(class_id: int, number: int, bands: int = 13, longitude_deg: float | None = None) -> bytes:
    from rasterio.io import MemoryFile
    from rasterio.transform import from_origin

    rng = np.random.default_rng(50 * class_id + number)
    values = rng.normal(800 + 150 * class_id, 60, (bands, 64, 64)) + 100 * np.arange(bands)[:, None, None]
    where = {}
    if longitude_deg is not None:
        where = {"crs": "EPSG:4326", "transform": from_origin(longitude_deg - 32e-4, 48, 1e-4, 1e-4)}
    with MemoryFile() as memory:
        with memory.open(driver="GTiff", height=64, width=64, count=bands, dtype="uint16", **where) as file:
            file.write(values.astype(np.uint16))
        return memory.read()


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("ms") / "EuroSAT_MS.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for class_id, name in enumerate(CLASS_NAMES):
            for number in range(1, 9):
                archive.writestr(f"EuroSAT_MS/{name}/{name}_{number}.tif", tif(class_id, number))
    return path


def test_red_green_blue_come_first_and_b8a_is_the_last_of_the_file():
    values = np.zeros((13, 64, 64), np.uint16)
    values[FILE_BANDS.index("B04")] = 1100
    values[12] = 2750  # the last of the file
    from rasterio.io import MemoryFile

    with MemoryFile() as memory:
        with memory.open(driver="GTiff", height=64, width=64, count=13, dtype="uint16") as file:
            file.write(values)
        tile = decode_multispectral(memory.read(), "x")
    assert tile.shape == (64, 64, 13)
    assert tile[0, 0, 0] == round(1 + 254 * 0.11 / 0.275)
    assert tile[0, 0, ALL_BANDS.index("B8A")] == round(1 + 254 * 0.275 / 0.55)
    assert tile[0, 0, 1] == 1


def test_a_network_of_13_bands_is_trained_and_classifies(made, tmp_path):
    request = TrainRequest(made, tmp_path, architecture="pocket", bands="all", epochs=1, batch=16, peak_rate=0.05)
    result = train(request)
    assert result.card.bands == ALL_BANDS
    assert result.card.radiometry == "eurosat-ms-l1c"
    classifier = load_classifier(str(result.weights), device="cpu")
    patches = load_eurosat(made, bands="all")
    fast = classifier.predict(patches.images).probabilities
    slow = load_classifier(str(result.weights), device="cpu", precision="float32").predict(patches.images).probabilities
    assert np.abs(fast - slow).max() < 0.1
    figures = evaluate(made, model=str(result.weights), corruptions=False)
    assert figures["n"] == len(patches.part("validation"))
    with pytest.raises(InputError, match="for networks of red, green and blue"):
        evaluate(made, model=str(result.weights), corruptions=True)
    with pytest.raises(Exception, match=r"takes uint8 tiles of shape \(N, 64, 64, 13\)"):
        classifier.predict(np.zeros((1, 64, 64, 3), np.uint8))


@pytest.mark.parametrize("zip_of", ["made", pytest.param("real", marks=pytest.mark.real_data("EuroSAT_MS_sample.zip"))])
def test_maps_come_from_a_network_of_13_bands(zip_of, made, tmp_path):
    from lulc_core.domain.grid import TileGrid
    from lulc_core.domain.radiometry import to_reflectance
    from lulc_core.domain.scene import Scene
    from lulc_core.pipeline.classify import classify, classify_pictures
    from lulc_core.training.eurosat import entries
    from tests.arrays import ArraySource, acquisition, grid_at

    source = made if zip_of == "made" else SAMPLE
    request = TrainRequest(made, tmp_path, architecture="pocket", bands="all", epochs=1, batch=16, peak_rate=0.05)
    network = load_classifier(str(train(request).weights), device="cpu")
    stem, _, read = entries(source, (".tif",))[3]
    data = read()
    with rasterio.io.MemoryFile(data) as memory, memory.open() as file:
        values = to_reflectance(file.read())
    tiles = grid_at(8.85, 45.49, 1, 1)
    cells = TileGrid(tiles.epsg, tiles.east0 * 4, tiles.north0 * 4 + 3, 4, 4, cell_m=160)
    yes = np.ones(tiles.shape_px, bool)
    scene = Scene(tiles, acquisition(), FILE_BANDS, values.astype(np.float32), yes, yes)

    class Everywhere(ArraySource):
        """The same ground all around."""

        def load(self, acquisition, bands, grid, **_) -> Scene:
            pixels = np.tile(scene.select(bands), (1, grid.n_rows, grid.n_cols))
            seen = np.ones(grid.shape_px, bool)
            return Scene(grid, acquisition, tuple(bands), pixels, seen, seen)

    result = classify(Everywhere(scene), scene.acquisition, cells, lambda: network)
    expected = network.predict(decode_multispectral(data, stem)[None]).probabilities[0]
    np.testing.assert_allclose(result.tiles.probabilities[0, 0], expected, atol=1e-5)
    assert result.cells is not None and result.cells.probabilities.shape == (4, 4, 10)
    few = tuple(b for b in FILE_BANDS if b != "B10")  # surface reflectance has no B10
    surface = Scene(tiles, acquisition(level="L2A"), few, scene.select(few), yes, yes)
    with pytest.raises(InputError, match="B10 is missing"):
        classify(ArraySource(surface), surface.acquisition, tiles, network)
    with pytest.raises(ModelError, match="wants input of the kind 'eurosat-ms-l1c'"):
        classify_pictures([], network)


def test_bad_multispectral_files_and_requests(tmp_path):
    with pytest.raises(FileFormatError, match="no readable GeoTIFF"):
        decode_multispectral(b"x", "Forest_1")
    with pytest.raises(FileFormatError, match="has 3 bands of 64 x 64 pixels"):
        decode_multispectral(tif(1, 1, bands=3), "Forest_1")
    with pytest.raises(InputError, match="ImageNet weights are of red, green and blue"):
        TrainRequest(tmp_path, tmp_path, bands="all", init="imagenet")
    with pytest.raises(InputError, match="allowed is rgb or all"):
        TrainRequest(tmp_path, tmp_path, bands="nir")


@pytest.mark.real_data("EuroSAT_MS_sample.zip", "EuroSAT.zip")
def test_real_patches_look_as_their_pictures_do():
    from lulc_core.training.eurosat import decode_patch

    many = load_eurosat(SAMPLE, bands="all")
    assert len(many) == 177
    with zipfile.ZipFile(RGB_ZIP) as archive:
        inside = {Path(n).stem: n for n in archive.namelist()}
        there = [i for i, s in enumerate(many.stems) if s in inside][:20]
        assert len(there) == 20
        for i in there:
            picture = decode_patch(archive.read(inside[many.stems[i]]), many.stems[i])
            assert np.abs(many.images[i, ..., :3].astype(int) - picture).mean() < 4  # JPEG alone makes 1 to 3


def test_grey_levels_have_half_the_contrast_beyond_the_visible():
    grey = to_grey(np.full((1, 13), 0.275, np.float32))
    assert grey[0, 0] == 255
    assert grey[0, ALL_BANDS.index("B08")] == 128
