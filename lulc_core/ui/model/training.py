"""How the network was trained, and what it cannot know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

from lulc_core.domain.bands import RGB
from lulc_core.domain.classes import CLASSES
from lulc_core.eurosat_browser import SOURCE_URL, SPLIT_RULE
from lulc_core.model.card import ModelCard
from lulc_core.render.html_table import Cell, html_table
from lulc_core.ui.model.augmentation import show_augmentation
from lulc_core.ui.model.evaluation import Stored
from lulc_core.ui.model.figures import show_chart
from lulc_core.ui.model.state import ModelPage

WORDS = {
    "architecture": "architecture",
    "patches": "training patches",
    "epochs": "epochs",
    "batch": "patches in a batch",
    "seed": "seed",
    "device": "trained on",
    "machine": "machine",
    "torch": "torch",
    "seconds": "time",
    "peak_rate": "highest learning rate",
    "warm_up": "share of warm-up",
    "weight_decay": "weight decay",
    "smoothing": "label smoothing",
    "robust_share": "share of patches with other light",
    "mix_share": "share of batches that are mixed",
    "small_share": "share of epochs on small windows",
    "plain_epochs": "last epochs without mixtures",
    "ema": "averaging of weights",
    "precision": "precision",
    "averaged": "networks whose weights were averaged",
    "init": "started from",
    "init_sha256": "sha256 of these weights",
    "teacher_share": "weight of the teacher's answer",
    "teacher_sha256": "sha256 of the teacher",
    "freeze": "only the last layers learnt",
    "processes": "processes",
}
"""Entries of a card's ``training`` that have words of their own, in the order in which they are shown."""


def training(here: ModelPage, model: Stored) -> None:
    """Curves, augmentation at work, data and licence, the command."""
    card = model.card
    if card is None:
        return
    history = history_of(card.training)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.subheader("While it learnt", anchor=False)
        if history is None:
            st.info("The card of these weights holds no history of its training.", icon=":material/info:")
        else:
            from lulc_core.render.charts.model import history_chart

            epochs, loss, accuracy = history
            show_chart(history_chart(epochs, loss, accuracy), "model-history-chart")
            st.caption(
                "Above: share of validation patches named right after each epoch. Below: the loss on training patches, "
                "changed and mixed as they were, so it is not that of clean patches."
                + (" Of the first of the networks whose weights were averaged." if "averaged" in card.training else "")
            )
    with right:
        st.subheader("With what", anchor=False)
        st.html(_table(card))
    show_augmentation(here, model)
    _data(card)


def history_of(values: Mapping[str, Any]) -> tuple[list[int], list[float | None], list[float | None]] | None:
    """Epochs, loss and accuracy out of a card's training record; None where it holds none that can be read."""
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
    """What it cannot know, in whole sentences."""
    evaluation = model.evaluation
    rgb_only = model.card is None or set(model.card.bands) == set(RGB)
    n = "" if evaluation is None else f" ({evaluation.n:,} patches of the {evaluation.split} part)"
    names = ", ".join(c.label for c in CLASSES)
    points = (
        ("Ten classes.", f"It knows {names}. Bare rock, wetland, snow, quarry, burnt ground and cloud are none of "
         "them: such tiles must be flagged, not named, and not all of them are caught (see Other imagery)."),
        ("Europe.", "EuroSAT is of 34 European countries. Dry savannah, rice terraces or mangroves may look like "
         "something else to it, and it may be sure of that."),
        ("640 m.", "One name for each 64 x 64 pixels. EuroSAT's patches hold one class each; real tiles often hold "
         "two or three, and over mixed ground it is surer than it may be. Read the probabilities as a mixture."),
        ("Its test is kind to it.", f"Training and test patches were parted at random{n}: neighbours from one scene "
         "lie on both sides. On a split by place good networks lose points, most of all on pasture and permanent "
         "crops. On your own ground expect less than the figures here; judge a sample of your tiles by eye to know."),
        ("Three bands, one date." if rgb_only else "One date.",
         ("It sees red, green and blue of one day: no near infrared, no season" if rgb_only else "It sees one day")
         + " and no neighbouring tiles. A harvested field and one that is never sown look alike."),
        ("One stretch.", "It was trained on top-of-atmosphere reflectance through one fixed stretch. The app feeds it "
         "so; a picture that somebody stretched, sharpened or compressed is another matter (see Other imagery)."),
        ("Change needs more than two maps.", "Two dates named one by one overstate lasting change: season, haze and "
         "doubt look like change, too. Use dates of one season, and further dates to confirm."),
    )  # fmt: skip
    items = "".join(f"<li><b>{escape(head)}</b> {escape(text)}</li>" for head, text in points)
    st.html(f"<ul class='lulc-limits'>{items}</ul>")


def _data(card: ModelCard) -> None:
    st.subheader("Data, licence, and the same again", anchor=False)
    st.markdown(
        "EuroSAT RGB (Helber et al. 2019, [doi 10.1109/JSTARS.2019.2918242]"
        "(https://doi.org/10.1109/JSTARS.2019.2918242), MIT licence): 27,000 patches of 640 m, Sentinel-2A, L1C, "
        f"[from Zenodo]({SOURCE_URL}). Contains modified Copernicus Sentinel data. Each patch goes to training, "
        "validation or test by its file name alone:"
    )
    st.code(card.split or SPLIT_RULE, language=None, wrap_lines=True)
    st.markdown("The command that made these weights:")
    parents = [p for p in card.training.get("parents") or () if isinstance(p, Mapping)]
    commands = [*(f"# {str(p.get('sha256'))[:12]}\n{p.get('command')}" for p in parents), card.command]
    st.code("\n".join(commands), language="bash", wrap_lines=True)
    st.caption(f"sha256 of the weights: {card.sha256}")


def _table(card: ModelCard) -> str:
    values = {"architecture": card.architecture, **card.settings}
    rows = [
        (WORDS.get(name, name.replace("_", " ")), Cell(_said(name, values[name]), css="lulc-left"))
        for name in dict.fromkeys([*WORDS, *values])
        if values.get(name) is not None and not isinstance(values[name], list | dict)
    ]
    return html_table("How it was trained", ("What", "Value"), rows, header_css="lulc-sr")


def _said(name: str, value: Any) -> str:
    if name == "seconds" and isinstance(value, int | float):
        return f"{value / 60:,.0f} minutes"
    if name == "patches" and isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, tuple):
        return ", ".join(_said(name, v) for v in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "init":
        return {"scratch": "random weights", "imagenet": "ImageNet weights", "weights": "earlier weights"}.get(
            str(value), str(value)
        )
    if name.endswith("_sha256"):
        return f"{str(value)[:12]}…" if value else "none"
    if name.endswith("_share") and isinstance(value, int | float):
        return f"{100 * value:g} %"
    return str(value)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None
