"""The ten classes by band: mean and spread, and where two of them part."""

from __future__ import annotations

import streamlit as st

from lulc_core.analysis.spectra.reference import ClassSpectrum, class_spectra
from lulc_core.analysis.spectra.separability import BandSeparability, rank_bands, spectral_angle_deg
from lulc_core.domain.bands import BANDS, RGB, band
from lulc_core.render.charts.spectra import SYMBOLS, Curve, spectra_chart
from lulc_core.render.html_table import Row, bar_cell, bar_head, html_table
from lulc_core.ui import resources
from lulc_core.ui.model.evaluation import stored
from lulc_core.ui.spectra.choice import choose, link_page
from lulc_core.ui.spectra.curves import CHART, class_curve
from lulc_core.ui.spectra.tables import with_note
from lulc_core.ui.words import capital, number, page_words, spoken, translate

FIRST = ("River", "Highway")
TWO, ALL = "two", "all"


def show() -> None:
    """Show two classes against each other, or all ten at a glance."""
    spectra = {c.cls.name: c for c in class_spectra()}
    labels = {name: capital(_name(c)) for name, c in spectra.items()}
    views = {view: translate(f"spectra.classes.{view}") for view in (TWO, ALL)}
    with st.container(key="classes-choice", horizontal=True, gap="small", vertical_alignment="bottom"):
        view = choose(translate("spectra.show"), views, key="classes-view", widget=st.segmented_control, required=True)
        if view == TWO:
            first = choose(translate("spectra.class"), labels, key="classes-a", default=FIRST[0], width=190)
            second = choose(translate("spectra.other_class"), labels, key="classes-b", default=FIRST[1], width=190)
    if view == ALL:
        _show_chart([class_curve(c, ribbon=False, symbol=_symbol(c)) for c in spectra.values()], 480)
        st.caption(translate("spectra.classes.means"))
        _source()
        return
    a, b = spectra[first], spectra[second]
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _show_chart([class_curve(c, symbol=_symbol(c)) for c in ([a] if a is b else [a, b])], 400)
        st.caption(translate("spectra.classes.ribbon"))
        _source()
    with right:
        if a is b:
            st.info(translate("spectra.classes.same"), icon=":material/compare_arrows:")
        else:
            _show_separability(a, b)


def _show_chart(curves: list[Curve], height: int) -> None:
    st.plotly_chart(
        spectra_chart(curves, "S2A", "L1C", height=height, words=page_words()), key="classes-chart", config=CHART
    )


def _symbol(c: ClassSpectrum) -> str:
    return SYMBOLS[c.cls.id % len(SYMBOLS)]


def _show_separability(a: ClassSpectrum, b: ClassSpectrum) -> None:
    ranked = rank_bands(a, b)
    best = ranked[0]
    visible = max((s for s in ranked if s.band in RGB), key=lambda s: s.jm)
    brighter = b if best.difference > 0 else a
    apart = translate(f"spectra.apart.{best.step}")
    most = translate(
        "spectra.classes.most",
        band=best.band,
        title=spoken(band(best.band).title),
        brighter=_noun(brighter),
        apart=apart,
    )
    if visible.band == best.band:
        seen = translate("spectra.classes.seen")
    else:
        seen = translate(
            "spectra.classes.of_three", band=visible.band, apart=translate(f"spectra.apart.{visible.step}")
        )
    st.markdown(f"{most} {seen}")
    _show_confusion(a, b, visible)
    st.html(_table(ranked))
    angle = spectral_angle_deg(*(c.mean[[i for i, x in enumerate(BANDS) if not x.atmospheric]] for c in (a, b)))
    st.caption(translate("spectra.classes.how", a=_noun(a), b=_noun(b), angle=number(angle, 1)))


def _show_confusion(a: ClassSpectrum, b: ClassSpectrum, visible: BandSeparability) -> None:
    """Say how often the network in use takes one class for the other, with links to the misclassification matrix.

    ``visible`` is the band that separates them best, of those that the network sees.
    """
    evaluation = stored(resources.settings().model).evaluation
    if evaluation is None:
        st.caption(translate("spectra.classes.no_evaluation"))
        return
    matrix = evaluation.matrix
    a_as_b, b_as_a = matrix[a.cls.id, b.cls.id], matrix[b.cls.id, a.cls.id]
    n_a, n_b = matrix[a.cls.id].sum(), matrix[b.cls.id].sum()
    counts = {"a_as_b": int(a_as_b), "n_a": int(n_a), "b_as_a": int(b_as_a), "n_b": int(n_b), "n": evaluation.n}
    took = translate("spectra.classes.took", a=_noun(a), b=_noun(b), split=spoken(evaluation.split), **counts)
    st.markdown(f"{took} {_explain_confusion(a_as_b + b_as_a, n_a + n_b, visible)}")
    with st.container(key="classes-cells", horizontal=True, gap="small"):
        for reference, predicted, n in ((a, b, a_as_b), (b, a, b_as_a)):
            link_page(
                "pages/model.py",
                label=translate("spectra.classes.cell", truth=_name(reference), said=_name(predicted), n=int(n)),
                icon=":material/grid_on:",
                help=translate("spectra.classes.cell.help"),
                query_params={"cell": f"{reference.cls.name},{predicted.cls.name}"},
            )


def _explain_confusion(mistakes: float, n: float, visible: BandSeparability) -> str:
    often = mistakes >= 0.005 * n
    colours = "differ" if visible.step == "well" else "overlap"
    return translate(f"spectra.classes.{colours}.{'often' if often else 'seldom'}")


def _table(ranked: tuple[BandSeparability, ...]) -> str:
    rows: list[Row] = []
    for s in ranked:
        bar = bar_cell(s.jm / 2, "var(--lulc-accent, #2A8562)")
        sign = "+" if s.difference >= 0 else ""
        title = with_note(s.band, spoken(band(s.band).title))
        rows.append([title, number(s.jm, 2), bar, sign + number(s.difference, 3)])
    header = (translate("spectra.band"), translate("spectra.distance"), bar_head(), translate("spectra.difference"))
    return html_table(translate("spectra.classes.table"), header, rows)


def _source() -> None:
    st.caption(translate("spectra.classes.source"))


def _name(c: ClassSpectrum) -> str:
    return page_words().class_name(c.cls.id)


def _noun(c: ClassSpectrum) -> str:
    return page_words().class_noun(c.cls.id)
