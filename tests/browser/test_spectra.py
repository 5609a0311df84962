"""The Spectra page in a real browser: picks on the map, numbers under the pointer, keyboard, a phone's width."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import rasterio
import rasterio.warp
from affine import Affine

from tests.browser.harness import READY, TEST_S, WORK_S, App, Page, expect, settled, wait_idle
from tests.sources.raster_files import planes, write_tif

pytestmark = pytest.mark.timeout(TEST_S)

PARTS = {
    "Ten classes": "classes",
    "Your ground": "ground",
    "Sentinel-2": "sentinel2",
    "Band viewer": "viewer",
    "Reference": "reference",
}
NUMBERS = "document.getElementById('map_div').dataset.numbers"
PLACE = (45.488, 8.850)


@pytest.fixture
def visit(app: App, new_page: Callable) -> Iterator[Callable[..., Page]]:
    """Opens a window; afterwards nothing may have gone wrong."""

    def start(width: int = 1280, height: int = 720, scheme: str = "light", touch: bool = False) -> Page:
        return new_page(width, height, scheme, touch)[1]

    yield start
    assert not app.tracebacks()


def part(visitor: Page, name: str) -> None:
    radio = visitor.page.locator(".st-key-spectra-head").get_by_role("radio", name=name, exact=True)
    radio.click()
    expect(radio).to_be_checked()


def to_spectra(visitor: Page) -> None:
    """By the page links: in the bar, or behind the button on a phone."""
    page = visitor.page
    narrow = page.viewport_size["width"] < 600
    if narrow:
        page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_role("link", name="Spectra").click()
    page.locator(".st-key-spectra-head").wait_for()
    if narrow:  # Streamlit leaves the list of pages open over the page
        page.get_by_role("button", name="Collapse sidebar").click()


def classify_then_spectra(visitor: Page, app: App, name: str) -> None:
    """Makes the example map, then opens a part of the Spectra page."""
    page = visitor.page
    visitor.open(app.url)
    visitor.button(re.compile("Mesero")).click()
    page.locator(".st-key-classify button:not([disabled])").click()
    visitor.wait_painted()
    to_spectra(visitor)
    part(visitor, name)
    page.locator(".st-key-spectra-map-frame").wait_for()
    wait_numbers(visitor)


def wait_numbers(visitor: Page) -> None:
    """Until the map of this page has its numbers; the frame before may still be going away."""
    visitor.wait_js(f"() => window.LULC && LULC.startRois && ({READY})() && {NUMBERS}", WORK_S)
    visitor.wait_map()
    wait_idle(visitor.page)


def read_at_place(visitor: Page, pattern: str) -> str:
    """What the pointer reads at the place, once that looks as it should."""
    readout = visitor.frame.locator(".lulc-readout")
    visitor.point_at(*PLACE, lambda: readout.is_visible() and bool(re.fullmatch(pattern, readout.inner_text())))
    return settled(visitor.page, readout.inner_text)


def test_picks_pointer_and_files_on_ones_own_ground(visit, app, tmp_path):
    visitor = visit()
    classify_then_spectra(visitor, app, "Your ground")
    page = visitor.page
    visitor.look_at(*PLACE, 18)  # one pixel of the screen is 0.4 m here: rounding it stays in the same 10 m
    visitor.click_map(*PLACE)
    page.get_by_label("Name of Point 1").wait_for()
    visitor.look_at(*PLACE, 13)
    page.get_by_text("Tile (640 m)").click()
    expect(page.get_by_role("radio", name="Tile (640 m)")).to_be_checked()
    visitor.click_map(45.493, 8.842)  # at once: the server may not have heard of the tile before it hears of the click
    page.get_by_label("Name of Tile 2").wait_for()
    visitor.draw_rectangle(8.855, 45.480, 8.860, 45.484)
    page.get_by_label("Name of Area 3").wait_for()
    visitor.wait_js("() => document.getElementById('map_div').dataset.rois === '3'")
    page.locator(".st-key-ground-chart .js-plotly-plot").last.wait_for()  # while it is drawn anew there are two
    # What the pointer reads is what a click keeps.
    visitor.look_at(*PLACE, 18)
    reads = read_at_place(visitor, r"B04 -?[\d.]+ · B03 -?[\d.]+ · B02 -?[\d.]+")
    said = dict(item.split(" ") for item in reads.split(" · "))
    wait_idle(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Spectra as CSV").click()
    saved = Path(tmp_path / "spectra.csv")
    download.value.save_as(saved)
    rows = list(csv.DictReader(saved.read_text(encoding="utf-8-sig").splitlines()))
    assert {r["name"] for r in rows} == {"Point 1", "Tile 2", "Area 3"}
    own = {r["band"]: float(r["mean"]) for r in rows if r["name"] == "Point 1"}
    assert set(said) == {"B04", "B03", "B02"}
    for band, value in said.items():
        assert float(value) == pytest.approx(own[band], abs=6e-4)
    assert {r["count"] for r in rows if r["name"] == "Tile 2"} == {"4096"}
    # Panning reruns nothing and loses nothing; removing takes the mark from the map.
    visitor.look_at(45.49, 8.85, 13)
    page.get_by_role("button", name=re.compile("Remove Point 1")).or_(
        page.locator(".st-key-pick-bin-1 button")
    ).first.click()
    visitor.wait_js("() => document.getElementById('map_div').dataset.rois === '2'")


def test_the_viewer_shows_other_bands_and_their_numbers(visit, app):
    visitor = visit(scheme="dark")
    classify_then_spectra(visitor, app, "Band viewer")
    page = visitor.page
    page.get_by_role("button", name="Short-wave infrared").click()
    page.get_by_text("burnt ground").wait_for()
    visitor.wait_js("() => LULC.view.numbers && LULC.view.numbers.labels.join() === 'B12,B8A,B04'")
    page.get_by_text("An index").click()
    visitor.wait_js("() => LULC.view.numbers && LULC.view.numbers.labels.join() === 'NDVI'")
    read_at_place(visitor, r"NDVI -?\d\.\d{3}")


def test_a_place_by_keyboard_alone(visit, app):
    visitor = visit()
    classify_then_spectra(visitor, app, "Your ground")
    page = visitor.page
    page.get_by_role("textbox", name="Latitude, longitude (or corners)").focus()
    page.keyboard.type("45.488, 8.850")
    page.keyboard.press("Enter")
    page.get_by_label("Name of Point 1").wait_for()
    page.get_by_text("dense green plants").or_(page.get_by_text("= (B08 - B04) / (B08 + B04)")).first.wait_for()
    # A small area, too: a square around a place, and two corners.
    page.get_by_role("radio", name="Pixel (10 m)").focus()
    page.keyboard.press("ArrowLeft")  # round to the last one
    expect(page.get_by_role("radio", name="Square")).to_be_checked()
    side = page.get_by_role("spinbutton", name="Side in metres")
    side.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("200")
    page.keyboard.press("Enter")
    expect(side).to_have_value("200")
    page.get_by_role("textbox", name="Latitude, longitude (or corners)").focus()
    page.keyboard.type("45.488, 8.850")
    page.keyboard.press("Enter")
    page.get_by_label("Name of Square 2").wait_for()
    page.locator(".st-key-pick-list").get_by_text(re.compile(r"^(39|40|41)\d pixels$")).wait_for()
    page.get_by_role("textbox", name="Latitude, longitude (or corners)").focus()
    page.keyboard.type("45.488, 8.850; 45.489, 8.852")
    page.keyboard.press("Enter")
    page.get_by_label("Name of Area 3").wait_for()


def test_picks_by_touch_on_a_phone(visit, app):
    visitor = visit(390, 844, touch=True)
    classify_then_spectra(visitor, app, "Your ground")
    page = visitor.page
    visitor.look_at(*PLACE, 16)
    page.locator(".st-key-spectra-map-frame").scroll_into_view_if_needed()
    page.touchscreen.tap(*visitor.xy(*PLACE))
    page.get_by_label("Name of Point 1").wait_for()
    # A rectangle drawn with the finger: press, drag, let go.
    visitor.look_at(*PLACE, 15)
    visitor.frame.locator(".leaflet-draw-draw-rectangle").click()
    visitor.wait_js("() => LULC.view.busy")
    (x0, y0), (x1, y1) = visitor.xy(45.489, 8.849), visitor.xy(45.487, 8.851)
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    touch("touchStart", (x0, y0))
    for step in (0.3, 0.7, 1.0):
        touch("touchMove", (x0 + step * (x1 - x0), y0 + step * (y1 - y0)))
    touch("touchEnd")
    page.get_by_label("Name of Area 2").wait_for()
    # About 156 m x 222 m.
    page.locator(".st-key-pick-list").get_by_text(re.compile(r"^3\d\d pixels$")).wait_for()


def test_a_pixel_of_ones_own_file_is_the_files_own(visit, app, tmp_path):
    tags = {"level": "L1C", "date": "2021-08-14"}
    laea = Affine(10, 0, 4_234_000, 0, -10, 2_486_000)  # the European grid: askew on ours
    path = write_tif(tmp_path / "own_grid.tif", planes(), epsg=3035, transform=laea, tags=tags)
    with rasterio.open(path) as file:
        x, y = laea @ (52.4, 70.7)
        (lon,), (lat,) = rasterio.warp.transform(file.crs, "EPSG:4326", [x], [y])
        own = dict(zip(file.descriptions, next(file.sample([(x, y)])), strict=True))
    visitor = visit()
    page = visitor.page
    visitor.open(f"{app.url}/?source=geotiff")
    page.locator("summary").filter(has_text="2 Image").click()
    page.locator("input[type=file]").set_input_files(path)  # its outline becomes the area
    page.locator(".st-key-classify button:not([disabled])").click()
    visitor.wait_painted()
    to_spectra(visitor)
    part(visitor, "Your ground")
    page.locator(".st-key-spectra-map-frame").wait_for()
    wait_numbers(visitor)
    visitor.look_at(lat, lon, 18)
    visitor.click_map(lat, lon)
    page.get_by_label("Name of Point 1").wait_for()
    page.get_by_text("A picked pixel is the file’s own, unresampled").wait_for()
    wait_idle(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Spectra as CSV").click()
    saved = Path(tmp_path / "spectra.csv")
    download.value.save_as(saved)
    rows = list(csv.DictReader(saved.read_text(encoding="utf-8-sig").splitlines()))
    assert {r["band"]: float(r["mean"]) for r in rows} == pytest.approx(
        {band: dn / 10_000 for band, dn in own.items()}, abs=1e-6
    )
    part(visitor, "Sentinel-2")
    page.get_by_text("it holds this band in 10 m, not in the 60 m of the satellite").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_without_a_map_every_part_fits_a_phone(visit, app, scheme):
    visitor = visit(390, 844, scheme)
    page = visitor.page
    page.goto(f"{app.url}/spectra")
    page.locator(".st-key-spectra-head").wait_for()
    for name, key in PARTS.items():
        part(visitor, name)
        page.locator(f".st-key-spectra-{key}").wait_for()
        page.wait_for_url(re.compile(f"part={key}"))
        wait_idle(page)
        wide = "() => document.querySelector('[data-testid=stMain]').scrollWidth"
        width = settled(page, lambda wide=wide: page.evaluate(wide))
        assert width <= 390, f"{name} is {width} px wide"
    expect(page.locator(".js-plotly-plot")).to_have_count(1)
