"""What a user does on the Explore page, with a real mouse in a real browser."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.grid import TileGrid
from tests.browser.harness import (
    AT_REST,
    MAP_FRAME,
    TEST_S,
    WORK_S,
    App,
    Page,
    Watch,
    expect,
    nameless,
    settled,
    wait_idle,
)

pytestmark = pytest.mark.timeout(TEST_S)

AREA = "8.82,45.47,8.86,45.50"
CENTER = "() => [map.getCenter().lat, map.getCenter().lng]"
LINK = f"/?area={AREA}&source=simulated&from=2021-07-25&to=2021-08-25&date=2021-08-14"


def area_of(page: Page) -> tuple[float, ...]:
    """W,S,E,N that the address bar holds; empty where it holds none."""
    return tuple(float(v) for v in area_text(page.page.url).split(",") if v)


def area_text(url: str) -> str:
    return parse_qs(urlsplit(url).query).get("area", [""])[0]


def wait_area(page: Page, area: tuple[float, ...]) -> None:
    """Until the address bar holds this area."""

    def holds() -> None:
        assert area_of(page) == area

    page.eventually(holds)


def wait_kept(page: Page, zoom: int) -> None:
    """Until the map has noted the view that it is to have again after a reload or on another page."""
    page.wait_js(f"() => JSON.parse(window.sessionStorage.getItem('lulc-map')).view.zoom === {zoom}")
    page.wait_js(AT_REST)


def expect_text(page: Page, text: str | re.Pattern[str]) -> None:
    page.page.get_by_text(text).first.wait_for()


def test_an_empty_app_fits_one_screen_and_invites(app: App, page: Page) -> None:
    page.open(app.url)
    expect(page.frame.locator(".lulc-invite")).to_have_text(re.compile("^Which area"))
    steps = [page.page.get_by_text(step).first for step in ("1 Area", "2 Image", "3 Land cover")]
    for step in steps:
        expect(step).to_be_visible()
    wait_idle(page.page)
    heights = (
        "() => [document.documentElement, document.querySelector('[data-testid=stMain]')].map(e =>"
        " [e.scrollHeight, e.clientHeight])"
    )
    size, main = settled(page.page, lambda: page.page.evaluate(heights))
    assert size[0] <= size[1] and main[0] <= main[1] + 1, "the page scrolls at 1280 x 720"
    frame = settled(page.page, page.page.locator(MAP_FRAME).bounding_box)
    assert frame["width"] > 1280 * 0.6 and frame["height"] > 600
    for step in steps:
        box = settled(page.page, step.bounding_box)
        assert box is not None and box["y"] + box["height"] < 720
    # Every button of map and panel has a name, and the map's tools are reached by the keyboard.
    page.eventually(lambda: nameless(page.page) == [])
    page.wait_js(
        "() => { const tools = [...document.querySelectorAll('.leaflet-draw-toolbar a')];"
        " return tools.length && tools.every(a => a.href && a.innerText.trim()); }"
    )


def test_the_lattice_in_the_browser_agrees_with_the_domain_everywhere(app: App, page: Page) -> None:
    from lulc_core.ui.map import data as map_data
    from tests.ui.map.test_data import AREAS, land_cover

    page.open(app.url)
    rng = random.Random(1)
    for name, aoi in AREAS.items():
        made = land_cover(aoi)
        west, south, east, north = aoi.bbox
        dx, dy = 0.1 * (east - west), 0.1 * (north - south)
        places = [[rng.uniform(south - dy, north + dy), rng.uniform(west - dx, east + dx)] for _ in range(600)]
        turns = [rng.choice((-360, 0, 360)) for _ in places]  # a map can be dragged round the globe
        here = page.js(
            "([data, places]) => { const l = new LULC.Lattice(JSON.parse(data)); return places.map(p => { const s ="
            " l.locate(p[0], p[1]); return s && [s.row, s.col, l.tileId(s.row, s.col)]; }); }",
            [
                map_data.tiles_json(made, aoi).decode(),
                [[lat, lng + turn] for (lat, lng), turn in zip(places, turns, strict=True)],
            ],
        )
        there = [made.grid.tile_at(lng, lat) for lat, lng in places]
        wrong = [
            place
            for place, h, t in zip(places, here, there, strict=True)
            if (h and (h[0], h[1], h[2])) != (t and (*t, made.grid.tile_id(*t)))
        ]
        # A place within a metre of an edge may fall on either side: 600 places, 640 m tiles.
        assert len(wrong) <= 2, f"{name}: {wrong[:5]}"
        assert sum(t is not None for t in there) > 300 and sum(t is None for t in there) > 50


def test_drawing_gives_these_coordinates_and_clear_takes_them_away(app: App, page: Page) -> None:
    page.open(app.url)
    page.look_at(45.48, 8.85, 12)
    page.draw_rectangle(8.82, 45.46, 8.88, 45.50)
    expect_text(page, re.compile(r"km² · \d+ tiles"))
    page.page.wait_for_url(re.compile("area="))
    page.wait_js("() => document.getElementById('map_div').dataset.area.startsWith('map:')")  # the server's answer
    expect_text(page, re.compile("best"))
    wait_idle(page.page)
    assert area_of(page) == pytest.approx((8.82, 45.46, 8.88, 45.50), abs=0.001)
    shown = page.settled(
        "() => { const a = LULC.view.drawn.getBounds(), v = map.getBounds(); return v.contains(a) &&"
        " (a.getEast() - a.getWest()) / (v.getEast() - v.getWest()); }"
    )
    assert shown > 0.3, "the map goes to what was drawn, and leaves room for legend and layers"
    # What Python said before it heard of the drawing comes late: the drawing stays.
    said = "{area: null, result: null, selected: null, badge: '', invite: true, seen: {}}"
    assert page.js("() => { LULC.apply(" + said + "); return LULC.view.drawn.getLayers().length; }") == 1
    page.frame.get_by_role("button", name="Clear", exact=True).click()
    expect_text(page, "search or draw it on the map")
    page.page.wait_for_url(lambda url: "area=" not in url)
    page.frame.get_by_role("button", name="Undo", exact=True).click()
    page.page.wait_for_url(re.compile("area="))
    expect_text(page, re.compile("best"))  # at once: the images were not asked for again
    page.js("() => { map.setView([0, 0], 3, {animate: false}); }")
    page.frame.get_by_role("button", name="To the area").click()
    page.wait_js("() => map.getBounds().contains(LULC.view.drawn.getBounds())")
    wait_idle(page.page)
    page.page.go_back()
    page.page.wait_for_url(lambda url: "area=" not in url)


def test_what_is_too_large_is_red_and_never_an_error(app: App, page: Page) -> None:
    page.open(app.url)
    page.look_at(45.5, 9.0, 6)
    page.frame.get_by_role("button", name="Rectangle", exact=True).click()
    page.wait_js("() => LULC.view.busy")
    mouse, (x, y) = page.page.mouse, page.xy(45.5, 9.0)
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 60, y + 60, steps=4)
    told = page.frame.locator(".leaflet-draw-tooltip")
    expect(told).to_contain_text(re.compile(r"too large\. At most 1,500\skm²: zoom in"))
    expect(told).to_have_class(re.compile("lulc-too-large"))
    mouse.up()
    expect(told).to_contain_text("too large")
    assert page.settled("() => [LULC.view.busy, LULC.view.drawn.getLayers().length]") == [True, 0], "the tool stays"
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 4, y + 4, steps=3)
    expect(told).to_contain_text(re.compile(r"km² of at most 1,500\skm²"))
    mouse.up()
    expect_text(page, re.compile(r"km² · \d+ tiles"))
    expect(page.page.get_by_role("alert")).to_have_count(0)


def test_a_place_is_found_by_its_name_and_looked_at_without_drawing(app: App, page: Page) -> None:
    page.open(app.url)
    field = page.frame.get_by_role("combobox", name="Search a town or village")
    field.fill("Monaco di Bav")
    first = page.frame.locator("#lulc-places [role=option]").first
    expect(first).to_contain_text(re.compile("Monaco di Baviera.*Munich.*Germany", re.DOTALL))
    field.press("Enter")
    expect(page.frame.get_by_role("button", name="Look at 6 × 6 km here")).to_be_focused()
    assert page.settled(CENTER) == pytest.approx([48.137, 11.575], abs=0.05)
    page.page.keyboard.press("Enter")
    expect_text(page, re.compile(r"36\.\d\skm² · \d+ tiles"))
    sent = page.js("() => LULC.view.value.area.features[0].properties.name")
    assert sent == "Monaco di Baviera", "reports call the area by the place that was searched"
    # The image of the best date lies on the map before anything was classified.
    page.wait_js("() => (document.getElementById('map_div').dataset.pictured || '').endsWith('bright')", WORK_S)
    assert page.js("() => LULC.view.lattice") is None
    wait_idle(page.page)
    view = page.settled(CENTER)
    other = Page(page.page.context.new_page())  # a tab of its own: the map opens where this browser last worked
    other.open(app.url)
    assert other.settled(CENTER) == pytest.approx(view, abs=0.01)
    other.wait_js(
        "() => Number(document.getElementById('map_div').dataset.borders) > 200"
    )  # no base map is reached here


def test_polygon_corners_are_no_clicks_on_tiles_and_edit_changes_the_area(app: App, page: Page) -> None:
    page.open(app.url)
    page.look_at(45.48, 8.85, 12)
    page.frame.get_by_role("button", name="Polygon", exact=True).click()
    corners = [(45.46, 8.82), (45.50, 8.84), (45.47, 8.89)]
    page.wait_js("() => LULC.view.busy")
    for n, (lat, lng) in enumerate(corners, 1):
        page.click_map(lat, lng)
        expect(page.frame.locator(".leaflet-editing-icon")).to_have_count(n)
        page.js("() => new Promise(done => setTimeout(done, 100))")  # Leaflet.draw hears no second click within 50 ms
    page.click_map(*corners[0])
    expect_text(page, re.compile(r"km² · \d+ tiles"))
    page.page.wait_for_url(re.compile("area=p"))
    expect_text(page, re.compile("best"))
    wait_idle(page.page)
    before = page.page.url
    page.frame.get_by_role("button", name="Edit", exact=True).click()
    expect(page.frame.locator(".leaflet-editing-icon").first).to_be_visible()
    old, new = page.xy(*corners[1]), page.xy(45.505, 8.86)
    page.page.mouse.move(*old)
    page.page.mouse.down()
    page.page.mouse.move(*new, steps=5)
    page.page.mouse.up()
    page.frame.get_by_role("button", name="Done").click()
    page.page.wait_for_url(lambda url: "area=p" in url and area_text(url) != area_text(before))


def test_example_to_map_to_tile(app: App, watch_page: tuple[Watch, Page]) -> None:
    watch, page = watch_page
    page.open(app.url)
    page.button("Mesero, Milan").click()
    expect_text(page, re.compile("best"))
    page.page.locator(".st-key-classify button").click()
    page.wait_painted()
    table = page.page.get_by_role("table", name=re.compile("Area of each class"))

    def has_all_shares() -> None:
        rows = table.locator("tbody tr:not(:has(.lulc-group)), tfoot tr:not(:last-child)").all_inner_texts()
        rows = [row for row in rows if "\t" in row]  # why ground was left out has a line without numbers
        assert len(rows) >= 3  # classes of land, squares crossed, and what was left out: together the whole area
        shares = [float(re.findall(r"\d+\.\d\b", r.replace(",", "").split("\t", 2)[2])[0]) for r in rows]
        assert sum(shares) == pytest.approx(100, abs=0.6)

    page.eventually(has_all_shares)
    # Painted means painted: the canvas has the colours of classes on it.
    colours = (
        "() => { const c = document.querySelector('canvas.lulc-tiles'), d = c.getContext('2d').getImageData(0, 0,"
        " c.width, c.height).data, seen = new Set(); for (let i = 0; i < d.length; i += 44) if (d[i + 3] === 255)"
        " seen.add((d[i] << 16) + (d[i + 1] << 8) + d[i + 2]); return [...seen]; }"
    )
    from lulc_core.domain.classes import CLASSES

    page.eventually(lambda: len({int(c.color[1:], 16) for c in CLASSES} & set(page.js(colours))) >= 2)
    expect(page.frame.locator(".lulc-badge")).to_contain_text("SIMULATED")
    expect(page.frame.locator(".leaflet-control-attribution")).to_contain_text("SIMULATED")

    # Hover reads the cell without asking the server; a click brings its details and those of its tile.
    expect(page.page).to_have_url(re.compile("detail=160"))  # the app opens with cells of 160 m
    wait_idle(page.page)
    grid = TileGrid.from_aoi(Aoi.from_bbox(*area_of(page)), cell_m=160)
    row, col = 17, 22
    lng, lat = grid.tile_center(row, col)
    readout = page.frame.locator(".lulc-readout")
    page.point_at(lat, lng, lambda: readout.is_visible() and "%" in readout.inner_text())
    assert "N6" not in readout.inner_text(), "what is there, and no code"
    page.page.mouse.move(5, 5)  # out of the map
    expect(readout).to_be_hidden()
    page.click_map(lat, lng)
    table = page.page.get_by_role("table", name="Probability of each class")
    expect(table.locator("tbody tr")).to_have_count(3)
    page.page.get_by_text("All ten classes and the spectrum").click()
    expect(table.nth(1).locator("tbody tr")).to_have_count(10)
    page.page.locator(".js-plotly-plot").last.wait_for()
    expect(page.page.get_by_alt_text(re.compile("True colour of tile"))).to_be_visible()

    # Leaving the machine for the base map is allowed, and nothing else (the fixture checks the rest).
    assert all(".png" in url or ".jpg" in url for url in watch.base_map)

    # Files: the archive holds what other programs open, and this one reads it back.
    page.page.get_by_text("Files and link").click()
    with page.page.expect_download(timeout=1000 * WORK_S) as download:
        page.button("Download files").click()
    import zipfile

    from lulc_core.export.bundle_read import read_bundle

    assert download.value.suggested_filename.startswith("SIMULATED_land_cover_")
    names = {n.split("/")[1] for n in zipfile.ZipFile(Path(download.value.path())).namelist()}
    ours = {"land_cover.tif", "probabilities.tif", "tiles.geojson", "summary.json", "land_cover.gpkg", "land_cover.qml"}
    assert {f"SIMULATED_{name}" for name in ours} | {"provenance.json", "item.json", "README.txt"} <= names
    assert read_bundle(Path(download.value.path())).simulated


def test_pan_zoom_layers_and_opacity_rerun_nothing(app: App, page: Page) -> None:
    sent: list[object] = []
    page.page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    page.open(app.url + LINK)
    page.wait_painted()
    page.frame.get_by_label("How green (NDVI)").wait_for()  # the last to come: nothing asks any more
    wait_idle(page.page)
    settled(page.page, lambda: len(sent), for_s=2.5)
    assert sent, "the page talks over a web socket; without seeing it this test sees nothing"
    sent.clear()
    page.look_at(45.49, 8.84, 13)
    here, there = page.xy(45.49, 8.84), page.xy(45.485, 8.85)
    center = page.js(CENTER)
    page.page.mouse.move(*here)
    page.page.mouse.down()
    page.page.mouse.move(*there, steps=5)
    page.page.mouse.up()
    page.wait_js(AT_REST)
    assert page.settled(CENTER) != center, "the map was dragged"
    page.page.mouse.wheel(0, -300)
    page.wait_js("() => map.getZoom() > 13")
    page.wait_js(AT_REST)
    page.frame.get_by_label("How sure").check()
    page.frame.get_by_label("How green (NDVI)").check()
    page.frame.get_by_label("Opacity of the tiles").fill("30")
    page.frame.get_by_label("Base map").select_option("plain")
    page.wait_js("() => document.querySelector('canvas.lulc-tiles').style.opacity === '0.3'")
    zoom = page.settled("() => map.getZoom()")
    page.page.wait_for_timeout(2000)  # what a rerun would need to be sent: folium waits a quarter of a second
    assert sent == []
    # Something that does rerun takes nothing of it away.
    page.page.get_by_text("2 Image").first.click()
    expect_text(page, re.compile("best"))
    assert sent
    wait_idle(page.page)
    now = page.settled("() => [map.getZoom(), LULC.view.choice.tiles, LULC.view.picture()]")
    assert now == [zoom, "confidence", "ndvi"]


def test_a_link_restores_everything_also_after_a_reload(app: App, page: Page) -> None:
    page.open(app.url + LINK)
    page.wait_painted()
    page.look_at(45.478, 8.835, 14)
    wait_kept(page, 14)
    page.page.reload()
    page.wait_map()
    page.wait_painted()
    expect_text(page, re.compile("14 Aug 2021"))
    wait_idle(page.page)
    wait_area(page, (8.82, 45.47, 8.86, 45.5))
    assert page.settled("() => map.getZoom()") == 14, "the view must survive a reload"
    drawn = json.loads(page.js("() => JSON.stringify(LULC.view.drawn.getBounds().toBBoxString())"))
    assert [float(v) for v in drawn.split(",")] == pytest.approx([8.82, 45.47, 8.86, 45.5])


def test_area_view_and_result_survive_a_page_change(app: App, page: Page) -> None:
    page.open(app.url + LINK)
    page.wait_painted()
    page.look_at(45.478, 8.835, 14)
    wait_kept(page, 14)
    page.page.locator("[data-testid=stTopNavLink]").nth(1).click()
    page.page.wait_for_url(lambda url: urlsplit(url).path != "/")
    page.page.get_by_role("heading", name="Compare", exact=True).wait_for(state="attached")
    page.page.locator("[data-testid=stTopNavLink]").first.click()
    page.page.wait_for_url(lambda url: urlsplit(url).path == "/" and "area=" in url)  # Compare has an area, too
    page.wait_map()
    page.wait_painted()
    wait_idle(page.page)
    wait_area(page, (8.82, 45.47, 8.86, 45.5))
    assert page.settled("() => [map.getZoom(), LULC.view.drawn.getLayers().length]") == [14, 1]


def test_cancel_while_the_rest_stays_usable(app: App, page: Page) -> None:
    page.open(app.url + "/?area=8.60,45.30,9.00,45.60&source=simulated&from=2022-05-01&to=2022-05-20")
    expect_text(page, re.compile("best"))
    page.page.locator(".st-key-classify button").click()
    cancel = page.button("Cancel")
    cancel.wait_for()
    page.page.get_by_text("1 Area").first.click()  # the panel answers while it works
    expect_text(page, re.compile("start from"))
    cancel.click()
    page.page.locator(".st-key-classify button:enabled").wait_for()
    wait_idle(page.page)
    assert page.settled("() => LULC.view.result") is None


def test_a_bad_file_is_one_sentence_and_a_good_one_an_area(app: App, page: Page, tmp_path: Path) -> None:
    page.open(app.url)
    bad, good = tmp_path / "area.geojson", tmp_path / "field.geojson"
    bad.write_text("{not json", encoding="utf-8")
    good.write_text(json.dumps(Aoi.from_bbox(8.8, 45.45, 8.83, 45.47).to_geojson()), encoding="utf-8")
    page.page.get_by_text("File", exact=True).click()
    page.page.locator("input[type=file]").set_input_files(bad)
    alert = page.page.get_by_role("alert")
    expect(alert.first).to_contain_text("area.geojson")
    wait_idle(page.page)
    expect(alert).to_have_count(1)
    page.page.locator("input[type=file]").set_input_files(good)
    page.page.wait_for_url(re.compile("area="))
    assert area_of(page) == (8.8, 45.45, 8.83, 45.47)


def test_a_single_picture_gets_ten_probabilities_and_no_map(app: App, page: Page, tmp_path: Path) -> None:
    from PIL import Image

    good, bad = tmp_path / "field.png", tmp_path / "notes.png"
    Image.linear_gradient("L").convert("RGB").resize((80, 50)).save(good)
    bad.write_bytes(b"no picture at all")
    page.open(app.url)
    page.button("Classify a single picture").click()
    dialog = page.page.get_by_role("dialog")
    dialog.locator("input[type=file]").set_input_files(good)
    table = dialog.get_by_role("table", name="Probability of each class")
    table.wait_for(timeout=1000 * WORK_S)
    expect(table.locator("tbody tr")).to_have_count(10)
    wait_idle(page.page)
    dialog.locator("input[type=file]").set_input_files(bad)
    dialog.get_by_role("alert").wait_for()
    wait_idle(page.page)
    assert page.settled("() => LULC.view.result") is None
