"""What is mixed up with what: the matrix, the ranked pairs, and the very patches of the chosen cell."""

from __future__ import annotations

import streamlit as st

from lulc_core.analysis.accuracy.evaluation import Pair, cell, confused_pairs, level1
from lulc_core.domain.classes import CLASS_NAMES, class_by_name
from lulc_core.domain.evaluation import Evaluation
from lulc_core.render.html_table import Cell, Row, html_table
from lulc_core.ui import words
from lulc_core.ui.model.evaluation import Stored
from lulc_core.ui.model.link import NORMS, ROWS
from lulc_core.ui.model.matrix import matrix_table, pairs_table, pickable
from lulc_core.ui.model.patches import credit, examples, gallery, source_box
from lulc_core.ui.model.state import ModelPage
from lulc_core.ui.widgets import segments


def show(here: ModelPage, model: Stored, evaluation: Evaluation) -> None:
    """Show matrix and list on the left, the chosen cell on the right; on a phone it comes right after the matrix."""
    chosen = here.link.cell or _first(evaluation)
    with st.container(key="model-matrix-box"):
        ask, of_rows = words.translate("model.numbers"), words.translate("model.rows_are")
        norms = {norm: words.translate(f"model.norm.{norm}") for norm in NORMS}
        rows = {row: words.translate(f"model.rows_are.{row}") for row in ROWS}
        why_norms, why_rows = words.translate("model.norms"), words.translate("model.rows")
        with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="model-norms"):
            segments(ask, norms, "model-norm", here.link.norm, lambda norm: here.go(norm=norm), help=why_norms)
            segments(of_rows, rows, "model-rows", here.link.rows, lambda rows: here.go(rows=rows), help=why_rows)
        pickable(
            matrix_table(evaluation, here.link.norm, here.link.rows, chosen),
            "model-matrix",
            lambda value: _pick(here, value),
            reveal=".st-key-model-cell",
        )
        st.caption(words.translate("model.matrix.how"))
    with st.container(key="model-cell"):
        _cell(here, model, evaluation, chosen)
    with st.container(key="model-lists"):
        st.subheader(words.translate("model.pairs"), anchor=False)
        pickable(
            pairs_table(evaluation, chosen),
            "model-pairs",
            lambda value: _pick(here, value),
            reveal=".st-key-model-cell",
        )
        st.caption(words.translate("model.talk"))
        _groups(evaluation)


def _pick(here: ModelPage, value: str) -> None:
    truth, _, said = value.partition(",")
    if truth in CLASS_NAMES and said in CLASS_NAMES:
        here.go(cell=(truth, said))


def _first(evaluation: Evaluation) -> tuple[str, str]:
    pairs = confused_pairs(evaluation)
    return (pairs[0].reference.name, pairs[0].predicted.name) if pairs else (CLASS_NAMES[0], CLASS_NAMES[0])


def _cell(here: ModelPage, model: Stored, evaluation: Evaluation, chosen: tuple[str, str]) -> None:
    found = cell(evaluation, class_by_name(chosen[0]), class_by_name(chosen[1]))
    right = found.reference is found.predicted
    truth, said = words.patch_class(found.reference.id), words.patch_class(found.predicted.id)
    key = "model.cell.title.right" if right else "model.cell.title.wrong"
    st.subheader(words.translate(key, truth=words.capital(truth), said=said), anchor=False)
    st.markdown(_sentence(evaluation, found))
    source_box(here, model)
    if here.job or not found.n:
        return
    classified, wrong = here.classified(model), here.wrong(model)
    if (right and here.copy is None) or (not right and wrong is None):
        return
    if not right:
        stored_list = evaluation.confused is not None or classified is None
        st.caption(words.translate("model.order.stored" if stored_list else "model.order.now"))
    patches = classified if right else wrong
    if patches is not None:
        pair = (found.reference.id, found.predicted.id)
        gallery(here, [p for p in patches if (p.reference, p.predicted) == pair], key="model-more")
    elif here.copy is not None:
        mistaken = {p.stem for p in wrong or ()}
        stems = [s for s in here.copy.stems(evaluation.split, found.reference.id) if s not in mistaken]
        examples(here, here.copy, stems, key="model-more")
    if here.copy is not None:
        credit()


def _sentence(evaluation: Evaluation, found: Pair) -> str:
    a, b = found.reference, found.predicted
    key = "model.cell.none" if not found.n else "model.cell.right" if a is b else "model.cell.wrong"
    back = int(evaluation.matrix[b.id, a.id])
    return words.translate(
        key,
        found=found.n,
        row=int(evaluation.matrix[a.id].sum()),
        column=int(evaluation.matrix[:, b.id].sum()),
        truth=words.patch_class(a.id),
        said=words.patch_class(b.id),
        of_truth=words.share(found.of_reference, 1),
        of_said=words.share(found.of_predicted, 1),
        back=words.translate("model.cell.times", back) if back else words.translate("model.cell.never"),
    )


def _groups(evaluation: Evaluation) -> None:
    st.subheader(words.translate("model.corine"), anchor=False)
    groups, matrix = level1(evaluation)
    wrong = int(evaluation.n - evaluation.matrix.trace())
    across = int(matrix.sum() - matrix.trace())
    if evaluation.corine_l1_accuracy is not None:
        share, within = words.share(evaluation.corine_l1_accuracy, 1), wrong - across
        st.markdown(words.translate("model.groups", share=share, within=within, wrong=wrong))
    header = (words.translate("model.corine.head"), *(words.translate(f"corine.{g}") for g in groups))
    rows: list[Row] = [
        (
            words.capital(words.translate(f"corine.{g}")),
            *(Cell(words.number(int(n)), css="lulc-on" if i == j else "") for j, n in enumerate(matrix[i])),
        )
        for i, g in enumerate(groups)
    ]
    caption = words.translate("model.corine.caption")
    st.html(html_table(caption, header, rows, css="lulc-table lulc-groups", wrapper="lulc-wide"))
