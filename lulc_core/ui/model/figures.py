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
        show_chart(class_chart(evaluation.classes), "model-class-chart")
        with st.expander("The same as numbers"):
            st.html(_class_table(evaluation.classes))
    with right:
        cls = _one_class(here, evaluation)
    _examples(here, model, evaluation, cls)


def _one_class(here: ModelPage, evaluation: Evaluation) -> LandCoverClass:
    pairs = confused_pairs(evaluation)
    usual = pairs[0].reference.name if pairs else CLASS_NAMES[0]
    name = st.selectbox(
        "Class",
        CLASS_NAMES,
        **bound("model-class", here.link.cls or usual, lambda cls: here.go(cls=cls)),
        format_func=lambda n: f"{class_by_name(n).label} ({class_by_name(n).letter})",
    )
    cls = class_by_name(name)
    row = evaluation.classes[cls.id]
    found = f"{words.share(row.producers, 1)} {_between(row.producers_95)} of {row.n:,}"
    right = f"{words.share(row.users, 1)} {_between(row.users_95)} of {row.n_predicted:,}"
    st.html(facts([("Found", found), ("Right when named", right)]))
    lost = [p for p in pairs if p.reference is cls]
    taken = [p for p in pairs if p.predicted is cls]
    said = ", ".join(f"{p.predicted.label} ({p.n})" for p in lost) or "nothing: all were found"
    st.markdown(f"**Mistaken for** {said}.")
    said = ", ".join(f"{p.reference.label} ({p.n})" for p in taken) or "nothing: all that were named so are"
    st.markdown(f"**Its name was given to** {said}.")
    if lost:
        st.button(
            f"See the {lost[0].n} taken for {lost[0].predicted.label}",
            key="model-to-cell",
            on_click=lambda: here.go(part="mistakes", cell=(cls.name, lost[0].predicted.name)),
            icon=":material/grid_on:",
        )
    return cls


def _examples(here: ModelPage, model: Stored, evaluation: Evaluation, cls: LandCoverClass) -> None:
    st.subheader(f"Patches of {cls.label}", anchor=False)
    source_box(here, model)
    wrong = here.wrong(model)
    if here.copy is None or here.job:
        return
    mine = [p for p in wrong or () if p.reference == cls.id]
    if mine:
        st.markdown(f"**Not found**: {len(mine)} of {evaluation.classes[cls.id].n:,}, surest mistakes first")
        gallery(here, mine, key="model-more-wrong")
    mistaken = {p.stem for p in mine}
    stems = [s for s in here.copy.stems(evaluation.split, cls.id) if s not in mistaken]
    st.markdown("**Found**" if wrong is not None else "**Whether found or not is not known**")
    examples(here, here.copy, stems, key="model-more-right")
    credit()


def sure(evaluation: Evaluation) -> None:
    """Show the reliability: does 90 % sure mean 90 % right?"""
    from lulc_core.render.charts.model import reliability_chart

    whole = mean_confidence(evaluation)
    if whole is None:
        st.info("The stored evaluation holds no reliability bins.", icon=":material/info:")
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
        unseen=" that its probabilities were not fitted on" if half else "",
    )
    ece = "" if evaluation.ece is None else f" The expected calibration error is **{words.share(evaluation.ece, 2)}**."
    st.markdown(f"{counted}{ece}{_fitted(evaluation)}")
    left, right = st.columns([3, 2], gap="medium")
    with left:
        show_chart(reliability_chart(evaluation.reliability), "model-reliability-chart")
    with right:
        st.markdown(words.translate("model.sure.chart"))
        rows = [
            (
                f"{100 * b.low:.0f} to {100 * b.high:.0f} %",
                f"{b.n:,}",
                words.share(b.confidence, 1),
                words.share(b.accuracy, 1),
                f"{100 * b.accuracy_95[0]:.0f} to {100 * b.accuracy_95[1]:.0f} %",
            )
            for b in evaluation.reliability
            if b.n
        ]
        header = ("It says", "Patches", "on average", "right", "95 % interval")
        st.html(html_table("Reliability by range of confidence", header, rows))


def _fitted(evaluation: Evaluation) -> str:
    method, n = (evaluation.calibration.get(k) for k in ("method", "n_fitted"))
    if not isinstance(method, str):
        return ""
    return f" Its probabilities were fitted by {plain(method)}" + (f" on {n:,} other patches." if n else ".")


def shifts(evaluation: Evaluation) -> None:
    """Show where it bends: the same patches in other light, and ground that is none of the ten classes."""
    from lulc_core.render.charts.model import shift_chart

    if not evaluation.shifts:
        st.info("The stored evaluation was made without the shift suite (--shifts).", icon=":material/info:")
    else:
        st.markdown(_bends(evaluation))
        left, right = st.columns([3, 2], gap="medium")
        with left:
            figure = shift_chart(evaluation.shifts, evaluation.accuracy, evaluation.against)
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
        name=worst.name,
        cause=f" ({worst.cause})" if worst.cause else "",
        right=in_a_hundred(worst.accuracy),
        mean=words.share(mean_accuracy(evaluation.shifts), 1),
        groups=", ".join(groups),
    )
    known = [s.ece for s in evaluation.shifts if s.ece is not None]
    return f"{text} The mean calibration error is {words.share(fmean(known), 1)}." if known else text


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
    st.subheader("Ground that is none of the ten classes", anchor=False)
    kept = ""
    if evaluation.ood_share is not None:
        share = words.share(evaluation.ood_share, 1)
        kept = f" Of the {evaluation.split} patches, which should pass, {share} are flagged."
    st.markdown(f"A tile unlike all training data is flagged instead of named.{kept} Share of tiles flagged elsewhere:")
    rows = []
    for case in sorted(evaluation.ood, key=lambda u: (u.should_flag is not True, -u.share)):
        wish = "" if case.should_flag is None else "flagged" if case.should_flag else "passed"
        flagged = words.share(case.share)
        rows.append((case.words, f"{case.n:,}", flagged, Cell(wish, css="lulc-left"), bar_cell(case.share, "#3C82C4")))
    caption = "Share of tiles flagged as unlike the training data"
    header = ("Ground", "Tiles", "Flagged", Cell("Should be", css="lulc-left"), bar_head())
    st.html(html_table(caption, header, rows, wrapper="lulc-wide"))


def _shift_table(rows: Sequence[ShiftResult]) -> str:
    body = [
        (
            Cell(Markup("{}<br><span class='lulc-soft'>{}</span>").format(s.name, s.cause)),
            f"{100 * s.accuracy:.1f}",
            _pct(s.ece),
            _pct(s.ood_share),
            "yes" if s.used_in_training else Cell(Markup("<b>no</b>")),
        )
        for s in sorted(rows, key=lambda s: -s.accuracy)
    ]
    header = ("Kind and cause", "Right %", "Calibr. error %", "Flagged %", "Seen")
    return html_table("The shift suite", header, body, css="lulc-table lulc-shifts", wrapper="lulc-wide")


def _class_table(rows: Sequence[ClassAccuracy]) -> str:
    body = [
        (
            f"{r.cls.label} ({r.cls.letter})",
            f"{r.n:,}",
            _with_interval(r.producers, r.producers_95),
            f"{r.n_predicted:,}",
            _with_interval(r.users, r.users_95),
        )
        for r in rows
    ]
    header = ("Class", "Patches", "Found", "Named so", "Right when named")
    return html_table("Accuracy of every class, 95 % intervals", header, body, wrapper="lulc-wide")


def _with_interval(value: float | None, interval: Interval) -> Cell:
    return Cell(Markup("{} <span class='lulc-soft'>{}</span>").format(words.share(value, 1), _between(interval)))


def _between(interval: Interval) -> str:
    return f"({100 * interval[0]:.1f} to {100 * interval[1]:.1f})"


def _pct(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f}"
