"""The check of a map by its user: squares drawn at random, named without seeing the network's answer."""

from __future__ import annotations

from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

import streamlit as st

from lulc_core.domain.classes import CLASSES
from lulc_core.domain.errors import LulcError
from lulc_core.language.spaces import bound as bound_text
from lulc_core.render.html_table import html_table
from lulc_core.ui import media
from lulc_core.ui.errors import plain, show_error
from lulc_core.ui.report.check_state import SIZES, Check
from lulc_core.ui.widgets import bound

if TYPE_CHECKING:
    from lulc_core.language.words import Words
    from lulc_core.ui.report.state import Choice, ReportState

PICTURE_PX = 520
AROUND_MARGIN = 96
"""10 m pixels around the tile: a tile and a half on every side."""


def show_check(here: ReportState, choice: Choice) -> None:
    """The whole check: start or go on, the square, the answers, what they say."""
    from lulc_core.analysis.accuracy.sample import MIN_LABELS

    words, check = here.words, here.checks.setdefault(choice.id, Check())
    dated = choice.latest
    with st.container(key="check", gap="small"):
        if check.sample is None:
            st.markdown(plain(words.translate("check.intro", least=MIN_LABELS)))
        if check.error is not None:
            show_error(check.error)
        classified = int(dated.land_cover.classified.sum())
        if classified < MIN_LABELS:
            st.info(plain(words.translate("check.small", n=classified, least=MIN_LABELS)))
        elif check.sample is None:
            _start(check, dated, words)
        else:
            _square(check, dated, words)
            _result(check, dated, words)


def _start(check: Check, dated: Any, words: Words) -> None:
    st.select_slider(
        words.translate("check.size"),
        SIZES,
        **bound("check-size", check.size, partial(setattr, check, "size")),
    )
    st.button(
        words.translate("check.start"), key="check-start", type="primary", on_click=check.draw, args=(dated.land_cover,)
    )
    file = st.file_uploader(words.translate("check.resume"), type=["json"], key="check-file", max_upload_size=1)
    if file is not None and check.loaded != file.file_id:
        check.loaded = file.file_id
        check.load(file.getvalue(), dated.land_cover, dated.tiles)
        st.rerun()


def _square(check: Check, dated: Any, words: Words) -> None:
    from lulc_core.analysis.accuracy.labels import labels_to_json

    sample = check.sample
    if sample is None:
        return
    n, done = len(sample.tiles), len(check.labels)
    st.progress(done / n, text=words.translate("check.progress", done=done, all=n))
    if check.at < n:
        tile, grid = sample.tiles[check.at], dated.land_cover.grid
        check.show(tile.tile_id)
        with st.container(key="check-square"):
            patch, around, ask = st.columns([5, 5, 4], gap="medium")
            side = words.metres(grid.cell_m)
            cell = grid.cell_in_tile(tile.row, tile.col)
            key = "check.patch" if cell is None else "check.patch_cell"
            day = words.date(dated.land_cover.acquisition.datetime.date())
            with patch:
                _picture(check, dated, tile, 0, words.translate(key, side=side))
            with around:
                _picture(check, dated, tile, AROUND_MARGIN, words.translate("check.alt", side=side, date=day))
            with ask:
                _ask(check, tile.tile_id, words)
    else:
        st.success(plain(words.translate("check.finished")))
    with st.container(horizontal=True, gap="small"):
        st.button(words.translate("check.back"), key="check-back", on_click=check.back, disabled=check.at == 0)
        st.download_button(
            words.translate("check.save"), labels_to_json(sample, check.labels), file_name="labels.json",
            mime="application/json", key="check-save", on_click="ignore", disabled=not done,
        )  # fmt: skip
        st.button(words.translate("check.again"), key="check-again", on_click=_forget, args=(check,))
    st.caption(plain(words.translate("check.seed", seed=sample.seed)))


def _picture(check: Check, dated: Any, tile: Any, margin_px: int, said: str) -> None:
    """A square, alone or in its surroundings, with what it shows for those who do not see it."""
    from lulc_core.render.brightness import scene_stretch
    from lulc_core.render.overlays.map_layers import tile_picture

    if check.stretch is None:
        check.stretch = scene_stretch(dated.scene)
    grid = dated.land_cover.grid
    data = tile_picture(
        dated.scene, *grid.tile_of(tile.row, tile.col), size_px=PICTURE_PX, margin_px=margin_px,
        cell=grid.cell_in_tile(tile.row, tile.col), stretch=check.stretch,
    )  # fmt: skip
    # The app's own folder is one step above the page's name.
    address = "." + media.publish(data, "image/png", f"check-{margin_px}")
    text = escape(bound_text(said))
    st.html(f"<figure class='check-picture'><img src='{address}' alt='{text}'><figcaption>{text}</figcaption></figure>")


def _ask(check: Check, tile_id: str, words: Words) -> None:
    """The question, a button for each answer, each with its key."""
    from lulc_core.analysis.accuracy.sample import CANNOT_TELL, OTHER

    st.markdown(f"**{plain(words.translate('check.question'))}**")
    names = [(c.id, words.capital(words.class_name(c.id)), str((c.id + 1) % 10)) for c in CLASSES]
    names += [(OTHER, words.translate("check.other"), "o"), (CANNOT_TELL, words.translate("check.cannot"), "x")]
    with st.container(key="check-labels", gap="small"):
        for label, name, key in names:
            # The square is in the key: a click is an answer to the square that its button stood beside.
            st.button(
                name, key=f"check-label-{label}-{tile_id}", shortcut=key, width="stretch",
                on_click=check.answer, args=(label, tile_id),
            )  # fmt: skip
    if check.too_early:
        st.caption(plain(words.translate("check.too_early")))


def _forget(check: Check) -> None:
    check.sample, check.labels, check.at, check.error = None, {}, 0, None
    check.seed += 1


def _result(check: Check, dated: Any, words: Words) -> None:
    from lulc_core.analysis.accuracy.olofsson import estimate
    from lulc_core.analysis.accuracy.sample import MIN_LABELS

    if check.sample is None or len(check.labels) < MIN_LABELS:
        st.caption(plain(words.translate("check.more", least=MIN_LABELS)))
        return
    try:
        found = estimate(check.sample, check.labels)
    except LulcError as error:  # too many squares that could not be told
        show_error(error)
        return
    from lulc_core.report.story.check import check_table, overall_sentence

    shown = dated.land_cover
    st.markdown(f"**{plain(overall_sentence(found, words))}**")
    made = check_table(found, words, words.translate("check.caption"), total_ha=shown.total_ha)
    st.html(html_table(made.caption, made.header, made.rows, wrapper="check-table"))
    st.caption(plain(words.translate("check.method", side=words.metres(shown.grid.cell_m))))
    st.caption(plain(words.translate("check.in_documents")))
