"""A picture becomes one tile, and what was done to it is said."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lulc_core.domain.bands import EUROSAT_MS_ORDER, RGB
from lulc_core.domain.errors import FileFormatError
from lulc_core.domain.radiometry import to_eurosat_rgb
from lulc_core.sources.picture import load_picture
from tests.sources.raster_files import planes, write_tif


def scene_like(rows: int, cols: int, channels: int = 3, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(20, 200, (rows, cols, channels), dtype=np.uint8)


def encode(array: np.ndarray, kind: str = "PNG", **options: object) -> bytes:
    out = BytesIO()
    Image.fromarray(array).save(out, kind, **options)
    return out.getvalue()


def test_a_patch_of_64_is_taken_as_it_is() -> None:
    rgb = scene_like(64, 64)
    picture = load_picture(encode(rgb))
    np.testing.assert_array_equal(picture.tiles[0], rgb)
    np.testing.assert_array_equal(picture.rgb, rgb)
    assert picture.notes == ()
    assert not picture.tiles.flags.writeable


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "TIFF", "BMP", "GIF"])
def test_other_formats(kind: str, tmp_path: Path) -> None:
    rgb = np.kron(scene_like(8, 8), np.ones((8, 8, 1), np.uint8))
    path = tmp_path / "patch.any"
    path.write_bytes(encode(rgb, kind))
    picture = load_picture(path)
    assert np.abs(picture.tiles[0].astype(int) - rgb).mean() < 12
    assert picture.tiles.shape == (1, 64, 64, 3)


def test_a_larger_picture_is_cut_and_resampled_and_said_so() -> None:
    rgb = np.zeros((300, 500, 3), np.uint8)
    rgb[:, :100], rgb[:, 100:400], rgb[:, 400:] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    picture = load_picture(encode(rgb))
    assert picture.rgb.shape == (300, 500, 3)
    np.testing.assert_array_equal(picture.tiles[0], np.broadcast_to([0, 255, 0], (64, 64, 3)))
    (note,) = picture.notes
    assert "500 x 300 pixels, not 64 x 64" in note
    assert "cut to its middle square and resampled" in note


def test_a_smaller_and_a_barely_larger_one() -> None:
    assert "resampled" in load_picture(encode(scene_like(17, 11))).notes[0]
    (note,) = load_picture(encode(scene_like(64, 66))).notes
    assert "cut to its middle square." in note
    assert "resampled" not in note


def test_a_turned_photograph_is_put_upright() -> None:
    rgb = np.zeros((64, 64, 3), np.uint8)
    rgb[:8] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by a quarter, clockwise
    picture = load_picture(encode(rgb, "PNG", exif=exif))
    assert picture.tiles[0, :, -8:].min() == 255
    assert picture.tiles[0, :, :-8].max() == 0


def test_transparent_parts_are_filled_with_the_mean_and_said() -> None:
    rgba = np.full((64, 64, 4), 255, np.uint8)
    rgba[..., :3] = (90, 120, 60)
    rgba[:16, :, 3], rgba[:16, :, :3] = 0, 0
    picture = load_picture(encode(rgba))
    np.testing.assert_array_equal(np.unique(picture.tiles[0].reshape(-1, 3), axis=0), [[90, 120, 60]])
    assert "25 % of the picture is transparent" in picture.notes[0]
    rgba[..., 3] = 255
    assert load_picture(encode(rgba)).notes == ()
    rgba[..., 3] = 0
    with pytest.raises(FileFormatError, match="transparent"):
        load_picture(encode(rgba))


def test_grey_and_16_bits_and_cmyk_are_said() -> None:
    grey = load_picture(encode(scene_like(64, 64)[..., 0]))
    assert "grey" in grey.notes[0]
    deep = (scene_like(64, 64)[..., 0].astype(np.uint16)) * 257
    picture = load_picture(encode(deep))
    np.testing.assert_array_equal(picture.tiles[0, ..., 0], scene_like(64, 64)[..., 0])
    assert "16 bits" in picture.notes[0]
    out = BytesIO()
    Image.new("CMYK", (64, 64), (0, 255, 255, 0)).save(out, "JPEG")
    red = load_picture(out.getvalue())
    assert red.tiles[0].mean(axis=(0, 1)) == pytest.approx([255, 0, 0], abs=6)
    assert "CMYK" in red.notes[0]


def test_16_bit_colours_are_said() -> None:
    width = height = 64
    rows = b"".join(b"\x00" + struct.pack(">3H", 0x8000, 0x4000, 0x2000) * width for _ in range(height))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    picture = load_picture(png)
    assert tuple(picture.tiles[0, 0, 0]) == (0x80, 0x40, 0x20)
    assert "16 bits" in picture.notes[0]


def test_of_an_animation_the_first_picture_is_taken() -> None:
    frames = [Image.fromarray(np.full((64, 64, 3), v, np.uint8)) for v in (40, 200)]
    out = BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    picture = load_picture(out.getvalue())
    assert picture.tiles.max() < 60
    assert "first of 2 pictures" in picture.notes[0]


def test_a_multispectral_patch_goes_through_eurosat_s_own_stretch(tmp_path: Path) -> None:
    layers = planes(rows=64, cols=64)
    path = write_tif(tmp_path / "Pasture_1.tif", layers, described=False)
    picture = load_picture(path)
    expected = np.stack([to_eurosat_rgb(layers[b] / np.float32(10_000)) for b in RGB], axis=-1)
    np.testing.assert_array_equal(picture.tiles[0], expected)
    assert any("B04, B03 and B02" in n for n in picture.notes)
    assert list(layers) == list(EUROSAT_MS_ORDER)
    no_red = write_tif(tmp_path / "x.tif", {b: v for b, v in layers.items() if b != "B04"})
    with pytest.raises(FileFormatError, match="has no band B04"):
        load_picture(no_red)


@pytest.mark.parametrize("order", [RGB, RGB[::-1]])
def test_measurements_need_no_coordinates_to_be_a_patch(tmp_path: Path, order: tuple[str, ...]) -> None:
    layers = planes(rows=64, cols=64)
    layers["B04"] = np.where(layers["B08"] < 1000, 1200, layers["B04"]).astype(np.uint16)  # red differs most
    expected = load_picture(write_tif(tmp_path / "here.tif", layers, described=False)).tiles
    nowhere = load_picture(write_tif(tmp_path / "River_1.tif", layers, described=False, epsg=None))
    np.testing.assert_array_equal(nowhere.tiles, expected)
    colours = {b: layers[b] for b in order}
    few = load_picture(write_tif(tmp_path / "River_2.tif", colours, described=False, epsg=None))
    np.testing.assert_array_equal(few.tiles, expected)
    assert any("have no names; taken as" in note for note in few.notes)


@pytest.mark.parametrize("times", [1, 257])
def test_a_tiff_of_16_bits_may_be_a_picture(tmp_path: Path, times: int) -> None:
    rgb = scene_like(64, 64)
    rgb[:3] = 255
    path = write_tif(tmp_path / "a.tif", np.moveaxis(rgb, -1, 0).astype(np.uint16) * np.uint16(times), epsg=None)
    np.testing.assert_array_equal(load_picture(path).tiles[0], rgb)


def test_real_pairs_of_multispectral_and_rgb_patches_agree(shared_data: Callable[[str], Path]) -> None:
    differences = []
    with (
        zipfile.ZipFile(shared_data("EuroSAT_MS_sample.zip")) as deep,
        zipfile.ZipFile(shared_data("EuroSAT.zip")) as plain,
    ):
        there = set(plain.namelist())
        for name in [n for n in deep.namelist() if n.endswith(".tif")][::6]:
            twin = "2750/" + name.split("/", 1)[1].replace(".tif", ".jpg")
            if twin in there:
                one, two = load_picture(deep.read(name)), load_picture(plain.read(twin))
                assert two.notes == ()
                differences.append(np.abs(one.tiles.astype(int) - two.tiles).mean())
    assert len(differences) > 15
    assert np.mean(differences) < 1.5, "grey levels"
    assert np.max(differences) < 6, "JPEG blurs white roofs"


def test_what_is_no_picture_is_refused_in_one_sentence(tmp_path: Path) -> None:
    jpg = encode(scene_like(64, 64), "JPEG")
    png = encode(scene_like(640, 640))
    bomb = bytearray(encode(np.zeros((8, 8, 3), np.uint8)))
    bomb[16:24] = struct.pack(">II", 60_000, 60_000)
    bomb[29:33] = struct.pack(">I", zlib.crc32(bytes(bomb[12:29])))
    large = bytearray(bomb)
    large[16:24] = struct.pack(">II", 8_000, 8_000)
    large[29:33] = struct.pack(">I", zlib.crc32(bytes(large[12:29])))
    cases = {
        b"": "is empty",
        b"hello, I am no picture": "is not a picture",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n": "is not a picture",
        jpg[: len(jpg) // 2]: "damaged or incomplete",
        png[: len(png) // 2]: "damaged or incomplete",
        png[:40]: "damaged or incomplete|not a picture",
        jpg[:20]: "damaged or incomplete|not a picture",
        bytes(bomb): "far more pixels|at most 40 million",
        bytes(large): "at most 40 million",
        b"II*\x00" + b"\xff" * 60: "damaged or incomplete|not a picture",
    }
    for number, (content, words) in enumerate(cases.items()):
        path = tmp_path / f"{number}.jpg"
        path.write_bytes(content)
        for given in (path, content):
            with pytest.raises(FileFormatError, match=words) as caught:
                load_picture(given)
            assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="There is no file"):
        load_picture(tmp_path / "no.jpg")
    with pytest.raises(FileFormatError, match="is a folder"):
        load_picture(tmp_path)
