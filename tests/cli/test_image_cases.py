"""Files of one's own of awkward kinds through ``map`` and ``classify``: asked, refused, left out, named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lulc_core.cli.main import main
from lulc_core.export.bundle_read import read_bundle
from tests.image_cases import CASES, OLD_DAY, REFUSED, Case, assert_right, image_files, old_product, outline, plain_map
from tests.sources.raster_files import planes, write_tif

Cases = Callable[[str], Path]


def run_and_check(case: Case, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = image_files(folder)
    place = ("--bbox", ",".join(f"{v:.6f}" for v in outline(files)))
    command = ["map", "--image", *map(str, files), *place, "--out", str(tmp_path / "out")]
    if case.day:
        assert main(command) == 2 and "--date" in capsys.readouterr().err
        command += ["--date", case.day]
    assert main(command) == 0
    said = capsys.readouterr().err
    for key in case.asked.keys() - {"date"}:
        assert f"If that is wrong, add --{key}" in said and f"Taken: {label_of(key)}" in said
    assert "If that is wrong" in said or not case.asked.keys() - {"date"}
    if case.fill is not None:
        assert f"Pixels of the value {case.fill:g} are taken as no data" in said
    found = read_bundle(tmp_path / "out").after.land_cover
    assert_right(case, found, plain_map(case, files, tmp_path / "plain"))


def label_of(key: str) -> str:
    return {"scale": "65535 (16-bit export of a raw band)", "offset": "still in: take 0.1 off"}[key]


def refuse_and_check(sentence: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(path) for path in image_files(folder)]
    assert main(["map", "--image", *files, "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert sentence in said and said.count("\n") == 1


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_kind(case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "files").mkdir()
    case.make(tmp_path / "files")
    run_and_check(case, tmp_path / "files", tmp_path, capsys)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_development_case(
    case: Case, shared_case: Cases, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_and_check(case, shared_case(case.folder), tmp_path, capsys)


@pytest.mark.parametrize(("name", "make", "sentence"), REFUSED)
def test_what_is_no_reflectance_is_refused(
    name: str, make: Callable[[Path], None], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make(tmp_path)
    refuse_and_check(sentence, tmp_path, tmp_path, capsys)


@pytest.mark.parametrize(("name", "make", "sentence"), REFUSED)
def test_the_development_cases_of_it(
    name: str,
    make: Callable[[Path], None],
    sentence: str,
    shared_case: Cases,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    refuse_and_check(sentence, shared_case(name), tmp_path, capsys)


def old_product_and_check(folder: Path, day: str, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (product,) = (path for path in folder.iterdir() if path.is_dir())
    assert main(["map", "--image", str(product), "--out", str(out)]) == 0
    assert str(read_bundle(out).after.land_cover.acquisition.datetime.date()) == day
    capsys.readouterr()
    alone = [str(path) for path in image_files(folder)]
    flat = [out / Path(name).name for name in alone]
    for name, path in zip(alone, flat, strict=True):
        path.write_bytes(Path(name).read_bytes())
    assert main(["map", "--image", *map(str, flat), "--out", str(out / "b")]) == 2
    assert "the day on which the file was made" in capsys.readouterr().err


def test_an_old_product(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "files").mkdir()
    old_product(tmp_path / "files")
    old_product_and_check(tmp_path / "files", OLD_DAY, tmp_path / "out", capsys)


def test_the_old_product_of_the_development_cases(
    shared_case: Cases, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old_product_and_check(shared_case("S03_old_safe_name"), "2015-12-04", tmp_path / "out", capsys)


def test_a_patch_without_coordinates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_tif(tmp_path / "River_1.tif", planes(rows=64, cols=64), epsg=None, described=False)
    assert main(["classify", str(path)]) == 0
    assert "B04, B03 and B02" in capsys.readouterr().out
    assert main(["map", "--image", str(path), "--date", "2019-07-16", "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert "no coordinate" in said and "classified as a picture" in said


def test_the_development_patch(shared_case: Cases, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["classify", str(shared_case("P10_13_bands_without_coordinates") / "River_1.tif")]) == 0
    assert "river (" in capsys.readouterr().out.splitlines()[0]
