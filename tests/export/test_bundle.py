"""What map and compare write is read back equal; whatever is not what was written is refused in one sentence."""

from __future__ import annotations

import json
import zipfile
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from lulc_core.analysis.change.detect import change_of_dates
from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import FileFormatError, InputError, SourceError
from lulc_core.domain.land_cover import LandCoverMap
from lulc_core.domain.radiometry import to_true_colour
from lulc_core.export.bundle import RESULT_FILE, Bundle, bundle_of, result_files, write_result
from lulc_core.export.bundle_read import read_bundle
from lulc_core.export.files import zip_files
from tests.render.results import AOI, compare_result, fine_result, map_result

REQUEST = {"command": "map", "bbox": [8.8, 45.45, 8.83, 45.475], "date": "2021-08-14", "detail": 640}


def assert_same_map(a: LandCoverMap, b: LandCoverMap) -> None:
    assert a.grid == b.grid and a.model == b.model and a.notes == b.notes
    assert {f.name: getattr(a.acquisition, f.name) for f in fields(a.acquisition)} == {
        f.name: getattr(b.acquisition, f.name) for f in fields(b.acquisition)
    }
    for name in ("probabilities", "class_ids", "flags", "clear_share"):
        x, y = getattr(a, name), getattr(b, name)
        assert x.dtype == y.dtype and not y.flags.writeable
        np.testing.assert_array_equal(x, y)
    np.testing.assert_array_equal(a.grid.coverage, b.grid.coverage)
    assert a.grid.coverage.dtype == b.grid.coverage.dtype


def assert_same(a: Bundle, b: Bundle) -> None:
    assert (a.kind, a.request, a.notes, a.provenance) == (b.kind, b.request, b.notes, b.provenance)
    assert a.aoi == b.aoi and a.aoi.key == b.aoi.key
    assert len(a.dates) == len(b.dates)
    for x, y in zip(a.dates, b.dates, strict=True):
        assert_same_map(x.land_cover, y.land_cover)
        assert_same_map(x.tiles, y.tiles)
        assert (x.tiles is x.land_cover) == (y.tiles is y.land_cover)
        np.testing.assert_array_equal(x.picture, y.picture)


@pytest.mark.parametrize("cell_m", [640, 160])
def test_a_map_is_read_back_as_it_was(tmp_path, cell_m):
    result = map_result() if cell_m == 640 else fine_result(cell_m)
    assert result.land_cover.grid.cell_m == cell_m
    paths = write_result(result, tmp_path / "out", aoi=AOI, request=REQUEST)
    assert [p.name for p in paths[:4]] == ["land_cover.tif", "probabilities.tif", "tiles.geojson", "summary.json"]
    back = read_bundle(tmp_path / "out")
    assert_same(bundle_of(result, aoi=AOI, request=REQUEST), back)
    assert back.before is None and back.confirm == () and not back.simulated
    assert back.after.tiles.grid.cell_m == 640
    np.testing.assert_array_equal(back.after.picture[..., 0], to_true_colour(result.scene.select(["B04"])[0]))
    assert len(np.unique(back.after.land_cover.class_ids)) > 3 and back.after.picture.max() > 100


def test_a_comparison_is_read_back_and_gives_the_same_changes(tmp_path):
    result = compare_result()
    write_result(result, tmp_path, aoi=AOI, request={"command": "compare"})
    back = read_bundle(tmp_path)
    assert_same(bundle_of(result, aoi=AOI, request={"command": "compare"}), back)
    assert [d.acquisition.id for d in (back.before, back.after, *back.confirm)] == ["S2_0", "S2_1", "S2_2"]
    assert "Said by hand." in back.notes
    again = change_of_dates([d.land_cover for d in back.dates], [d.picture for d in back.dates])
    assert result.change.changed.any()
    for name in ("compared", "change_probability", "changed", "certainty", "trajectory", "edge_similarity"):
        np.testing.assert_array_equal(getattr(again, name), getattr(result.change, name))
    assert (
        back.attribution == "Contains modified Copernicus Sentinel data 2019, 2021, 2022" == result.change.attribution
    )


def test_a_zip_with_or_without_a_folder_is_read_alike(tmp_path):
    result = map_result()
    files = result_files(result, aoi=AOI, request=REQUEST)
    expected = bundle_of(result, aoi=AOI, request=REQUEST)
    assert_same(expected, read_bundle(files))
    (tmp_path / "a.zip").write_bytes(zip_files(files, "map of here"))
    assert_same(expected, read_bundle(tmp_path / "a.zip"))
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    assert_same(expected, read_bundle(str(tmp_path / "b.zip")))


def test_across_the_antimeridian(tmp_path):
    aoi = Aoi.from_bbox(179.98, -16.81, -179.98, -16.79, name="Taveuni")
    result = map_result(aoi=aoi)
    write_result(result, tmp_path, aoi=aoi, request={})
    back = read_bundle(tmp_path)
    assert_same(bundle_of(result, aoi=aoi, request={}), back)
    assert back.aoi.bbox == aoi.bbox


def test_the_same_result_gives_the_same_bytes_and_tells_neither_time_nor_machine():
    first = result_files(compare_result(), aoi=AOI, request=REQUEST)
    assert result_files(compare_result(), aoi=AOI, request=REQUEST) == first
    text = first[RESULT_FILE].decode()
    assert str(Path.home()) not in text and "timings" not in text


def test_simulated_is_kept():
    bundle = read_bundle(result_files(map_result(simulated=True), aoi=AOI, request=REQUEST))
    assert bundle.simulated and bundle.attribution.startswith("SIMULATED")
    assert bundle.provenance["simulated"] is True and "SIMULATED" in bundle.provenance["licence"]


def test_provenance_names_what_an_auditor_asks_for():
    found = bundle_of(compare_result(), aoi=AOI, request=REQUEST).provenance
    assert found["request"] == REQUEST
    assert [d["products"] for d in found["dates"]] == [["S2A_MSIL1C_0"], ["S2A_MSIL1C_1"], ["S2A_MSIL1C_2"]]
    assert {d["baseline"] for d in found["dates"]} == {"05.00"}
    assert all(0 < d["clear_share_of_area"] < 1 for d in found["dates"])
    assert found["model"]["sha256"] == "cd" * 32 and found["grid"]["cell_m"] == 640
    assert {"lulc_core", "python", "numpy", "rasterio"} <= set(found["versions"])
    assert found["change_rule"]["min_chance"] > 0


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("written")
    write_result(map_result(), folder, aoi=AOI, request=REQUEST)
    return {p.name: p.read_bytes() for p in folder.iterdir()}


def _edited(files: dict[str, bytes], **changes) -> dict[str, bytes]:
    content = json.loads(files[RESULT_FILE])
    content.update(changes)
    return {**files, RESULT_FILE: json.dumps(content).encode()}


def test_what_is_no_result_is_said_to_be_none(tmp_path, written):
    with pytest.raises(InputError, match="There is no"):
        read_bundle(tmp_path / "nowhere")
    with pytest.raises(FileFormatError, match=r"There is no result in .*: it has no result\.json"):
        read_bundle(tmp_path)
    (tmp_path / "x.txt").write_text("hello")
    with pytest.raises(FileFormatError, match="neither a folder nor a readable zip"):
        read_bundle(tmp_path / "x.txt")
    for text, words in (
        (b"{", "unreadable"),
        (b"\xff\xfe", "unreadable"),
        (b"[" * 100_000, "unreadable"),
        (b"[]", "another program"),
        (b'{"format": "other"}', "another program"),
        (b'{"format": "lulc-explorer-result", "version": 99}', "format 99"),
        (b'{"format": "lulc-explorer-result", "version": 1}', "names no files"),
    ):
        with pytest.raises(FileFormatError, match=words):
            read_bundle({RESULT_FILE: text})


@pytest.mark.parametrize("name", ["land_cover.tif", "probabilities.tif", "quality.tif", "true_colour.tif"])
def test_half_and_damaged_results_are_refused(written, name, tmp_path):
    half = {k: v for k, v in written.items() if k != name}
    with pytest.raises(FileFormatError, match=f"is incomplete: {name} is missing"):
        read_bundle(half)
    for damaged in (written[name][:-1], b"", written["summary.json"]):
        with pytest.raises(FileFormatError, match=f"is damaged: {name} is not the file"):
            read_bundle({**written, name: damaged})
    archive = bytearray(zip_files(written, "r"))
    at = archive.index(f"r/{name}".encode()) + 200
    archive[at : at + 8] = b"\0" * 8
    (tmp_path / "a.zip").write_bytes(archive)
    with pytest.raises(FileFormatError):
        read_bundle(tmp_path / "a.zip")


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "compare"},
        {"kind": "picture"},
        {"dates": []},
        {"dates": [{}]},
        {"dates": None},
        {"aoi": {"name": "", "geometry": {"type": "Point", "coordinates": [1, 2]}}},
        {"aoi": {"name": "", "geometry": None}},
        {"request": None},
        {"notes": None},
    ],
)
def test_a_description_that_does_not_fit_is_refused(written, changes):
    with pytest.raises(FileFormatError, match=r"is damaged: result\.json does not fit its files"):
        read_bundle(_edited(written, **changes))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("level", "L3"),
        ("clear_share", "much"),
        ("simulated", "no"),
        ("id", 5),
        ("datetime", "yesterday"),
        ("datetime", None),
        ("notes", [1]),
        ("products", None),
        ("relative_orbit", 1.5),
        ("unheard_of", 1),
    ],
)
def test_an_acquisition_of_other_types_is_refused(written, field, value):
    content = json.loads(written[RESULT_FILE])
    content["dates"][0]["acquisition"][field] = value
    with pytest.raises(FileFormatError, match=r"is damaged: result\.json does not fit its files"):
        read_bundle(_edited(written, dates=content["dates"]))


@pytest.mark.parametrize("name", ["../secret.tif", "/etc/passwd", "..\\secret.tif", "sub/land_cover.tif", 5, None])
def test_a_description_never_leads_to_other_folders(written, name):
    content = json.loads(written[RESULT_FILE])
    content["dates"][0]["picture"] = name
    content["sha256"][str(name)] = "0"
    with pytest.raises(FileFormatError, match="is no file of this result"):
        read_bundle({**written, RESULT_FILE: json.dumps(content).encode()})


def test_other_rows_or_rasters_than_the_grid_are_refused(written):
    import hashlib

    for change in ({"n_rows": 10**9}, {"n_cols": 1}, {"cell_m": 7}, {"unheard_of": 1}):
        content = json.loads(written[RESULT_FILE])
        content["dates"][0]["land_cover"]["grid"].update(change)
        with pytest.raises(FileFormatError, match="does not fit"):
            read_bundle({**written, RESULT_FILE: json.dumps(content).encode()})
    content = json.loads(written[RESULT_FILE])
    content["sha256"]["land_cover.tif"] = hashlib.sha256(b"no TIFF").hexdigest()
    with pytest.raises(FileFormatError, match="not a readable GeoTIFF"):
        read_bundle({**written, "land_cover.tif": b"no TIFF", RESULT_FILE: json.dumps(content).encode()})


@pytest.mark.usefixtures("read_in_place")
def test_files_that_must_not_be_read_are_said_so(tmp_path, written, monkeypatch):
    for name, data in written.items():
        (tmp_path / name).write_bytes(data)
    read = Path.read_bytes

    def denied(path: Path) -> bytes:
        if path.name == "quality.tif":
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", denied)
    with pytest.raises(SourceError, match="cannot be read: Permission denied"):
        read_bundle(tmp_path)


def test_a_full_disk_leaves_nothing_behind(tmp_path, monkeypatch):
    write = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if "true_colour" in path.name:
            write(path, data[:10])
            raise OSError(28, "No space left on device")
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(SourceError, match=r"The map cannot be written .* No space left"):
        write_result(map_result(), tmp_path / "new", aoi=AOI, request=REQUEST)
    assert not (tmp_path / "new").exists()


def test_a_file_in_the_place_of_the_folder_is_refused_before_any_work(tmp_path, monkeypatch):
    monkeypatch.setattr("lulc_core.export.bundle.result_files", lambda *a, **k: pytest.fail("worked for nothing"))
    (tmp_path / "x").write_text("")
    for folder in (tmp_path / "x", tmp_path / "x" / "deeper"):
        with pytest.raises(InputError, match="is a file; a folder is needed"):
            write_result(map_result(), folder, aoi=AOI, request=REQUEST)
