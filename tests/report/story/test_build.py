"""The story: every figure is that of the result, every sentence whole, every choice of the user kept."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from PIL import Image

from lulc_core import __version__
from lulc_core.analysis.accuracy.area import area_account
from lulc_core.analysis.change.sites import strongest_sites
from lulc_core.domain.errors import CancelledError, FileFormatError, InputError
from lulc_core.domain.land_cover import TileFlag
from lulc_core.export.bundle import Bundle
from lulc_core.language.catalogue import LANGUAGES
from lulc_core.language.coverage import cautions, named_sentence
from lulc_core.language.words import Words
from lulc_core.report.documents.charts import screen_chart
from lulc_core.report.story.build import available, build_story
from lulc_core.report.story.comparison import report_of
from lulc_core.report.story.slide import KEYS, TITLE_CHARACTERS, Edits, Table
from tests.approval import approve
from tests.report.stories import bundle, evaluation, story

WORDS = Words("en")


def all_text(told) -> list[str]:
    return [line for s in told.slides for line in (*s.lines, *s.details, s.caption, s.picture_alt, s.chart_alt)]


@pytest.mark.parametrize("lang", ["en", "it"])
@pytest.mark.parametrize("kind", ["map", "fine", "compare", "two"])
def test_a_story_is_whole(kind, lang):
    told = story(kind, lang)
    keys = [s.key for s in told.slides]
    assert keys == [k for k in KEYS if k in keys]
    assert {"title", "where", "when", "land", "sure", "limits", "sources"} <= set(keys)
    assert ("change" in keys) == (kind in ("compare", "two"))
    assert told.lang.startswith(lang) and told.title.startswith("Field of “Mesero”")
    for slide in told.slides:
        assert slide.title and slide.lines
        for line in slide.lines:
            assert line[0].isupper() or line[0] in "“0123456789", line
            assert line.endswith((".", "?", "!")), line
        assert (slide.picture is None) == (slide.picture_alt == "")
        assert (slide.chart is None) == (slide.chart_alt == "")
    # No place for a number was left open, and nothing of Python shows.
    assert not [t for t in all_text(told) if re.search(r"[{}]|None|nan|array\(|Certainty|\bTrue\b", t)] or all(
        "request" in t.lower() or "richiesta" in t.lower() for t in all_text(told) if "{" in t
    )


def test_pictures_are_pictures():
    for slide in story("compare").slides:
        bars = None if slide.chart is None else screen_chart(slide.chart)
        for drawing in (slide.picture, slide.screen, bars):
            if drawing is not None:
                with Image.open(io.BytesIO(drawing.compact[0])) as image:
                    image.verify()
                    assert image.format in ("PNG", "JPEG") and min(image.size) >= 100
                    assert image.size == drawing.size_px


@pytest.mark.parametrize("kind", ["map", "fine"])
def test_areas_are_those_of_the_map_and_shares_are_of_what_was_drawn(kind):
    cover = bundle(kind).after.land_cover
    account, table, words = area_account(cover), story(kind).slide("land").table, Words("en")
    rows = {row[0]: row[1:] for row in table.rows}
    area = partial(words.area, like=cover.total_ha)
    for a in account.land:
        name = f"– {a.cls.label} ({a.cls.letter})"
        assert rows[name] == (
            words.number(a.tiles),
            area(a.ha),
            words.share(a.ha / cover.total_ha, 1),
        )
    for g in account.groups:
        name = words.capital(words.translate(f"group.{g.key}"))
        assert rows[name] == (
            words.number(g.tiles),
            area(g.ha),
            words.share(g.ha / cover.total_ha, 1),
        )
    for a in account.crossed:  # no hectares: a road is not as large as the squares that it crosses
        name = words.translate(f"table.crossed.{a.cls.name}", letter=a.cls.letter)
        assert rows[name] == (words.number(a.tiles), "", words.share(a.ha / cover.total_ha, 1))
    left, whole = rows.get(words.translate("table.left_out")), rows[words.translate("table.whole")]
    assert (left is None) == (cover.left_out_ha == 0)
    assert left is None or left[1:] == (words.area(cover.left_out_ha), words.share(account.left_out_pct / 100, 1))
    assert whole == (words.number(cover.grid.n_tiles), words.area(cover.total_ha), words.share(1, 1))
    parts = [g.pct for g in account.groups] + [a.pct for a in account.crossed] + [account.left_out_pct]
    assert sum(parts) == pytest.approx(100)
    assert story(kind).slide("land").lines[0] == named_sentence(cover, words)


def test_no_area_has_a_range_that_nobody_measured():
    made = bundle("map")
    assert WORDS.translate("land.no_range") in story("map").slide("land").details
    assert len(story("map").slide("land").table.header) == 4
    told = build_story(made, Words("en"), evaluation={**evaluation(made), "model": {"sha256": "of other weights"}})
    assert told.slide("sure").detail_table is None and WORDS.translate("sure.unknown") in told.slide("sure").lines


def test_patches_that_fitted_the_probabilities_are_not_called_unseen():
    made = bundle("map")
    stored = evaluation(made)
    lines = build_story(made, WORDS, evaluation=stored | {"calibration": {"n_fitted": 1390}}).slide("sure").lines
    assert WORDS.translate("sure.fitted", fitted=1390, n=2725) in lines
    assert not [line for line in lines if "not learnt" in line]
    # The default's certainty was fitted elsewhere.
    assert not [line for line in story("map").slide("sure").lines if "fitted" in line]


def test_the_matrix_is_one_step_down_and_names_its_axes():
    slide = story("map").slide("sure")
    matrix = slide.detail_table
    assert slide.table is None and len(matrix.rows) == 10 and len(matrix.header) == 11
    assert matrix.caption == WORDS.translate("sure.matrix")
    stored = evaluation(bundle("map"))["matrix"]
    assert [[int(v.replace(",", "")) for v in row[1:]] for row in matrix.rows] == stored


def test_nothing_specialist_is_on_the_surface():
    surface = [line for s in story("compare").slides for line in s.lines]
    for word in ("epsg", "sha256", "ece", "baseline", "logit", "softmax", "corine", "1c", "json"):
        assert not [line for line in surface if word in line.lower().replace("helber et al", "")], word


def test_changes_are_those_of_the_comparison():
    made, told = bundle("compare"), story("compare")
    report = report_of(made)
    words, slide = Words("en"), told.slide("change")
    n = int(report.change.changed.sum())
    assert n > 0
    assert slide.title == words.translate("change.title", n, area=words.area(report.transitions.changed_ha))
    assert sum(int(row[2]) for row in slide.table.rows) == n
    places = strongest_sites(report.change)
    shown = [s for s in told.slides if s.key.startswith("place_")]
    assert len(shown) == len(places) > 0
    for slide, place in zip(shown, places, strict=True):
        assert words.class_noun(place.from_id) in slide.title and words.class_noun(place.to_id) in slide.title
        assert all(f"{c}" for c in slide.details)
        assert report.change.grid.tile_id(*place.cells[0]) in slide.details[0]


def test_neighbouring_squares_with_one_change_are_one_place():
    change = report_of(bundle("compare")).change
    places = strongest_sites(change, 100)
    cells = [c for p in places for c in p.cells]
    assert len(cells) == len(set(cells)) == int(change.changed.sum())
    assert sum(p.ha for p in places) == pytest.approx(float(change.tile_ha[change.changed].sum()))
    strengths = [p.ha * p.change_probability for p in places]
    assert strengths == sorted(strengths, reverse=True)
    for a in places:
        ways = {(int(change.from_ids[c]), int(change.to_ids[c])) for c in a.cells}
        assert ways == {(a.from_id, a.to_id)}
        for b in places:
            if a is not b and (a.from_id, a.to_id) == (b.from_id, b.to_id):
                gaps = [max(abs(r - x), abs(c - y)) for r, c in a.cells for x, y in b.cells]
                assert min(gaps) > 1
    assert strongest_sites(change, 2) == () or len(strongest_sites(change, 2)) <= 2


def test_a_further_date_is_told_and_its_absence_too():
    day = WORDS.date(bundle("compare").confirm[0].acquisition.datetime.date())
    assert WORDS.translate("when.confirm", 1, days=day) in story("compare").slide("when").lines
    assert WORDS.translate("when.no_confirm") in story("two").slide("when").lines
    assert WORDS.translate("limits.two_days") in story("two").slide("limits").lines


def test_simulated_is_said_first_and_everywhere():
    told = story("map", simulated=True)
    assert told.simulated and "SIMULATED" in told.banner and "SIMULATED" in told.attribution
    assert "SIMULATED" in told.slide("limits").lines[0] and "SIMULATED" in told.slide("when").lines[0]
    assert not any("passed over" in x for x in told.slide("when").lines)
    real = story("map")
    assert not real.simulated and real.banner == "" and "SIMULATED" not in " ".join(all_text(real))
    assert real.attribution == "Contains modified Copernicus Sentinel data 2021"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", ["map", "compare"])
def test_the_wording_is_the_approved_one(kind, lang):
    made = story(kind, lang)
    lines = [made.title, *made.summary]
    for slide in made.slides:
        lines += [f"== {slide.key}: {slide.title}", *(f"amber: {c}" for c in slide.cautions), *slide.lines]
        shown = {
            "caption": slide.caption,
            "alt": slide.picture_alt,
            "chart": slide.chart_caption,
            "chart alt": slide.chart_alt,
        }
        lines += [f"{name}: {text}" for name, text in shown.items() if text]
        for table in (slide.table, slide.detail_table):
            if table is not None:
                lines += [f"table: {table.caption}", *(" | ".join(row) for row in (table.header, *table.rows))]
        if slide.key != "sources":  # versions and hashes change without a change of wording
            lines += [f"detail: {text}" for text in slide.details]
    approve(f"story_{kind}_{lang}", "\n".join(lines).replace(__version__, "VERSION"))


# --- edits ---------------------------------------------------------------------------------------------------------


def test_titles_comments_and_choice_are_kept():
    edits = Edits("My title", {"land": "My land"}, {"land": "A <b>note</b>"}, ("land", "sources"))
    told = build_story(bundle("map"), Words("en"), edits=edits)
    assert told.title == "My title" and [s.key for s in told.slides] == ["land", "sources"]
    assert told.slide("land").title == "My land" and told.slide("land").comment == "A <b>note</b>"


def test_a_title_of_5000_characters_is_cut_and_kept_whole_in_the_comment():
    long = "A very long title " * 278
    told = build_story(
        bundle("map"), Words("en"), edits=Edits(long, {"land": "y" * 5000}, {"land": "Mine."}, ("when", "land"))
    )
    assert len(told.title) <= TITLE_CHARACTERS and told.title.endswith("…")
    first = told.slides[0]
    assert first.title == "y" * (TITLE_CHARACTERS - 1) + "…"
    assert long.strip() in first.comment and "y" * 5000 in first.comment and first.comment.endswith("Mine.")


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        (Edits(chosen=()), "No slide is chosen"),
        (Edits(chosen=("nope",)), "There is no slide 'nope'"),
        (Edits(titles={"x": "y"}), "There is no slide 'x'"),
        (Edits(chosen=("change", "place_1")), "None of the chosen slides"),
        (Edits(comments={"land": "x" * 20_001}), "20,001 characters"),
        (Edits(title="x" * 20_001), "20,001 characters"),
    ],
)
def test_edits_that_do_not_fit_are_one_sentence(edits, said):
    with pytest.raises(InputError, match=re.escape(said)):
        build_story(bundle("map"), Words("en"), edits=edits)


def test_what_a_result_can_have():
    assert available(bundle("compare")) == tuple(k for k in KEYS if k != "check")
    assert available(bundle("map")) == ("title", "land", "where", "when", "sure", "limits", "sources")


# --- awkward results -----------------------------------------------------------------------------------------------


def without_names(made: Bundle, *, which: int) -> Bundle:
    """The same with one date all cloud."""
    dated = made.dates[which]
    flags = np.where(dated.land_cover.grid.inside, np.uint8(2), np.uint8(0))
    bare = replace(
        dated.land_cover,
        class_ids=np.full_like(dated.land_cover.class_ids, 255),
        flags=flags.astype(np.uint8),
        probabilities=np.full_like(dated.land_cover.probabilities, np.nan),
        clear_share=np.zeros_like(dated.land_cover.clear_share),
    )
    dates = list(made.dates)
    dates[which] = replace(dated, land_cover=bare, tiles=bare)
    return replace(made, dates=tuple(dates))


@pytest.mark.parametrize("lang", ["en", "it"])
def test_a_map_without_a_single_name_still_tells_its_story(lang):
    told = build_story(without_names(bundle("map"), which=0), Words(lang))
    slide = told.slide("land")
    assert slide.table is None and slide.picture is not None
    assert "cloud" in slide.lines[0] or "nuvole" in slide.lines[0]


@pytest.mark.parametrize("lang", ["en", "it"])
def test_a_comparison_in_which_nothing_can_be_compared_says_so(lang):
    told = build_story(without_names(bundle("two"), which=0), Words(lang))
    assert told.slide("change").picture is None and len(told.slide("change").lines) == 2
    assert not [s for s in told.slides if s.key.startswith("place_")]


def test_a_comparison_without_a_change_has_no_places():
    made = bundle("two")
    same = replace(made.dates[1], land_cover=replace(made.dates[0].land_cover, acquisition=made.dates[1].acquisition))
    same = replace(same, tiles=same.land_cover, picture=made.dates[0].picture)
    told = build_story(replace(made, dates=(made.dates[0], same)), Words("en"))
    slide = told.slide("change")
    assert slide.title == WORDS.translate("change.title.none") and slide.table is None and slide.picture is not None
    assert not [s for s in told.slides if s.key.startswith("place_")]


def mostly_unnamed(made: Bundle) -> Bundle:
    """The same with a single named square on both dates."""
    dates = []
    for dated in made.dates:
        cover = dated.land_cover
        keep = np.zeros(cover.grid.shape, bool)
        keep[tuple(np.argwhere(made.dates[0].land_cover.classified & made.dates[1].land_cover.classified)[0])] = True
        bare = replace(
            cover,
            class_ids=np.where(keep, cover.class_ids, 255).astype(np.uint8),
            flags=np.where(keep | ~cover.grid.inside, cover.flags, np.uint8(TileFlag.OOD)).astype(np.uint8),
        )
        dates.append(replace(dated, land_cover=bare, tiles=bare))
    return replace(made, dates=tuple(dates))


@pytest.mark.parametrize("lang", ["en", "it"])
def test_where_hardly_anything_could_be_compared_that_is_said_first(lang):
    made, words = mostly_unnamed(bundle("two")), Words(lang)
    told = build_story(made, words)
    grid = made.after.land_cover.grid
    change = report_of(made).change
    share = words.share(float(change.tile_ha[change.compared].sum() / change.tile_ha[grid.inside].sum()), 1)
    first = words.translate("change.few", 1, total=int(grid.inside.sum()), share=share)
    assert told.slide("change").lines[0] == first and first in told.summary
    assert told.slide("land").title == words.translate("land.title.few")
    assert told.slide("land").cautions == cautions([made.after.land_cover], words)
    assert len(told.slide("land").cautions) == 1  # less than half was named
    # The usual case says nothing of the kind.
    usual = build_story(bundle("two"), words)
    assert words.translate("change.title.few") not in [s.title for s in usual.slides]


def test_a_damaged_evaluation_is_one_sentence():
    with pytest.raises(FileFormatError, match="damaged"):
        build_story(bundle("map"), Words("en"), evaluation={"model": {}, "n": "x"})


def test_it_can_be_stopped_and_tells_how_far_it_is():
    seen: list[float] = []
    build_story(bundle("map"), Words("it"), on_progress=lambda f, m: seen.append(f), edits=Edits(chosen=("limits",)))
    assert seen == sorted(seen) and seen[0] == 0 and seen[-1] == 1
    with pytest.raises(CancelledError):
        build_story(bundle("map"), Words("en"), cancelled=lambda: True)


def test_equal_results_give_equal_stories():
    made = bundle("compare")
    assert build_story(made, Words("en"), evaluation=evaluation(made)) == story("compare", "en")


def test_a_table_with_rows_of_another_length_is_refused():
    with pytest.raises(ValueError, match="as long as the header"):
        Table("x", ("a", "b"), (("1",),))
