"""The orchestrator: which tiles are asked, what they are fed, and which of them get a name."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime

import numpy as np
import pytest

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.bands import BAND_NAMES, L2A_BAND_NAMES
from lulc_core.domain.classes import NO_DATA
from lulc_core.domain.errors import CancelledError, InputError, ModelError, NoAcquisitionError, ServiceError
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.land_cover import TileFlag
from lulc_core.domain.radiometry import to_eurosat_rgb
from lulc_core.pipeline import classify as pipeline
from lulc_core.pipeline.classify import choose_acquisition, classify, classify_pictures
from tests.arrays import ArraySource, BrightnessClassifier, Card, acquisition, grid_at, scene_of


def _grid() -> TileGrid:
    return grid_at(8.85, 45.49, 2, 3)


def _scene_with(grid, red_by_tile, *, blue=0.05, **changes):
    """A scene whose red is flat within each tile."""
    scene = scene_of(grid, **changes)
    reflectance = scene.reflectance.copy()
    reflectance[BAND_NAMES.index("B04")] = np.asarray(red_by_tile, np.float32).repeat(64, 0).repeat(64, 1)
    reflectance[BAND_NAMES.index("B02")] = blue
    return type(scene)(grid, scene.acquisition, scene.bands, reflectance, scene.observed, scene.clear)


def _run(scene, classifier=None, **options):
    source = ArraySource(scene)
    return classify(source, scene.acquisition, scene.grid, classifier or BrightnessClassifier(), **options)


def test_tiles_keep_their_place_and_go_through_the_radiometry_of_the_card():
    grid = _grid()
    # 20 grey levels a class: red of class k is in the middle of its step.
    levels = np.array([[10, 30, 50], [70, 90, 110]])
    classifier = BrightnessClassifier()
    scene = _scene_with(grid, (levels - 1) * 0.275 / 254)
    result = _run(scene, classifier)
    assert result.land_cover.class_ids.tolist() == [[0, 1, 2], [3, 4, 5]]
    tiles = classifier.seen[0]
    assert tiles.shape == (6, 64, 64, 3) and tiles.dtype == np.uint8
    rows, cols = grid.tile_slices(1, 2)
    for channel, band in enumerate(("B04", "B03", "B02")):
        expected = to_eurosat_rgb(scene.select([band])[0][rows, cols])
        np.testing.assert_array_equal(tiles[5, ..., channel], expected)


def test_only_tiles_that_touch_the_drawn_shape_are_asked():
    aoi = Aoi.from_geojson(
        {"type": "Polygon", "coordinates": [[[8.80, 45.45], [8.86, 45.45], [8.80, 45.49], [8.80, 45.45]]]}
    )
    grid = TileGrid.from_aoi(aoi)
    assert 0 < grid.n_tiles < grid.n_rows * grid.n_cols
    classifier = BrightnessClassifier()
    land_cover = _run(scene_of(grid), classifier).land_cover
    assert len(classifier.seen[0]) == grid.n_tiles
    assert np.isnan(land_cover.probabilities[~grid.inside]).all()
    assert (land_cover.class_ids[~grid.inside] == NO_DATA).all()
    assert (land_cover.flags[~grid.inside] == 0).all()
    assert land_cover.classified.sum() == grid.n_tiles


def test_flags_of_cloudy_empty_partly_cloudy_unlike_and_unsure_tiles():
    grid = _grid()
    observed, clear = np.ones(grid.shape_px, bool), np.ones(grid.shape_px, bool)
    observed[:40, :64] = False  # tile 0,0: 24 of 64 rows seen
    clear[:40, 64:128] = False  # tile 0,1: 24 of 64 rows clear
    clear[:10, 128:] = False  # tile 0,2: 54 of 64 rows clear
    scene = scene_of(grid, observed=observed, clear=clear)
    reflectance = scene.reflectance.copy()
    reflectance[BAND_NAMES.index("B02"), 64:, :64] = 0.5  # tile 1,0
    scene = type(scene)(grid, scene.acquisition, scene.bands, reflectance, observed, clear)
    land_cover = _run(scene, BrightnessClassifier(ood_above=200, confidence=0.4)).land_cover
    flags = [[TileFlag(int(f)) for f in row] for row in land_cover.flags]
    assert flags[0] == [TileFlag.NO_DATA, TileFlag.CLOUDY, TileFlag.PARTLY_CLOUDY | TileFlag.UNSURE]
    assert flags[1] == [TileFlag.OOD, TileFlag.UNSURE, TileFlag.UNSURE]
    assert land_cover.classified.tolist() == [[False, False, True], [False, True, True]]
    assert np.isfinite(land_cover.probabilities[..., 0]).tolist() == [[False, False, True], [True, True, True]]
    np.testing.assert_allclose(land_cover.clear_share[0], [24 / 64, 24 / 64, 54 / 64])
    assert land_cover.left_out() == {"no_data": 1, "beyond": 0, "cloudy": 1, "unlike": 1}


def test_a_small_cloud_is_no_flag_and_the_threshold_is_the_callers():
    grid = grid_at(8.85, 45.49, 1, 2)
    clear = np.ones(grid.shape_px, bool)
    clear[:1, :64] = False  # 1.6 %
    clear[:40, 64:] = False
    scene = scene_of(grid, clear=clear)
    assert _run(scene).land_cover.flags.tolist() == [[0, TileFlag.CLOUDY]]
    assert _run(scene, min_clear_share=0.3).land_cover.flags.tolist() == [[0, TileFlag.PARTLY_CLOUDY]]
    with pytest.raises(InputError, match="between 0 and 1"):
        _run(scene, min_clear_share=1.5)


def test_all_cloudy_gives_a_map_without_names_and_says_why():
    grid = _grid()
    classifier = BrightnessClassifier()
    result = _run(scene_of(grid, clear=np.zeros(grid.shape_px, bool)), classifier)
    assert not result.land_cover.classified.any()
    assert classifier.seen == []
    assert any("No tile could be named" in n and "cloud" in n for n in result.land_cover.notes)


def test_bands_asked_for_are_all_the_acquisition_has():
    grid = grid_at(8.85, 45.49, 1, 1)
    for changes, expected in (
        ({}, BAND_NAMES),
        ({"level": "L2A"}, L2A_BAND_NAMES),
        ({"bands": ("B08", "B04", "B02", "B03")}, ("B02", "B03", "B04", "B08")),
    ):
        source = ArraySource(scene_of(grid))
        classify(source, acquisition(**changes), grid, BrightnessClassifier())
        assert source.asked == [expected]


def test_a_large_area_loads_fewer_bands_and_says_so(monkeypatch):
    grid = _grid()
    monkeypatch.setattr(pipeline, "MAX_SCENE_BYTES", 4 * 6 * 64 * 64 * 5)  # five bands fit, thirteen do not
    source = ArraySource(scene_of(grid))
    result = classify(source, source.scene.acquisition, grid, BrightnessClassifier())
    assert source.asked == [("B02", "B03", "B04", "B08")]
    assert any("only the bands B02, B03, B04, B08" in n for n in result.land_cover.notes)


def test_surface_reflectance_is_noted_and_notes_are_said_once():
    grid = grid_at(8.85, 45.49, 1, 1)
    result = _run(scene_of(grid, level="L2A", notes=("Offset assumed.", "Offset assumed.")))
    assert result.land_cover.notes.count("Offset assumed.") == 1
    assert any("L2A" in n and "top-of-atmosphere" in n for n in result.land_cover.notes)
    assert _run(scene_of(grid)).land_cover.notes == ()


def test_missing_bands_and_foreign_cards_are_refused():
    grid = grid_at(8.85, 45.49, 1, 1)
    with pytest.raises(InputError, match="B03 is missing"):
        _run(scene_of(grid), bands=("B02", "B04", "B08"))
    with pytest.raises(ModelError, match="reflectance-13"):
        _run(scene_of(grid), BrightnessClassifier(Card(radiometry="reflectance-13")))
    with pytest.raises(ModelError, match="other classes"):
        _run(scene_of(grid), BrightnessClassifier(Card(classes=("Forest", "Sea"))))


def test_the_network_loads_while_pixels_are_fetched():
    # Each waits for the other to have begun: one after the other would never end.
    fetching, loading = threading.Event(), threading.Event()

    def fetch() -> None:
        fetching.set()
        assert loading.wait(10)

    def load_network() -> BrightnessClassifier:
        loading.set()
        assert fetching.wait(10)
        return BrightnessClassifier()

    scene = scene_of(grid_at(8.85, 45.49, 1, 1))
    result = classify(ArraySource(scene, before=fetch), scene.acquisition, scene.grid, load_network)
    assert result.land_cover.classified.all()
    assert set(result.timings_s) == {"load", "model", "predict", "total"}


def test_errors_of_source_and_network_come_through():
    scene = scene_of(grid_at(8.85, 45.49, 1, 1))

    def broken() -> None:
        raise ServiceError("The service answered 500.")

    def no_network() -> BrightnessClassifier:
        raise ModelError("There is no model 'x'.")

    with pytest.raises(ServiceError, match="500"):
        classify(ArraySource(scene, before=broken), scene.acquisition, scene.grid, BrightnessClassifier)
    with pytest.raises(ModelError, match="no model"):
        classify(ArraySource(scene), scene.acquisition, scene.grid, no_network)


def test_cancelling_stops_between_the_steps():
    scene = scene_of(grid_at(8.85, 45.49, 1, 1))
    classifier = BrightnessClassifier()
    calls = []

    def after_loading() -> bool:
        calls.append(1)
        return len(calls) > 1  # the first question comes from the source

    with pytest.raises(CancelledError):
        _run(scene, classifier, cancelled=after_loading)
    assert classifier.seen == []


def test_cancelling_does_not_wait_for_the_network_to_load():
    scene = scene_of(grid_at(8.85, 45.49, 1, 1))
    asked, never = [], threading.Event()

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > 2  # neither in the source nor right after it

    def slow() -> BrightnessClassifier:
        never.wait(20)
        return BrightnessClassifier()

    with pytest.raises(CancelledError):
        classify(ArraySource(scene), scene.acquisition, scene.grid, slow, cancelled=cancelled)
    assert not never.is_set()
    never.set()


def test_progress_only_grows_and_ends_at_one():
    seen = []
    _run(scene_of(_grid()), on_progress=lambda f, m: seen.append((f, m)))
    fractions = [f for f, _ in seen]
    assert fractions == sorted(fractions) and fractions[0] == 0 and fractions[-1] == 1
    assert all(m for _, m in seen)


def _taken(day: int, **changes):
    return acquisition(id=f"a{day}", datetime=datetime(2021, 8, day, 10, tzinfo=UTC), **changes)


def test_the_clearest_is_chosen_over_the_area_and_not_over_the_granule():
    a = _taken(1, clear_share=0.6, cloud_cover_pct=1.0)
    b = _taken(6, clear_share=0.9, cloud_cover_pct=80.0)
    c = _taken(11, clear_share=None, cloud_cover_pct=50.0)
    d = _taken(16, clear_share=None, cloud_cover_pct=None)
    assert choose_acquisition([a, b, c, d]) is b
    assert choose_acquisition([d, c, a]) is a
    assert choose_acquisition([d, c]) is c
    newer = _taken(21, clear_share=0.9)
    assert choose_acquisition([newer, b]) is newer and choose_acquisition([b, newer]) is newer


def test_a_day_without_acquisition_offers_the_nearest():
    found = [_taken(1), _taken(6), _taken(11), _taken(16)]
    assert choose_acquisition(found, day=date(2021, 8, 6)) is found[1]
    with pytest.raises(NoAcquisitionError, match="no acquisition on 2021-08-08") as caught:
        choose_acquisition(found, day=date(2021, 8, 8))
    assert caught.value.nearest == (date(2021, 8, 6), date(2021, 8, 11), date(2021, 8, 1))
    assert "2021-08-06" in caught.value.hint
    with pytest.raises(NoAcquisitionError):
        choose_acquisition([])


class _Picture:
    def __init__(self, *reds: int, blue: int = 50, notes: tuple[str, ...] = ()):
        self.tiles = np.zeros((len(reds), 64, 64, 3), np.uint8)
        self.tiles[..., 0] = np.array(reds)[:, None, None]
        self.tiles[..., 2] = blue
        self.notes = notes


def test_pictures_keep_their_order_whatever_their_number_of_tiles():
    classifier = BrightnessClassifier(ood_above=200)
    pictures = [_Picture(10), _Picture(70, 70, 110, notes=("Cut.",)), _Picture(30, blue=255)]
    first, second, third = classify_pictures(pictures, classifier)
    assert len(classifier.seen) == 1 and len(classifier.seen[0]) == 5
    assert (first.class_id, second.class_id, third.class_id) == (0, 3, 1)
    np.testing.assert_allclose(second.probabilities[[3, 5]], [(0.8 * 2 + 0.2 / 9) / 3, (0.8 + 0.4 / 9) / 3], rtol=1e-5)
    assert second.probability == pytest.approx(float(second.probabilities[3]))
    assert second.notes == ("Cut.",)
    assert third.is_ood and "unlike" in third.notes[0] and not first.is_ood
    assert classify_pictures([], classifier) == []
