"""Results and links made on 28 November 2026, before the rooms were tidied up, still open with the values of that day.

``tests/data/results`` holds two results of the simulated source as ``map --detail 320`` and ``compare`` wrote them then
(without the files meant only for other programs). They are never made again: what opens them may change, they may not.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from urllib.parse import parse_qsl

import numpy as np
import pytest

from lulc_core.cli.main import main
from lulc_core.domain.change import Certainty, Trajectory
from lulc_core.domain.classes import CLASS_NAMES
from lulc_core.export.bundle_read import read_bundle
from lulc_core.export.files import zip_files
from lulc_core.report.package import package_files
from lulc_core.report.story.comparison import report_of
from lulc_core.ui.compare.link import CompareLink
from lulc_core.ui.forms import Link
from lulc_core.ui.model.link import ModelLink
from lulc_core.ui.spectra.page import PARTS

RESULTS = Path(__file__).parents[1] / "data" / "results"
COMPARE, MAP = RESULTS / "2026-11_compare", RESULTS / "2026-11_map"
WEIGHTS = "94fb7a60c70f769bc160650b3ca0adea163781851ade2729096962dbcd9457ef"
SOURCES = ("sentinel-hub", "simulated", "geotiff", "picture")
BOX = (8.8432, 45.4852, 8.8575, 45.4901)


def ids(*names: str) -> list[int]:
    return [CLASS_NAMES.index(name) for name in names]


def test_a_comparison_opens_with_its_classes_and_dates():
    bundle = read_bundle(COMPARE)
    assert (bundle.kind, bundle.roles, bundle.simulated) == ("compare", ("before", "after", "confirm"), True)
    assert [d.acquisition.id for d in bundle.dates] == [f"SIM-32TMR-{day}" for day in (20190716, 20210814, 20220720)]
    assert bundle.aoi.area_m2 == pytest.approx(608_317.47, abs=0.1)
    assert bundle.request["confirm"] == ["2022-07-20"] and bundle.request["detail"] == 640
    expected = (
        (ids("Highway", "PermanentCrop"), [0.9937, 0.9785], 81.15),
        (ids("Industrial", "Industrial"), [0.9942, 0.9263], 84.678),
        (ids("Industrial", "Industrial"), [0.9921, 0.9941], 81.948),
    )
    for dated, (classes, confidence, brightness) in zip(bundle.dates, expected, strict=True):
        land_cover = dated.land_cover
        assert (land_cover.grid.epsg, land_cover.grid.east0, land_cover.grid.north0) == (32632, 762, 7870)
        assert (land_cover.model.name, land_cover.model.sha256) == ("compact", WEIGHTS)
        assert dated.tiles is land_cover and land_cover.class_ids.tolist() == [classes]
        np.testing.assert_allclose(land_cover.confidence[0], confidence, atol=5e-5)
        assert dated.picture.mean() == pytest.approx(brightness, abs=1e-3)


def test_a_comparison_opens_with_its_change_and_rule():
    bundle = read_bundle(COMPARE)
    report = report_of(bundle)
    assert report is not None
    change = report.change
    np.testing.assert_allclose(change.change_probability, [[0.99614, 0.99636]], atol=1e-5)
    assert change.changed.all()
    found = [(p.tile_id, p.from_class.name, p.to_class.name, p.certainty, p.trajectory.value) for p in report.places]
    sure, lasting = Certainty.VERY_LIKELY, Trajectory(1).value
    assert found == [
        ("32N-E0763-N07870", "PermanentCrop", "Industrial", sure, lasting),
        ("32N-E0762-N07870", "Highway", "Industrial", sure, lasting),
    ]
    assert list(change.rule.to_json().values())[:7] == [0.7, 0.95, 0.97, 0.5, 0.985, 0.35, 0.8]
    assert change.rule.to_json() == bundle.provenance["change_rule"]


def test_a_map_opens_with_its_cells_and_tiles():
    bundle = read_bundle(MAP)
    assert (bundle.kind, bundle.roles) == ("map", ("map",))
    cells, tiles = bundle.after.land_cover, bundle.after.tiles
    assert (cells.grid.cell_m, tiles.grid.cell_m) == (320, 640)
    assert cells.class_ids.tolist() == [ids("Industrial", "Industrial"), ids("Highway", "Highway")]
    assert tiles.class_ids.tolist() == [ids("Industrial")]
    np.testing.assert_allclose(cells.confidence, [[0.8496, 0.9654], [0.6899, 0.5262]], atol=5e-5)
    assert bundle.after.acquisition.date == "2021-08-14"


@pytest.mark.parametrize("folder", [COMPARE, MAP])
def test_documents_and_a_package_are_made_of_them(folder, tmp_path, capsys):
    assert main(["report", "--quiet", "--from", str(folder), "--out", str(tmp_path / "a.pdf"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["simulated"] is True
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    packed = package_files(read_bundle(folder))
    (tmp_path / "package.zip").write_bytes(zip_files(packed, "package"))
    back = read_bundle({name.removeprefix("SIMULATED_"): data for name, data in packed.items()} | packed)
    assert [d.acquisition for d in back.dates] == [d.acquisition for d in read_bundle(folder).dates]
    assert read_bundle(tmp_path / "package.zip").aoi == back.aoi


# What the address bar held on that day, page by page.
EXPLORE_LINK = (
    "area=8.8432%2C45.4852%2C8.8575%2C45.4901&source=simulated&from=2021-06-01&to=2021-08-31&date=2021-08-14&detail=320"
)
COMPARE_LINK = (
    "area=8.8432%2C45.4852%2C8.8575%2C45.4901&source=simulated&before=2019-07-16&after=2021-08-14&confirm=2022-07-20"
    "&was=Highway&became=Industrial&certainty=very-likely&tile=32N-E0762-N07870&detail=640"
)
MODEL_LINKS = ("cell=PermanentCrop%2CAnnualCrop&norm=counts&rows=map&model=resnet50", "part=classes&class=River")
SPECTRA_LINKS = ("part=reference", "part=classes", "part=ground", "part=sentinel2", "part=viewer")


def test_a_link_to_explore_is_understood():
    params = dict(parse_qsl(EXPLORE_LINK))
    link, errors = Link.from_params(params, SOURCES)
    assert not errors and link.area is not None and link.area.bbox == pytest.approx(BOX)
    assert (link.source, link.start, link.end) == ("simulated", date(2021, 6, 1), date(2021, 8, 31))
    assert link.day == date(2021, 8, 14) and link.to_params() == params


def test_a_link_to_compare_is_understood():
    params = dict(parse_qsl(COMPARE_LINK))
    link, errors = CompareLink.from_params(params, SOURCES)
    assert not errors and link.area is not None and link.area.bbox == pytest.approx(BOX)
    assert (link.before, link.after, link.confirm) == (date(2019, 7, 16), date(2021, 8, 14), (date(2022, 7, 20),))
    assert link.tile == "32N-E0762-N07870" and link.to_params() == params


def test_links_to_model_and_spectra_are_understood():
    for text in MODEL_LINKS:
        link, errors = ModelLink.from_params(dict(parse_qsl(text)), ("compact", "resnet50"))
        assert not errors and link.to_params() == dict(parse_qsl(text))
    assert {dict(parse_qsl(text))["part"] for text in SPECTRA_LINKS} == set(PARTS)
