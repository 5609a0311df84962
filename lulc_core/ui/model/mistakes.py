"""What is mixed up with what: the matrix, the ranked pairs, and the very patches of the chosen cell."""

from __future__ import annotations

import streamlit as st

from lulc_core.analysis.accuracy.evaluation import Pair, cell, confused_pairs, level1
from lulc_core.domain.classes import CLASSES, CORINE_L1, class_by_name
from lulc_core.domain.evaluation import Evaluation
from lulc_core.render.html_table import Cell, Row, html_table
from lulc_core.ui import words
from lulc_core.ui.model.evaluation import Stored
from lulc_core.ui.model.link import NORMS, ROWS
from lulc_core.ui.model.matrix import matrix_table, pairs_table, pickable
from lulc_core.ui.model.patches import examples, gallery, source_box
from lulc_core.ui.model.state import ModelPage
from lulc_core.ui.widgets import bound


def show(here: ModelPage, model: Stored, evaluation: Evaluation) -> None:
    """Matrix and list on the left, the chosen cell on the right; on a phone the cell comes right after the matrix."""
    chosen = here.link.cell or _first(evaluation)
    with st.container(key="model-matrix-box"):
        _controls(here)
        pickable(
            matrix_table(evaluation, here.link.norm, here.link.rows, chosen),
            "model-matrix",
            lambda value: _pick(here, value),
            reveal=".st-key-model-cell",
        )
        st.caption(
            "Choose a cell to see its patches: click it, or press Tab until the matrix has the focus, go with the "
            "arrow keys and press Enter."
        )
    with st.container(key="model-cell"):
        _cell(here, model, evaluation, chosen)
    with st.container(key="model-lists"):
        st.subheader("Most confused pairs, beside the talk's", anchor=False)
        pickable(
            pairs_table(evaluation, chosen),
            "model-pairs",
            lambda value: _pick(here, value),
            reveal=".st-key-model-cell",
        )
        st.caption(
            "The talk's network is the ResNet-50 that this work grew out of (fastai, 20 epochs, another random "
            "validation part): compare how often per 1,000 patches, not patch by patch."
        )
        _groups(evaluation)


def _controls(here: ModelPage) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="model-norms"):
        st.segmented_control(
            "Numbers",
            list(NORMS),
            **bound("model-norm", here.link.norm, lambda norm: here.go(norm=norm or "rows")),
            format_func=NORMS.__getitem__,
            required=True,
            help="% of the truth: of all patches that are of a class (100 % along a true class). "
            "% of the map: of all patches that were named so.",
        )
        st.segmented_control(
            "Rows are",
            list(ROWS),
            **bound("model-rows", here.link.rows, lambda rows: here.go(rows=rows or "truth")),
            format_func=ROWS.__getitem__,
            required=True,
            help="Machine learning writes the truth in rows, map accuracy writes the map in rows.",
        )


def _pick(here: ModelPage, value: str) -> None:
    names = [c.name for c in CLASSES]
    truth, _, said = value.partition(",")
    if truth in names and said in names:
        here.go(cell=(truth, said))


def _first(evaluation: Evaluation) -> tuple[str, str]:
    pairs = confused_pairs(evaluation)
    return (pairs[0].reference.name, pairs[0].predicted.name) if pairs else (CLASSES[0].name, CLASSES[0].name)


def _cell(here: ModelPage, model: Stored, evaluation: Evaluation, chosen: tuple[str, str]) -> None:
    found = cell(evaluation, class_by_name(chosen[0]), class_by_name(chosen[1]))
    right = found.reference is found.predicted
    title = f"{_capital(found.reference.label)}, " + ("named so" if right else f"named {found.predicted.label}")
    st.subheader(title, anchor=False)
    st.markdown(_sentence(evaluation, found))
    source_box(here, model)
    if here.job or not found.n:
        return
    classified, wrong = here.classified(model), here.wrong(model)
    if right:
        _right_ones(here, model, evaluation, found)
        return
    pair = (found.reference.id, found.predicted.id)
    if wrong is not None:
        st.caption("Surest mistakes first, with the likeliest classes." + _when(classified, evaluation))
        gallery(here, [p for p in wrong if (p.reference, p.predicted) == pair], key="model-more")
        _credit(here)


def _right_ones(here: ModelPage, model: Stored, evaluation: Evaluation, found: Pair) -> None:
    classified, wrong = here.classified(model), here.wrong(model)
    if here.copy is None:
        return
    if classified is not None:
        patches = [p for p in classified if p.reference == p.predicted == found.reference.id]
        gallery(here, patches, key="model-more")
    else:
        mistaken = {p.stem for p in wrong or ()}
        stems = [s for s in here.copy.stems(evaluation.split, found.reference.id) if s not in mistaken]
        examples(here, stems, key="model-more")
    _credit(here)


def _credit(here: ModelPage) -> None:
    if here.copy is not None:
        st.caption("EuroSAT (Helber et al. 2019, MIT licence). Contains modified Copernicus Sentinel data.")


def _when(classified: object, evaluation: Evaluation) -> str:
    if evaluation.confused is not None or classified is None:
        return " As the stored evaluation lists them."
    return " Computed just now from your copy."


def _sentence(evaluation: Evaluation, found: Pair) -> str:
    a, b = found.reference, found.predicted
    row = int(evaluation.matrix[a.id].sum())
    column = int(evaluation.matrix[:, b.id].sum())
    if not found.n:
        return f"None of the {row:,} patches of {a.label} was named {b.label}."
    if a is b:
        return (
            f"**{found.n:,} of {row:,}** patches of {a.label} were found ({words.share(found.of_reference, 1)}), and "
            f"of {column:,} named so, {words.share(found.of_predicted, 1)} are."
        )
    back = int(evaluation.matrix[b.id, a.id])
    return (
        f"**{found.n:,} of {row:,}** patches of {a.label} ({words.share(found.of_reference, 1)}) were named {b.label}; "
        f"they are {words.share(found.of_predicted, 1)} of what was named so. The other way round it happened "
        f"{'once' if back == 1 else f'{back:,} times' if back else 'never'}."
    )


def _groups(evaluation: Evaluation) -> None:
    st.subheader("Rolled up to CORINE level 1", anchor=False)
    groups, matrix = level1(evaluation)
    wrong = int(evaluation.n - evaluation.matrix.trace())
    across = int(matrix.sum() - matrix.trace())
    if evaluation.corine_l1_accuracy is not None:
        st.markdown(
            f"**{words.share(evaluation.corine_l1_accuracy, 1)}** of the patches fall into the right one of four "
            f"groups: {wrong - across:,} of {wrong:,} mistakes stay within a group."
        )
    header = ("Truth in rows, map in columns", *(CORINE_L1[g] for g in groups))
    rows: list[Row] = [
        (_capital(CORINE_L1[g]), *(Cell(f"{n:,}", css="lulc-on" if i == j else "") for j, n in enumerate(matrix[i])))
        for i, g in enumerate(groups)
    ]
    st.html(
        html_table("Patches by CORINE level 1 group", header, rows, css="lulc-table lulc-groups", wrapper="lulc-wide")
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
