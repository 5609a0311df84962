"""Reference spectra, indices, separability and angles against figures worked out elsewhere."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from lulc_core.analysis.spectra.indices import INDICES, index_means
from lulc_core.analysis.spectra.reference import (
    SATELLITES,
    band_reflectance,
    band_responses,
    class_spectra,
    reference_spectra,
)
from lulc_core.analysis.spectra.separability import jeffries_matusita, rank_bands, rank_matches, spectral_angle_deg
from lulc_core.domain.bands import BAND_NAMES, BANDS
from lulc_core.domain.classes import CLASS_NAMES

with Path(__file__).with_name("reference_band_reflectance.csv").open(encoding="utf-8") as _file:
    TABLE = list(csv.DictReader(_file))
REFERENCES = {r.key: r for r in reference_spectra()}
CLASSES = {c.cls.name: c for c in class_spectra()}


@pytest.mark.parametrize("row", TABLE, ids=lambda r: f"{r['satellite']}-{r['material']}")
def test_bands_see_of_each_material_what_the_table_says(row):
    seen = REFERENCES[row["material"]].bands(row["satellite"])
    assert seen == pytest.approx([float(row[b]) for b in BAND_NAMES], abs=0.002)


def test_the_table_covers_every_curve_and_satellite():
    curves = {r.key for r in REFERENCES.values() if r.has_curve}
    assert {(r["satellite"], r["material"]) for r in TABLE} == {(s, k) for s in SATELLITES for k in curves}


@pytest.mark.parametrize("satellite", SATELLITES)
def test_centre_and_width_of_every_response_are_those_of_the_band(satellite):
    for b in BANDS:
        curve = band_responses()[satellite, b.name]
        centre = curve.wavelength_nm @ curve.response / curve.response.sum()
        assert centre == pytest.approx(b.centre_nm[satellite], abs=1.0), b.name
        above = curve.wavelength_nm[curve.response >= 0.5]
        assert above[-1] - above[0] == pytest.approx(b.width_nm[satellite], abs=6), b.name
        assert curve.response.max() == 1 and not curve.response.flags.writeable


def test_a_flat_curve_is_flat_and_a_short_one_is_unknown_beyond_its_end():
    wavelength = np.arange(400.0, 1801.0, 5.0)
    seen = band_reflectance(wavelength, np.full(wavelength.shape, 0.25), "S2B")
    assert seen[:-1] == pytest.approx(np.full(12, 0.25))
    assert math.isnan(seen[-1])  # B12 lies near 2190 nm


def test_water_and_classes_carry_the_figures_of_their_source():
    turbid = dict(zip(BAND_NAMES, REFERENCES["turbid_water"].bands("S2A"), strict=True))
    assert turbid["B04"] == 0.066 and turbid["B12"] == 0.012 and math.isnan(turbid["B10"])
    assert tuple(CLASSES) == CLASS_NAMES
    assert CLASSES["AnnualCrop"].mean[0] == 0.1417 and CLASSES["AnnualCrop"].std[3] == 0.0712
    assert CLASSES["AnnualCrop"].p10[1] == 0.0858 and CLASSES["AnnualCrop"].p90[3] == 0.2271
    for c in CLASSES.values():
        assert (c.p10 <= c.p50).all() and (c.p50 <= c.p90).all()


# --- indices ---------------------------------------------------------------------------------------------------------

HAND = {"B02": 0.05, "B03": 0.08, "B04": 0.04, "B08": 0.36, "B11": 0.18}
WORKED = {
    "NDVI": 0.8,  # (0.36 - 0.04) / 0.40
    "NDWI": -0.636364,  # (0.08 - 0.36) / 0.44
    "NDBI": -1 / 3,  # (0.18 - 0.36) / 0.54
    "EVI": 0.8 / 1.225,  # 2.5 x 0.32 / (0.36 + 0.24 - 0.375 + 1)
}


@pytest.mark.parametrize("name", WORKED)
def test_indices_are_as_worked_by_hand(name):
    values = {b: np.array([v], np.float32) for b, v in HAND.items()}
    assert INDICES[name].value(values)[0] == pytest.approx(WORKED[name], abs=1e-5)


def test_an_index_is_left_out_without_its_bands_and_undefined_without_light():
    assert set(index_means({"B04": np.array([0.1]), "B08": np.array([0.3])})) == {"NDVI"}
    assert index_means({"B04": np.zeros(3), "B08": np.zeros(3)}) == {}
    bright = {"B02": np.array([0.9]), "B04": np.array([0.7]), "B08": np.array([0.8])}
    assert math.isnan(INDICES["EVI"].value(bright)[0])  # 0.8 + 4.2 - 6.75 + 1 is below 0: the index says nothing
    with pytest.raises(KeyError):
        INDICES["NDBI"].value({"B08": np.ones(1)})


def test_values_are_put_into_words():
    assert INDICES["NDVI"].meaning(0.75) == "dense green plants"
    assert INDICES["NDVI"].meaning(-0.4).startswith("water")
    assert INDICES["EVI"].meaning(-3.0).startswith("water")
    assert INDICES["NDWI"].meaning(0.5) == "open water"
    assert INDICES["NDBI"].meaning(float("nan")) == "not defined here"


# --- apart -----------------------------------------------------------------------------------------------------------


def test_jeffries_matusita_is_0_for_the_same_and_2_for_far_apart():
    assert jeffries_matusita(0.2, 0.05, 0.2, 0.05) == 0
    assert jeffries_matusita(0.0, 0.01, 1.0, 0.01) == pytest.approx(2)
    # One spread of 1 each, means 2 apart: B = 4 / 8 = 0.5, JM = 2 (1 - e^-0.5).
    assert jeffries_matusita(0, 1, 2, 1) == pytest.approx(2 * (1 - math.exp(-0.5)))
    # Same mean, spreads 1 and 3: B = ln(10 / 6) / 2.
    assert jeffries_matusita(0, 1, 0, 3) == pytest.approx(2 * (1 - math.sqrt(6 / 10)))
    with pytest.raises(ValueError, match="above 0"):
        jeffries_matusita(0, 0, 1, 1)


def test_bands_are_ranked_and_the_air_takes_no_part():
    ranked = rank_bands(CLASSES["Forest"], CLASSES["SeaLake"])
    assert [s.jm for s in ranked] == sorted((s.jm for s in ranked), reverse=True)
    assert {s.band for s in ranked} == set(BAND_NAMES) - {"B09", "B10"}
    assert ranked[0].band in ("B06", "B07", "B08", "B8A", "B11") and ranked[0].step == "well"
    back = {s.band: s for s in rank_bands(CLASSES["SeaLake"], CLASSES["Forest"])}
    assert all(back[s.band].difference == -s.difference and back[s.band].jm == pytest.approx(s.jm) for s in ranked)


def test_the_angle_sees_shape_and_not_brightness():
    a = np.array([0.1, 0.2, 0.3])
    assert spectral_angle_deg(a, 2.5 * a) == pytest.approx(0, abs=1e-5)
    assert spectral_angle_deg([1, 0], [0, 2]) == pytest.approx(90)
    assert spectral_angle_deg([1, 0], [1, 1]) == pytest.approx(45)
    assert math.isnan(spectral_angle_deg(np.zeros(3), a))


@pytest.mark.parametrize("key", ["conifer", "asphalt", "turbid_water"])
def test_every_reference_is_most_like_itself(key):
    best = rank_matches(BAND_NAMES, REFERENCES[key].bands("S2C"), "S2C")[0]
    assert (best.key, best.kind) == (key, "material") and best.angle_deg == pytest.approx(0, abs=1e-4)


def test_matches_use_the_ground_bands_that_both_have():
    forest = CLASSES["Forest"].mean
    best = rank_matches(BAND_NAMES, forest, "S2A")[0]
    assert (best.kind, best.key, best.n_bands) == ("class", "Forest", 11)
    few = [BAND_NAMES.index(b) for b in ("B02", "B03", "B04", "B08")]
    assert rank_matches([BAND_NAMES[i] for i in few], forest[few], "S2A")[0].n_bands == 4
    assert rank_matches(["B02", "B03"], [0.1, 0.1], "S2A") == ()
    assert rank_matches(BAND_NAMES, np.full(13, np.nan), "S2A") == ()
