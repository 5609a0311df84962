"""Parts of the Model page that are a figure, its sentence and its table: classes, how sure, other imagery."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import Any

import streamlit as st
from markupsafe import Markup

from lulc_core.analysis.accuracy.evaluation import confused_pairs, in_a_hundred, mean_accuracy, mean_confidence
from lulc_core.domain.classes import CLASS_NAMES, LandCoverClass, class_by_name
from lulc_core.domain.evaluation import ClassAccuracy, Evaluation, Interval, OtherNetwork, ShiftResult
from lulc_core.render.html_table import Cell, bar_cell, bar_head, html_table
from lulc_core.ui import words
from lulc_core.ui.errors import plain
from lulc_core.ui.model.evaluation import Stored
from lulc_core.ui.model.patches import credit, examples, gallery, source_box
from lulc_core.ui.model.state import ModelPage
from lulc_core.ui.tables import facts
from lulc_core.ui.widgets import bound

_INK = {"light": "#0E1512", "dark": "#E8ECE6"}
"""The text colours of the two themes; Streamlit itself writes axes in a grey that is too faint for small letters."""


def show_chart(figure: Any, key: str) -> None:
    """Show a figure with axes in the text colour of the theme."""
    ink = _INK.get(str(st.context.theme.type or "light"), _INK["light"])
    figure.update_xaxes(tickfont={"color": ink}, title_font={"color": ink})
    figure.update_yaxes(tickfont={"color": ink}, title_font={"color": ink})
    figure.update_traces(outsidetextfont={"color": ink}, selector={"type": "bar"})
    st.plotly_chart(figure, key=key, config={"displayModeBar": False, "scrollZoom": False})


def classes(here: ModelPage, model: Stored, evaluation: Evaluation) -> None:
    """Show user's and producer's accuracy, what a class is mistaken for, examples."""
    from lulc_core.render.charts.model import class_chart

    st.markdown(words.translate("model.classes"))
    left, right = st.columns([3, 2], gap="medium")
    with left:
        show_chart(class_chart(evaluation.classes, words.page_words()), "model-class-chart")
        with st.expander(words.translate("model.same")):
            st.html(_class_table(evaluation.classes))
    with right:
        cls = _one_class(here, evaluation)
    _examples(here, model, evaluation, cls)


def _one_class(here: ModelPage, evaluation: Evaluation) -> LandCoverClass:
    pairs = confused_pairs(evaluation)
    usual = pairs[0].reference.name if pairs else CLASS_NAMES[0]
    name = st.selectbox(
        words.translate("model.class"),
        CLASS_NAMES,
        **bound("model-class", here.link.cls or usual, lambda cls: here.go(cls=cls)),
        format_func=lambda n: _named(class_by_name(n)),
    )
    cls = class_by_name(name)
    row = evaluation.classes[cls.id]
    found = words.translate(
        "model.class.of", share=words.share(row.producers, 1), interval=_between(row.producers_95), n=row.n
    )
    right = words.translate(
        "model.class.of", share=words.share(row.users, 1), interval=_between(row.users_95), n=row.n_predicted
    )
    st.html(facts([(words.translate("model.class.found"), found), (words.translate("model.class.right"), right)]))
    lost = [p for p in pairs if p.reference is cls]
    taken = [p for p in pairs if p.predicted is cls]
    said = ", ".join(f"{words.patch_class(p.predicted.id)} ({p.n})" for p in lost)
    st.markdown(words.translate("model.class.lost", list=said or words.translate("model.class.lost.none")))
    said = ", ".join(f"{words.patch_class(p.reference.id)} ({p.n})" for p in taken)
    st.markdown(words.translate("model.class.taken", list=said or words.translate("model.class.taken.none")))
    if lost:
        st.button(
            words.translate("model.class.see", n=lost[0].n, said=words.patch_class(lost[0].predicted.id)),
            key="model-to-cell",
            on_click=lambda: here.go(part="mistakes", cell=(cls.name, lost[0].predicted.name)),
            icon=":material/grid_on:",
        )
    return cls


def _examples(here: ModelPage, model: Stored, evaluation: Evaluation, cls: LandCoverClass) -> None:
    st.subheader(words.translate("model.class.patches", name=words.patch_class(cls.id)), anchor=False)
    source_box(here, model)
    wrong = here.wrong(model)
    if here.copy is None or here.job:
        return
    mine = [p for p in wrong or () if p.reference == cls.id]
    if mine:
        st.markdown(words.translate("model.class.not_found", lost=len(mine), n=evaluation.classes[cls.id].n))
        gallery(here, mine, key="model-more-wrong")
    mistaken = {p.stem for p in mine}
    stems = [s for s in here.copy.stems(evaluation.split, cls.id) if s not in mistaken]
    st.markdown(words.translate("model.class.found_ones" if wrong is not None else "model.class.unknown"))
    examples(here, here.copy, stems, key="model-more-right")
    credit()


def sure(model: Stored, evaluation: Evaluation) -> None:
    """Show the reliability: does 90 % sure mean 90 % right?"""
    from lulc_core.render.charts.model import reliability_chart

    whole = mean_confidence(evaluation)
    if whole is None:
        st.info(words.translate("model.sure.none"), icon=":material/info:")
        return
    confidence, accuracy, n = whole
    gap = 100 * (confidence - accuracy)
    how = words.translate("model.sure.even" if abs(gap) < 1 else "model.sure.over" if gap > 0 else "model.sure.under")
    half = evaluation.ece_n is not None and evaluation.ece_n < evaluation.n
    counted = words.translate(
        "model.sure",
        confidence=words.share(confidence, 1),
        accuracy=words.share(accuracy, 1),
        how=how,
        n=n,
        unseen=" " + words.translate("model.sure.unseen") if half else "",
    )
    ece = "" if evaluation.ece is None else words.translate("model.sure.ece", ece=words.share(evaluation.ece, 2))
    st.markdown(" ".join(filter(None, (counted, ece, _fitted(model, evaluation)))))
    left, right = st.columns([3, 2], gap="medium")
    with left:
        show_chart(reliability_chart(evaluation.reliability, words.page_words()), "model-reliability-chart")
    with right:
        st.markdown(words.translate("model.sure.chart"))
        rows = [
            (
                _range(b.low, b.high),
                words.number(b.n),
                words.share(b.confidence, 1),
                words.share(b.accuracy, 1),
                _range(*b.accuracy_95),
            )
            for b in evaluation.reliability
            if b.n
        ]
        header = [words.translate(f"model.sure.table.{c}") for c in ("says", "patches", "mean", "right", "interval")]
        st.html(html_table(words.translate("model.sure.table"), header, rows))


def _fitted(model: Stored, evaluation: Evaluation) -> str:
    settings = model.card.settings if model.card is not None else {}
    method, n = (evaluation.calibration.get(k) for k in ("method", "n_fitted"))
    if not isinstance(method, str):
        return ""
    if "certainty_of_sha256" in settings:
        return words.translate("model.sure.fitted.west")
    if n:
        return words.translate("model.sure.fitted.on", method=plain(words.spoken(method)), n=int(n))
    return words.translate("model.sure.fitted", method=plain(words.spoken(method)))


def shifts(evaluation: Evaluation) -> None:
    """Show where it bends: the same patches in other light, and ground that is none of the ten classes."""
    from lulc_core.render.charts.model import shift_chart

    if not evaluation.shifts:
        st.info(words.translate("model.shifts.none"), icon=":material/info:")
    else:
        st.markdown(_bends(evaluation))
        left, right = st.columns([3, 2], gap="medium")
        with left:
            figure = shift_chart(evaluation.shifts, evaluation.accuracy, evaluation.against, words.page_words())
            show_chart(figure, "model-shift-chart")
            if evaluation.against is not None:
                st.caption(_against(evaluation, evaluation.against))
        with right:
            st.html(_shift_table(evaluation.shifts))
    if evaluation.ood:
        _ood_case(evaluation)


def _bends(evaluation: Evaluation) -> str:
    worst, groups = min(evaluation.shifts, key=lambda s: s.accuracy), []
    for seen, key in ((True, "model.shifts.seen"), (False, "model.shifts.unseen")):
        group = [s for s in evaluation.shifts if s.used_in_training is seen]
        if group:
            groups.append(words.translate(key, n=len(group), share=words.share(mean_accuracy(group), 1)))
    text = words.translate(
        "model.shifts",
        n=evaluation.n,
        name=words.spoken(worst.name),
        cause=f" ({words.spoken(worst.cause)})" if worst.cause else "",
        right=in_a_hundred(worst.accuracy, words.page_words()),
        mean=words.share(mean_accuracy(evaluation.shifts), 1),
        groups=", ".join(groups),
    )
    known = [s.ece for s in evaluation.shifts if s.ece is not None]
    if not known:
        return text
    return " ".join((text, words.translate("model.shifts.ece", ece=words.share(fmean(known), 1))))


def _against(evaluation: Evaluation, other: OtherNetwork) -> str:
    mean = words.share(fmean(other.shifts.values()), 1) if other.shifts else ""
    return words.translate(
        "model.against",
        name=other.name,
        accuracy=words.share(other.accuracy, 1),
        shifted=words.translate("model.against.shifted", share=mean) if mean else "",
        ours=words.share(evaluation.accuracy, 1),
        ours_shifted=words.share(mean_accuracy(evaluation.shifts), 1),
        command=other.command,
    )


def _ood_case(evaluation: Evaluation) -> None:
    st.subheader(words.translate("model.ood"), anchor=False)
    kept = ""
    if evaluation.ood_share is not None:
        share = words.share(evaluation.ood_share, 1)
        kept = " " + words.translate("model.ood.kept", split=words.spoken(evaluation.split), share=share)
    st.markdown(words.translate("model.ood.text", kept=kept))
    rows = []
    for case in sorted(evaluation.ood, key=lambda u: (u.should_flag is not True, -u.share)):
        wish = "" if case.should_flag is None else "model.ood.flagged" if case.should_flag else "model.ood.passed"
        flagged = words.share(case.share)
        said = Cell(words.translate(wish) if wish else "", css="lulc-left")
        rows.append((words.spoken(case.words), words.number(case.n), flagged, said, bar_cell(case.share, "#3C82C4")))
    *heads, last = (words.translate(f"model.ood.table.{c}") for c in ("ground", "tiles", "share", "should"))
    header: list[str | Cell] = [*heads, Cell(last, css="lulc-left"), bar_head()]
    st.html(html_table(words.translate("model.ood.caption"), header, rows, wrapper="lulc-wide"))


def _shift_table(rows: Sequence[ShiftResult]) -> str:
    body = [
        (
            Cell(Markup("{}<br><span class='lulc-soft'>{}</span>").format(*map(words.spoken, (s.name, s.cause)))),
            _pct(s.accuracy),
            _pct(s.ece),
            _pct(s.ood_share),
            words.translate("model.yes")
            if s.used_in_training
            else Cell(Markup("<b>{}</b>").format(words.translate("model.no"))),
        )
        for s in sorted(rows, key=lambda s: -s.accuracy)
    ]
    header = [words.translate(f"model.shifts.table.{c}") for c in ("kind", "right", "ece", "flagged", "seen")]
    caption = words.translate("model.shifts.table")
    return html_table(caption, header, body, css="lulc-table lulc-shifts", wrapper="lulc-wide")


def _class_table(rows: Sequence[ClassAccuracy]) -> str:
    body = [
        (
            _named(r.cls),
            words.number(r.n),
            _with_interval(r.producers, r.producers_95),
            words.number(r.n_predicted),
            _with_interval(r.users, r.users_95),
        )
        for r in rows
    ]
    header = [words.translate(f"model.classes.table.{c}") for c in ("class", "patches", "found", "named", "right")]
    return html_table(words.translate("model.classes.table"), header, body, wrapper="lulc-wide")


def _named(cls: LandCoverClass) -> str:
    return f"{words.patch_class(cls.id)} ({words.class_letter(cls.id)})"


def _range(low: float, high: float) -> str:
    return words.translate("model.range", low=words.number(100 * low), high=words.number(100 * high))


def _with_interval(value: float | None, interval: Interval) -> Cell:
    return Cell(Markup("{} <span class='lulc-soft'>{}</span>").format(words.share(value, 1), _between(interval)))


def _between(interval: Interval) -> str:
    low, high = (words.number(100 * end, 1) for end in interval)
    return words.translate("model.between", low=low, high=high)


def _pct(value: float | None) -> str:
    return "" if value is None else words.number(100 * value, 1)
