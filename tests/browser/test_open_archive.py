"""A first minute with the open archive in a real browser: real land, two granules, the south, no network."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.browser.harness import TEST_S, App, Page, expect, running_app, wait_idle
from tests.browser.test_explore import expect_text
from tests.servers.open_archive.server import OpenServer
from tests.servers.open_archive.world import Granule, Overpass, World, granule_around, world_around

pytestmark = pytest.mark.timeout(TEST_S)

TALK = (datetime(2019, 7, 16, 10, 20, 31, tzinfo=UTC), datetime(2021, 8, 14, 10, 20, 31, tzinfo=UTC))
ACROSS, SOUTH = (9.045, 45.485), (-68.70, -33.05)
SUMMER = datetime(2024, 1, 12, 14, 27, 1, tzinfo=UTC)


def link(lon: float, lat: float, period: str, half_deg: float = 0.01) -> str:
    box = ",".join(f"{v:.4f}" for v in (lon - half_deg, lat - half_deg, lon + half_deg, lat + half_deg))
    return f"/?area={box}&source=open&{period}&detail=640"


def granules_across() -> tuple[Granule, ...]:
    """Two neighbours that meet in the middle of the area."""
    return world_around(*ACROSS, tile="32TMR", half_m=2_400, count=1).overpasses[0].granules


@pytest.fixture(scope="module")
def archive() -> Iterator[OpenServer]:
    mesero = granule_around(8.85, 45.488, "32TMR", half_m=4_800)
    passes = [Overpass(day, (mesero,), satellite="S2A", cloud_share=0.02) for day in TALK]
    june = datetime(2023, 6, 3, 10, 10, 31, tzinfo=UTC)
    passes.append(Overpass(june, granules_across()))
    passes.append(Overpass(SUMMER, (granule_around(*SOUTH, "19HED", half_m=2_400),)))
    with OpenServer(World(passes)) as server:
        yield server


@pytest.fixture(scope="module")
def open_app(chromium: str, archive: OpenServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with running_app(tmp_path_factory.mktemp("open"), archive.environment) as running:
        yield running
        assert not running.tracebacks(), running.tracebacks()


def open_with_real_imagery(page: Page, url: str) -> None:
    """Opens the app; it looks for two seconds, in which a machine under load may not answer itself."""
    for _ in range(5):
        page.open(url)
        said = page.page.get_by_text(re.compile("open archive; no account|open archive cannot be reached")).first
        said.wait_for()
        if "no account" in said.inner_text():
            return
    pytest.fail("the open archive was not found")


def classify(page: Page) -> None:
    page.button(re.compile("^Classify")).first.click()
    page.wait_painted()
    wait_idle(page.page)
    assert "SIMULATED" not in page.page.inner_text("body")


def test_a_newcomer_draws_and_sees_real_land(open_app: App, page: Page) -> None:
    open_with_real_imagery(page, open_app.url)
    page.button("Mesero, Milan").click()
    expect_text(page, re.compile("14 Aug 2021"))
    classify(page)
    page.frame.get_by_text(re.compile("Contains modified Copernicus Sentinel data 2021")).first.wait_for()


@pytest.mark.parametrize("scheme", ["dark"])
def test_an_area_across_two_granules_on_a_narrow_dark_screen(open_app: App, new_page, scheme: str) -> None:
    _, page = new_page(390, 844, scheme)
    page.open(open_app.url + link(*ACROSS, "from=2023-06-01&to=2023-06-30&date=2023-06-03"))
    expect_text(page, re.compile("3 Jun 2023"))
    classify(page)
    painted = page.js("() => document.getElementById('map_div').dataset.painted")
    assert painted
    left_out = page.page.get_by_text("no data")
    expect(left_out).to_have_count(0)  # no gap where the granules meet


def test_the_south(open_app: App, page: Page) -> None:
    page.open(open_app.url + link(*SOUTH, "from=2024-01-05&to=2024-02-05&date=2024-01-12"))
    expect_text(page, re.compile("12 Jan 2024"))
    classify(page)


def test_two_dates_are_compared(open_app: App, page: Page) -> None:
    box = "8.835,45.478,8.865,45.498"
    page.page.goto(f"{open_app.url}/compare?area={box}&source=open&before=2019-07-16&after=2021-08-14")
    expect_text(page, re.compile("16 Jul 2019"))
    wait_idle(page.page)
    page.button(re.compile("^Compare")).last.click()
    page.page.get_by_text(re.compile("squares? (changed|compared)|changed|Nothing")).first.wait_for(timeout=240_000)


def test_with_all_services_cut_off_it_opens_as_fast_and_says_so_once(
    chromium: str, archive: OpenServer, page: Page, tmp_path: Path
) -> None:
    with OpenServer(World([])) as silent:
        for kind in ("list", "file", "catalogue", "twins", "cog"):
            silent.fail(kind, "stall")
        with running_app(tmp_path, silent.environment) as running:
            page.open(running.url)
            said = page.page.get_by_text(re.compile("open archive cannot be reached"))
            said.first.wait_for()
            wait_idle(page.page)
            expect(said).to_have_count(1)
            page.button("Mesero, Milan").click()
            expect_text(page, re.compile("SIMULATED|simulated"))
            assert not running.tracebacks()
