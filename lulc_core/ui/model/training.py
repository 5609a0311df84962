"""How the network was trained, and what it cannot know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
from markupsafe import Markup

from lulc_core.domain.bands import RGB
from lulc_core.domain.classes import CLASSES
from lulc_core.eurosat_browser import SOURCE_URL, SPLIT_RULE
from lulc_core.model.card import ModelCard
from lulc_core.render.html_table import Cell, html_table
from lulc_core.ui import words
from lulc_core.ui.model.augmentation import show_augmentation
from lulc_core.ui.model.evaluation import Stored
from lulc_core.ui.model.figures import show_chart
from lulc_core.ui.model.state import ModelPage

ORDER = (
    "architecture patches epochs batch seed device machine torch seconds peak_rate warm_up weight_decay smoothing "
    "robust_share mix_share small_share plain_epochs ema precision averaged init init_sha256 teacher_share "
    "teacher_sha256 freeze processes"
)
"""Entries of a card's ``training`` in the order in which they are shown; others come after these."""


def training(here: ModelPage, model: Stored) -> None:
    """Show curves, augmentation at work, data and licence, the command."""
    card = model.card
    if card is None:
        return
    history = history_of(card.training)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.subheader(words.translate("model.history.title"), anchor=False)
        if history is None:
            st.info(words.translate("model.history.none"), icon=":material/info:")
        else:
            from lulc_core.render.charts.model import history_chart

            epochs, loss, accuracy = history
            show_chart(history_chart(epochs, loss, accuracy, words.page_words()), "model-history-chart")
            of_first = [words.translate("model.history.averaged")] if "averaged" in card.training else []
            st.caption(" ".join([words.translate("model.history"), *of_first]))
    with right:
        st.subheader(words.translate("model.with"), anchor=False)
        st.html(_table(card))
    show_augmentation(here, model)
    _data(card)


def history_of(values: Mapping[str, Any]) -> tuple[list[int], list[float | None], list[float | None]] | None:
    """Read epochs, loss and accuracy out of a card's training record; None where it holds none that can be read."""
    rows = values.get("history")
    if not isinstance(rows, Sequence) or isinstance(rows, str) or not rows:
        return None
    epochs, loss, accuracy = [], [], []
    for row in rows:
        if isinstance(row, Mapping):
            row = [row.get("epoch"), row.get("loss"), row.get("accuracy")]
        if not isinstance(row, Sequence) or len(row) < 3 or not isinstance(row[0], int):
            return None
        epochs.append(row[0])
        loss.append(_number(row[1]))
        accuracy.append(_number(row[2]))
    return epochs, loss, accuracy


def limits(model: Stored) -> None:
    """Say what it cannot know, in whole sentences."""
    evaluation = model.evaluation
    n = ""
    if evaluation is not None:
        n = " " + words.translate("model.limit.n", n=evaluation.n, split=words.spoken(evaluation.split))
    bands = "rgb" if model.card is None or set(model.card.bands) == set(RGB) else "date"
    items = Markup().join(
        Markup("<li><b>{}</b> {}</li>").format(
            words.translate(f"model.limit.{limit}.head"),
            words.translate(
                f"model.limit.{limit}.text", classes=", ".join(words.patch_class(c.id) for c in CLASSES), n=n
            ),
        )
        for limit in ("ten", "europe", "size", "test", bands, "stretch", "change")
    )
    st.html(Markup("<ul class='lulc-limits'>{}</ul>").format(items))


def _data(card: ModelCard) -> None:
    st.subheader(words.translate("model.data.title"), anchor=False)
    st.markdown(words.translate("model.data", url=SOURCE_URL))
    st.code(card.split or SPLIT_RULE, language=None, wrap_lines=True)
    st.markdown(words.translate("model.command"))
    parents = [p for p in card.training.get("parents") or () if isinstance(p, Mapping)]
    commands = [*(f"# {str(p.get('sha256'))[:12]}\n{p.get('command')}" for p in parents), card.command]
    st.code("\n".join(commands), language="bash", wrap_lines=True)
    st.caption(words.translate("model.sha", sha=card.sha256))


def _table(card: ModelCard) -> str:
    values = {"architecture": card.architecture, **card.settings}
    rows = [
        (_title(name), Cell(_said(name, values[name]), css="lulc-left"))
        for name in dict.fromkeys([*ORDER.split(), *values])
        if values.get(name) is not None and not isinstance(values[name], list | dict)
    ]
    header = (words.translate("model.how.what"), words.translate("model.how.value"))
    return html_table(words.translate("model.how"), header, rows, header_css="lulc-sr")


def _title(name: str) -> str:
    return words.translate(f"training.{name}") if words.has(f"training.{name}") else name.replace("_", " ")


def _said(name: str, value: Any) -> str:
    if name == "seconds" and isinstance(value, int | float):
        return words.translate("model.minutes", n=round(value / 60))
    if name == "patches" and isinstance(value, int):
        return words.number(value)
    if isinstance(value, tuple):
        return ", ".join(_said(name, v) for v in value)
    if isinstance(value, bool):
        return words.translate("model.yes" if value else "model.no")
    if name in ("init", "origin") and words.has(f"model.began.{value}"):
        return words.translate(f"model.began.{value}")
    if name.endswith("_sha256"):
        return f"{str(value)[:12]}…" if value else words.translate("model.none")
    if name.endswith("_share") and isinstance(value, int | float):
        return words.share(float(value))
    return words.spoken(str(value))


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None
