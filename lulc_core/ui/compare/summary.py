"""The summary of a comparison: the answer in a line, what gained and lost, and on request how sure that is."""

from __future__ import annotations

from html import escape

import streamlit as st

from lulc_core.analysis.change.index_change import NOTABLE
from lulc_core.analysis.change.pairs import confirmation_reason, grave_warnings
from lulc_core.analysis.change.plausible import too_fast_transitions
from lulc_core.analysis.change.report import report_notes
from lulc_core.analysis.change.sentences import (
    doubt_sentences,
    flow_sentences,
    headline_sentences,
)
from lulc_core.domain.change import ChangeMap
from lulc_core.language.coverage import cautions, named_sentence
from lulc_core.ui import words
from lulc_core.ui.compare import tables as compare_tables
from lulc_core.ui.compare.link import Filter
from lulc_core.ui.compare.pair.imagery import FURTHER
from lulc_core.ui.compare.say import headline
from lulc_core.ui.compare.state import CompareState
from lulc_core.ui.compare.work import Compared
from lulc_core.ui.errors import plain, show_error
from lulc_core.ui.panels import files

LITTLE_SEEN = 0.05
"""Where both dates are clear on less of the area, its indices are not spoken of."""


def show_summary(state: CompareState, shown: Compared) -> None:
    """Show the answer, the first place, gains and losses, and behind a fold all that limits them."""
    report, reader = shown.result.report, words.page_words()
    change, counted = report.change, shown.places(Filter())
    _card(change, headline(change, report.transitions.changed_ha, counted))
    amber = [
        *grave_warnings(change.before.acquisition, change.after.acquisition, reader),
        *cautions([d.land_cover for d in shown.result.dates], reader),
    ]
    if amber:
        st.warning(" ".join(map(plain, amber)), icon=":material/warning:")
    if not change.compared.any():
        for sentence in headline_sentences(change, report.transitions, reader):
            st.markdown(plain(sentence))
        _what_is_seen(shown)
    elif counted:
        with st.container(key="cmp-sentences"):
            st.markdown(plain(" ".join(flow_sentences(report.transitions, report.balances, reader))))
        st.button(
            words.translate("compare.first_place"), key="cmp-first", on_click=state.step, args=(1,), width="stretch",
            icon=":material/zoom_in:", type="primary",
        )  # fmt: skip
        st.html(compare_tables.gains_table(report.balances))
    with st.expander(
        words.translate("compare.how_sure"), icon=":material/help:", expanded=not counted, key="cmp-how-sure"
    ):
        _how_sure(state, shown)


def _card(change: ChangeMap, answer: str) -> None:
    days = " → ".join(words.page_words().date(m.acquisition.datetime.date()) for m in (change.before, change.after))
    badge = f"<b class='lulc-simulated'>{escape(words.translate('compare.simulated'))}</b> " if change.simulated else ""
    compared, whole = float(change.tile_ha[change.compared].sum()), float(change.tile_ha[change.grid.inside].sum())
    ground = words.translate("compare.card.compared", area=words.area(compared), whole=words.area(whole))
    below = " · ".join(filter(None, (days, ground)))
    st.html(f"<div class='lulc-card'><strong>{escape(answer)}</strong><span>{badge}{escape(below)}</span></div>")


def _how_sure(state: CompareState, shown: Compared) -> None:
    """Show what the answer rests on, and the further date that would tell what lasts."""
    report, reader = shown.result.report, words.page_words()
    change = report.change
    if shown.without is not None:
        st.caption(plain(words.translate("compare.without_bands", why=shown.without)))
    _confirmation(state, shown)
    if change.compared.any():
        said = [*headline_sentences(change, report.transitions, reader), *doubt_sentences(change, reader)]
        with st.container(key="cmp-doubts"):
            st.markdown(plain(" ".join(said)))
    if too_fast := too_fast_transitions(change):
        st.html(compare_tables.least_time_table(too_fast, change.days_apart))
    maps = [d.land_cover for d in shown.result.dates]
    # Where nothing could be compared, why is said above for the dates without any name.
    for m in maps if change.compared.any() else [m for m in maps if m.classified.any()]:
        st.caption(plain(named_sentence(m, reader)))
    for note in report_notes(change, reader, grave=False):
        st.caption(plain(words.spoken(note)))


def _what_is_seen(shown: Compared) -> None:
    """Say what can be compared where no land cover can: both pictures, and two indices."""
    st.caption(words.translate("compare.seen.pictures"))
    if shown.index_changes and shown.index_changes[0].seen < LITTLE_SEEN:
        st.caption(words.translate("compare.seen.little"))
        return
    for c in shown.index_changes:
        shares = {name: words.share(getattr(c, name)) for name in ("seen", "fell", "rose")}
        least = words.number(NOTABLE[c.name], 2)
        st.caption(plain(words.translate("compare.seen.index", name=c.name, least=least, **shares)))
    if not shown.index_changes:
        st.caption(words.translate("compare.seen.no_bands"))


def _confirmation(state: CompareState, shown: Compared) -> None:
    if shown.dates[2:]:
        days = words.page_words().join([words.day(d.acquisition.datetime) for d in shown.dates[2:]])
        st.caption(words.translate("compare.further.checked", days=days))
        st.button(
            words.translate("compare.further.drop"), key="cmp-drop", on_click=state.drop_confirmations, width="stretch"
        )
    if state.confirmation.error is not None:
        show_error(state.confirmation.error)
    if state.confirmation.job:  # its progress stands under the panel, which may be out of sight
        st.button(words.translate("compare.further.looking"), key="cmp-asking", disabled=True, width="stretch")
    if state.running or state.confirmation.job:
        return
    if state.imagery.name_of(FURTHER) == "geotiff":
        st.caption(words.translate("compare.further.why_file"))
        label = words.translate("compare.further.file")
        files.show(state.imagery.own[FURTHER], state.take_file_confirmation, label=label)
        return
    if not state.confirmation.suggestions:
        st.button(
            words.translate("compare.further.look"),
            key="cmp-ask",
            on_click=state.suggest_confirmations,
            disabled=not state.is_shown,
            icon=":material/verified:",
            width="stretch",
            help=words.translate("compare.further.why"),
        )
        return
    st.caption(words.translate("compare.further.best"))
    for i, suggestion in enumerate(state.confirmation.suggestions):
        acquisition = suggestion.acquisition
        st.button(
            words.translate(
                "compare.further.fetch", day=words.day(acquisition.datetime), clear=words.clear(acquisition)
            ),
            key=f"cmp-fetch-{i}",
            on_click=state.add_confirmation,
            args=(acquisition,),
            type="primary" if i == 0 else "secondary",
            width="stretch",
        )
        if i == 0:
            before, after = (d.acquisition for d in shown.dates[:2])
            st.caption(plain(confirmation_reason(acquisition, before, after, words.page_words())))
