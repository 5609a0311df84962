"""The Report page without a browser: no result, a map, a comparison, languages, edits, files, the user's own check."""

from __future__ import annotations

import io
import json
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from lulc_core.analysis.accuracy.sample import MIN_LABELS
from lulc_core.domain.grid import TileGrid
from lulc_core.language.words import Words
from lulc_core.report.story.check import overall_sentence
from lulc_core.ui.language import SessionLanguage
from lulc_core.ui.report import check_state
from lulc_core.ui.report.state import Choice, ReportState
from tests.arrays import map_of, scene_of
from tests.pages.driver import ROOT, press, until
from tests.render.results import AOI, compare_result, map_result

FILE = str(ROOT / "pages" / "report.py")
EN, IT = Words("en"), Words("it")
NASTY = "<script>alert(1)</script> **bold** שלום 🌍"


def page(*, mapped=None, compared=None, lang: str = "en") -> AppTest:
    at = AppTest.from_file(FILE, default_timeout=60)
    at.session_state["language"] = SessionLanguage(lang)
    if mapped is not None:
        at.session_state["explore"] = SimpleNamespace(
            shown=SimpleNamespace(result=mapped, aoi=AOI, request=SimpleNamespace(id="m1"))
        )
    if compared is not None:
        at.session_state["compare"] = SimpleNamespace(shown=SimpleNamespace(id="c1", result=compared, aoi=AOI))
    at.run()
    assert not at.exception, at.exception
    return at


def here(at: AppTest) -> ReportState:
    return at.session_state["report"]


def about(result) -> Choice:
    return Choice("map-m1", "map", result, AOI)


def told(at: AppTest) -> AppTest:
    return until(at, lambda a: not here(a).telling and (a.get("bidi_component") or a.error))


def stage(at: AppTest) -> dict:
    return json.loads(at.get("bidi_component")[0].proto.json)


def text(at: AppTest) -> str:
    return " ".join(str(e.value) for e in (*at.markdown, *at.caption, *at.info, *at.error)).replace("\\", "")


def test_without_a_result_the_page_says_how_to_get_one():
    for lang, words in (("en", EN), ("it", IT)):
        at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)  # links need the router
        at.session_state["language"] = SessionLanguage(lang)
        at = at.run().switch_page("pages/report.py").run()
        assert not at.exception, at.exception
        assert words.translate("page.none") in text(at)
        links = {e.proto.page: e.proto.label for e in at.get("page_link")}
        assert set(links.values()) == {words.translate("page.to_explore"), words.translate("page.to_compare")}
        assert not at.get("bidi_component")


def test_a_map_of_one_date_is_told_and_what_a_second_date_would_add():
    at = told(page(mapped=map_result()))
    data = stage(at)
    keys = [s["key"] for s in data["frames"]]
    assert keys == ["title", "land", "land-chart", "where", "when", "sure", "limits", "sources"]
    assert EN.translate("page.one_date") in text(at)
    land = data["frames"][1]
    assert land["picture"]["alt"] and land["tables"][0]["rows"], "every map has a table"
    assert data["lang"] == "en-GB"


def test_a_comparison_has_a_divider_places_and_tables():
    at = told(page(compared=compare_result()))
    slides = {s["key"]: s for s in stage(at)["frames"]}
    assert [side["label"] for side in slides["change-swipe"]["swipe"]] and slides["change"]["tables"][0]["rows"]
    assert all(s["swipe"] is None for k, s in slides.items() if k != "change-swipe")
    assert "place_1" in slides
    assert EN.translate("page.one_date") not in text(at)


def test_the_comparison_comes_first_and_the_user_may_choose_the_map():
    at = told(page(mapped=map_result(), compared=compare_result()))
    assert "change" in [s["key"] for s in stage(at)["frames"]]
    here(at).kind = "map"
    at = told(at.run())
    assert "change" not in [s["key"] for s in stage(at)["frames"]]


def test_italian_from_the_switch_numbers_and_dates_included():
    at = told(page(mapped=map_result()))
    english = stage(at)
    at = told(press(at, "Italiano"))
    italian = stage(at)
    assert italian["lang"] == "it-IT" and italian["words"]["next"] == IT.translate("stage.next")
    assert [s["key"] for s in italian["frames"]] == [s["key"] for s in english["frames"]]
    assert all(a["title"] != b["title"] for a, b in zip(english["frames"][1:], italian["frames"][1:], strict=True))


def test_simulated_is_said_over_all_slides():
    assert stage(told(page(mapped=map_result(simulated=True))))["banner"] == EN.translate("attribution.simulated")
    assert stage(told(page(mapped=map_result())))["banner"] == ""


def test_edits_are_text_survive_and_go_into_the_document():
    result = map_result()
    at, choice = told(page(mapped=result)), about(result)
    here(at).edit(choice, title="T" * 5000, titles={"land": NASTY}, comments={"land": NASTY}, chosen=("land", "sure"))
    at.run()
    data = stage(at)
    assert [s["key"] for s in data["frames"]] == ["land", "land-chart", "sure"]
    first = data["frames"][0]
    assert any("T" * 5000 in note and NASTY in note for note in first["notes"]), "nothing of a long title is lost"
    assert first["title"] == NASTY
    here(at).make(choice, ".html")
    at = until(at, lambda a: here(a).making.job.done)
    html = here(at).making.job.result().decode()
    assert "&lt;script&gt;" in html and "<script>" not in html


def test_the_last_slide_cannot_be_taken_away():
    at = told(page(mapped=map_result()))
    at = told(at.multiselect(key="edit-chosen").set_value([]).run())
    assert EN.translate("page.need_one") in " ".join(w.value for w in at.warning).replace("\\", "")
    assert len(stage(at)["frames"]) == 8


@pytest.mark.parametrize(
    ("ending", "begins"), [(".pdf", b"%PDF"), (".pptx", b"PK"), (".png", b"\x89PNG"), (".zip", b"PK")]
)
def test_every_document_is_made_in_the_background_and_can_be_saved(ending, begins):
    at = told(page(mapped=map_result()))
    at = at.button(key=f"make{ending}").click().run()
    assert here(at).making.ending == ending
    at = until(at, lambda a: here(a).making.job.done)
    at = until(at, lambda a: any(d.proto.label.endswith(ending[1:].upper()) for d in a.get("download_button")))
    data = here(at).making.job.result()
    assert data.startswith(begins)
    if ending == ".zip":
        names = zipfile.ZipFile(io.BytesIO(data)).namelist()
        assert any("/report_" in n and n.endswith("_en.pdf") for n in names), names


def test_a_document_of_other_words_is_another_document():
    result = map_result()
    at, choice = told(page(mapped=result)), about(result)
    here(at).make(choice, ".pdf")
    key = here(at).making.key
    here(at).edit(choice, title="Another")
    assert here(at).document_key(choice, ".pdf") != key


# --- the user's own check ----------------------------------------------------------------------------------------


def large_result():
    grid = TileGrid(32632, 790, 7873, 10, 12)
    classes = (sum(divmod(i, 12)) % 3 for i in range(120))
    small = map_result()
    tiles = map_of(np.array(list(classes), np.uint8).reshape(10, 12), grid)
    return type(small)(tiles, scene_of(grid), {})


def checking(result) -> AppTest:
    at = told(page(mapped=result))
    here(at).view = "check"
    at.run()
    assert not at.exception, at.exception
    return at


def test_a_small_map_cannot_be_checked_and_says_so():
    at = checking(map_result())
    assert str(MIN_LABELS) in text(at) and not [b for b in at.button if b.key == "check-start"]


def test_squares_are_named_blind_and_from_fifty_on_figures_come(monkeypatch):
    monkeypatch.setattr(check_state, "LEAST_LOOK_S", 0.0)
    at = checking(large_result())
    at = press(at, EN.translate("check.start"))
    check = next(iter(here(at).checks.values()))
    sample = check.sample
    for k in range(MIN_LABELS):
        assert EN.class_name(sample.tiles[k].class_id) not in text(at), "the network's answer is not shown"
        at = at.button(key=f"check-label-{sample.tiles[k].class_id}-{sample.tiles[k].tile_id}").click().run()
        assert not at.exception, at.exception
        if k == 0:
            assert EN.translate("check.more", least=MIN_LABELS) in text(at)
    tables = " ".join(e.proto.body for e in at.get("html"))
    assert EN.translate("check.caption") in tables
    assert overall_sentence(check.finished(large_result().tiles).found, EN) in text(at)
    assert EN.translate("check.in_documents") in text(at)
    choice = about(large_result())
    with_it = here(at).document_key(choice, ".pdf")
    here(at).view = "present"
    slides = [s["key"] for s in stage(told(at.run()))["frames"]]
    assert slides.index("check") < slides.index("land"), "the check leads"
    here(at).view = "check"
    at = at.run().button(key="check-back").click().run()
    assert len(check.labels) == MIN_LABELS - 1 and check.at == MIN_LABELS - 1
    assert here(at).check_of(choice) is None and here(at).document_key(choice, ".pdf") != with_it


def test_answers_are_taken_up_again_from_a_file_and_those_of_another_map_refused():
    from lulc_core.analysis.accuracy.labels import labels_to_json
    from lulc_core.analysis.accuracy.sample import draw_sample
    from lulc_core.ui.report.check import Check

    tiles = large_result().tiles
    sample = draw_sample(tiles, 60, 3)
    given = {t.tile_id: 1 for t in sample.tiles[:7]}
    check = Check()
    check.load(labels_to_json(sample, given).encode(), tiles, tiles)
    assert check.error is None and check.at == 7 and check.labels == given
    check.load(b"{not json", tiles, tiles)
    assert "JSON" in check.error.message and check.labels == given
    other = map_result().tiles
    check.load(labels_to_json(sample, given).encode(), other, other)
    assert "another map" in check.error.message


def test_an_answer_for_a_square_that_was_not_seen_is_not_taken():
    check = check_state.Check()
    check.draw(large_result().tiles)
    first, second = (t.tile_id for t in check.sample.tiles[:2])
    check.answer(1, first)  # before the page has shown it
    assert check.labels == {}
    check.show(first)
    check.answer(1, first)  # a key that was held down
    assert check.labels == {} and check.too_early
    check._seen = (first, check._seen[1] - 1)
    check.answer(1, first)
    check.answer(1, first)  # the second half of a double click, whose button stood beside the first square
    check.answer(1, second)  # and one for a square that is not on the screen yet
    assert check.labels == {first: 1} and check.at == 1


def test_a_reloaded_page_has_its_result_and_its_answers_again(monkeypatch):
    monkeypatch.setattr(check_state, "LEAST_LOOK_S", 0.0)
    at = press(checking(large_result()), EN.translate("check.start"))
    first = next(iter(here(at).checks.values())).sample.tiles[0]
    at = at.button(key=f"check-label-2-{first.tile_id}").click().run()
    assert not at.exception, at.exception
    at = at.run()
    word = here(at).word
    assert len(word) > 20
    again = AppTest.from_file(FILE, default_timeout=60)  # another session: nothing on Explore and Compare
    again.query_params["report"] = word
    again.run()
    assert not again.exception, again.exception
    state = here(again)
    assert state.view == "check" and state.choice().id == "map-m1"
    assert next(iter(state.checks.values())).labels == {first.tile_id: 2}
    next(iter(state.checks.values())).labels.clear()  # a copy: tabs do not write into each other
    assert len(state.word) > 20 and state.word != word  # nor into what is kept of the other
    third = AppTest.from_file(FILE, default_timeout=60)
    third.query_params["report"] = "somebody-elses-word"
    third.run()
    assert here(third).choice() is None
