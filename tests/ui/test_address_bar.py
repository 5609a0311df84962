"""The address bar: only what the user did with it is followed, and nothing that a browser reports late."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from lulc_core.ui import address_bar


class QueryParams(dict[str, str]):
    """What Streamlit keeps of the address, and what it has told the browser."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[dict[str, str]] = []

    def to_dict(self) -> dict[str, str]:
        return dict(self)

    def from_dict(self, params: dict[str, str]) -> None:
        self.told.append(params)
        self.clear()
        self.update(params)


@pytest.fixture
def params(monkeypatch: pytest.MonkeyPatch) -> QueryParams:
    params = QueryParams()
    monkeypatch.setattr(address_bar.st, "query_params", params)
    return params


@pytest.fixture
def went(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], AbstractContextManager[None]]]:
    """Runs a block as the run that follows a step back or forward in the browser."""
    monkeypatch.setattr(address_bar.st, "session_state", dict[str, object]())

    @contextmanager
    def step() -> Iterator[None]:
        with monkeypatch.context() as now:
            now.setattr(address_bar, "went_through_history", lambda: True)
            yield

    yield step


Went = Callable[[], AbstractContextManager[None]]


def test_back_is_followed_but_not_what_the_browser_still_reports(params: QueryParams, went: Went) -> None:
    bar = address_bar.AddressBar()
    params.from_dict({"area": "1"})
    assert bar.visited() is None, "the first run reads the link when the page's state is made"
    bar.write({"area": "1"})
    bar.write({"area": "2"})
    assert params == {"area": "2"} and bar.visited() is None
    params.from_dict({"area": "1"})
    assert bar.visited() is None, "the browser may report the address before, however late"
    with went():
        assert bar.visited() == {"area": "1"}
        params.clear()
        assert bar.visited() is None, "an empty address is another page's doing"


def test_back_to_the_empty_page_empties_it_and_back_once_more_leaves(params: QueryParams, went: Went) -> None:
    explore, compare = (address_bar.AddressBar(empties=True) for _ in range(2))
    assert explore.visited() is None
    explore.write({})
    explore.write({"area": "1"})
    params.clear()
    with went():
        assert explore.visited() == {}, "drawn, then back: nothing is drawn"
    explore.write({})
    assert params == {}, "and the next step back leaves the app"
    explore.write({"area": "1"})
    params.clear()  # a link of the page leads to the other one, without parameters
    assert compare.visited() is None
    compare.write({"area": "1"})
    params.clear()
    with went():
        assert compare.visited() is None, "the way back goes through the address that the other page led to"
    compare.write({"area": "1"})
    assert compare.visited() is None  # a run of the page for another reason, as when work ends
    compare.write({"area": "1"})
    assert params == {}, "which is left as it is: one more step back leads to Explore"
    params.from_dict({"area": "1"})
    with went():
        assert explore.visited() is None
    explore.write({"area": "1"})
    params.clear()
    assert compare.visited() is None
    compare.write({"area": "1"})
    assert params == {"area": "1"}, "come to anew: the page says again where it is"


def test_a_page_that_writes_no_address_counts_as_another(params: QueryParams, went: Went) -> None:
    explore = address_bar.AddressBar(empties=True)
    address_bar.opened("explore")
    explore.write({"area": "1"})
    for page in ("report", "explore"):  # by the links of the pages, which have no parameters
        params.clear()
        address_bar.opened(page)
    assert explore.visited() is None, "the area stays"
    explore.write({"area": "1"})
    assert params == {"area": "1"}


def test_a_link_of_another_page_is_followed(params: QueryParams, went: Went) -> None:
    report, model = address_bar.AddressBar(), address_bar.AddressBar(bare=True)
    params.from_dict({"part": "maps"})
    assert model.visited() == {"part": "maps"}, "also by the first run, where the page's state does not read it"
    model.write({"part": "maps"})
    report.write({})
    params.from_dict({"part": "errors"})
    assert model.visited() == {"part": "errors"}


def test_an_address_of_a_page_that_goes_on_by_itself_says_so(params: QueryParams) -> None:
    bar = address_bar.AddressBar(empties=True)
    bar.write({"area": "1"}, passing=True)
    assert params == {"area": "1", "passing": "1"} and bar.visited() is None
    bar.write({"area": "1", "date": "2"})
    assert params == {"area": "1", "date": "2"}


def test_a_late_report_of_the_wanted_address_does_not_keep_it_from_being_written(params: QueryParams) -> None:
    bar = address_bar.AddressBar(empties=True)
    bar.write({"area": "1"})
    bar.write({})
    params["area"] = "1"  # the browser has not heard of it yet, and the area is put back meanwhile
    bar.write({"area": "1"})
    bar.write({"area": "1"})
    assert params.told == [{"area": "1"}, {}, {"area": "1"}]
