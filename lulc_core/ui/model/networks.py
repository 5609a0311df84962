"""The networks side by side: what each is worth on new ground and beside its training data, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from markupsafe import Markup

from lulc_core.analysis.accuracy.evaluation import mean_accuracy
from lulc_core.domain.evaluation import Evaluation
from lulc_core.model.card import ModelCard
from lulc_core.render.html_table import Cell, html_table
from lulc_core.ui import words
from lulc_core.ui.model.evaluation import Stored, model_names, stored, tried

COLUMNS = ("east", "random", "shifts", "outside", "speed", "size")
TALK = "resnet50"
"""The network that this work grew out of."""
NOT_MEASURED = "–"


def networks() -> None:
    """Show all networks that are there, the one in use first, then those that were only tried."""
    shipped = list(map(stored, model_names()))
    st.markdown(words.translate("model.networks"))
    rows = [_row(m, m.card) for m in (*shipped, *tried()) if m.card is not None]
    first = Cell(words.translate("model.networks.network"), css="lulc-left")
    header: list[str | Cell] = [first, *(words.translate(f"model.networks.{c}") for c in COLUMNS)]
    caption = words.translate("model.networks.caption")
    st.html(html_table(caption, header, rows, css="lulc-table lulc-networks", wrapper="lulc-wide"))
    st.caption(" ".join([words.translate("model.networks.notes"), *_machine(shipped)]))


def _row(model: Stored, card: ModelCard) -> Sequence[str | Cell]:
    name = Markup("{}<br><span class='lulc-soft'>{}</span>").format(model.title, about(card))
    figures = _figures(model.evaluation) if model.evaluation is not None else {}
    if model.weights is not None:
        figures["size"] = words.translate("model.networks.mb", size=round(model.weights.stat().st_size / 1e6))
    return [Cell(name, css="lulc-left"), *(figures.get(c, NOT_MEASURED) for c in COLUMNS)]


def _figures(e: Evaluation) -> dict[str, str]:
    found = {"random": words.share(e.accuracy, 1)}
    if e.spatial is not None:
        found["east"] = words.share(e.spatial.east.accuracy, 1)
    if e.shifts:
        mean, lowest = mean_accuracy(e.shifts), min(s.accuracy for s in e.shifts)
        found["shifts"] = words.translate(
            "model.networks.lowest", mean=words.share(mean, 1), lowest=words.share(lowest, 1)
        )
    if e.outside is not None:
        right, says = words.share(e.outside.right), words.share(e.outside.stated)
        found["outside"] = words.translate("model.networks.says", right=right, says=says)
    if e.speed is not None:
        found["speed"] = words.number(round(e.speed.tiles_per_s))
    return found


def about(card: ModelCard) -> str:
    """Say what a network is, how it began and which layers learnt."""
    family, _, px = card.architecture.partition("-")
    kind = family if words.has(f"model.networks.kind.{family}") else "other"
    parts = [words.translate(f"model.networks.kind.{kind}", name=card.architecture, px=px or card.tile_px)]
    if (origin := str(card.settings.get("origin", ""))) in ("scratch", "imagenet"):
        parts.append(words.translate(f"model.networks.origin.{origin}"))
    if card.settings.get("freeze") is True:
        parts.append(words.translate("model.networks.frozen"))
    if card.name == TALK:
        parts.append(words.translate("model.networks.talk"))
    return ", ".join(parts)


def _machine(models: Sequence[Stored]) -> Sequence[str]:
    speeds = [m.evaluation.speed for m in models if m.evaluation is not None and m.evaluation.speed is not None]
    if not speeds:
        return ()
    plain = words.number(round(speeds[0].baseline_tiles_per_s))
    return (words.translate("model.networks.machine", machine=speeds[0].machine, plain=plain),)
