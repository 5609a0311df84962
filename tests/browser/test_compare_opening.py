"""How the Compare page opens: the area fills the map, nothing lies on anything else, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.harness import TEST_S, App, wait_idle

pytestmark = pytest.mark.timeout(TEST_S)

LINK = "/compare?area=8.80,45.46,8.90,45.52&source=simulated&before=2019-07-16&after=2021-08-14"
AREA_SHARE = """() => { const b = LULC.view.drawn.getBounds(), s = map.getSize();
  const p = map.latLngToContainerPoint(b.getNorthWest()), q = map.latLngToContainerPoint(b.getSouthEast());
  return [(q.x - p.x) / s.x, (q.y - p.y) / s.y]; }"""
SEEN = [".lulc-badge", ".lulc-ways", ".lulc-legend", ".lulc-swipe-left", ".lulc-swipe-right"]
SEEN += [".leaflet-draw", ".leaflet-control-zoom", ".leaflet-control-attribution"]
BOXES = """names => Object.fromEntries(names.map(name => {
  const r = document.querySelector(name).getBoundingClientRect();
  return [name, [r.left, r.top, r.right, r.bottom]]; }))"""
PILL = """() => { const s = getComputedStyle(document.querySelector('.lulc-pills input:checked + span'));
  return [s.color, s.backgroundColor].map(c => c.match(/\\d+/g).slice(0, 3).map(Number)); }"""


def luminance(rgb: list[int]) -> float:
    """Source: WCAG 2.2, relative luminance."""
    linear = [v / 3294.6 if v <= 10 else ((v / 255 + 0.055) / 1.055) ** 2.4 for v in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    ("width", "height", "scheme"), [(1280, 720, "light"), (1600, 1000, "dark"), (390, 844, "light")]
)
def test_the_area_fills_the_map_and_nothing_covers_anything(
    app: App, new_page: Callable, width: int, height: int, scheme: str
) -> None:
    _, page = new_page(width, height, scheme)
    page.open(app.url + LINK)
    page.wait_painted()
    wait_idle(page.page)
    # A step of zoom is a factor of two: what fits and fills less than half could be one step larger.
    page.wait_js(f"() => Math.max(...({AREA_SHARE})()) > 0.44")
    assert max(page.settled(AREA_SHARE)) < 1
    boxes = page.settled(BOXES, SEEN)
    names = list(boxes)
    for i, first in enumerate(names):
        a = boxes[first]
        assert a[2] > a[0] and a[3] > a[1], f"{first} is not seen"
        for second in names[i + 1 :]:
            b = boxes[second]
            apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
            assert apart, f"{first} {a} and {second} {b} lie on each other"
    light, dark = sorted((luminance(c) for c in page.settled(PILL)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5, "the chosen way can be read"
