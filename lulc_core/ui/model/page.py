"""The Model page: how far to trust the network. One sentence first, then where it errs, then how it was made."""

from __future__ import annotations

from html import escape
from pathlib import Path

import streamlit as st

from lulc_core.analysis.accuracy.evaluation import in_a_hundred, summary
from lulc_core.domain.evaluation import Evaluation
from lulc_core.ui import words
from lulc_core.ui.errors import guarded, plain, show_error
from lulc_core.ui.model import figures as model_figures
from lulc_core.ui.model import mistakes as model_mistakes
from lulc_core.ui.model import training as model_training
from lulc_core.ui.model.evaluation import Stored, how_to_make_it, model_names, stored
from lulc_core.ui.model.link import PARTS
from lulc_core.ui.model.networks import networks
from lulc_core.ui.model.state import ModelPage, model_page
from lulc_core.ui.widgets import bound, segments

_CSS = Path(__file__).with_name("model.css")


def show_page() -> None:
    """Head with the sentence, choice of part, the part."""
    st.html(_CSS)
    here = model_page()
    if (params := here.bar.visited()) is not None:
        here.open_link(params)
    model = stored(here.link.model or model_names()[0])
    with st.container(key="model-head"):
        _head(here, model)
    for error in here.link_errors:
        show_error(error)
    _part(here, model)
    here.bar.write(here.link.to_params())


def _head(here: ModelPage, model: Stored) -> None:
    evaluation = model.evaluation
    if evaluation is not None:
        st.html(f"<p class='lulc-lead'>{escape(_lead(evaluation))}</p>")
        st.caption("\n\n".join((*_new_ground(evaluation), _footing(model, evaluation))))
    elif model.error is not None:
        show_error(model.error)
        if model.card is not None:
            st.markdown(words.translate("model.make"))
            st.code(how_to_make_it(model.name), language="bash", wrap_lines=True)
    with st.container(horizontal=True, gap="medium", vertical_alignment="center", key="model-choices"):
        segments(
            words.translate("model.part"),
            {part: words.translate(f"model.part.{part}") for part in PARTS},
            "model-part",
            here.link.part,
            lambda part: here.go(part=part),
            label_visibility="collapsed",
        )
        names = model_names()
        if len(names) > 1:
            st.selectbox(
                words.translate("model.choose"),
                names,
                **bound("model-name", model.name, lambda name: here.go(model="" if name == names[0] else name)),
                format_func=lambda n: words.translate(
                    "model.choose.used" if n == names[0] else "model.choose.one", name=stored(n).title
                ),
                label_visibility="collapsed",
                width=260,
            )


def _lead(evaluation: Evaluation) -> str:
    """Say how good it is in one sentence: on ground where it has never been, wherever that was measured."""
    if evaluation.spatial is not None:
        return words.translate(
            "model.lead.spatial", right=in_a_hundred(evaluation.spatial.east.accuracy, words.page_words())
        )
    if evaluation.outside is not None:
        return words.translate("model.lead.outside", right=in_a_hundred(evaluation.outside.right, words.page_words()))
    return summary(evaluation, words.page_words())


def _new_ground(evaluation: Evaluation) -> list[str]:
    lines = []
    if evaluation.spatial is not None:
        east = evaluation.spatial.east
        low, high = (words.number(100 * share, 1) for share in east.accuracy_95)
        lines.append(
            words.translate(
                "model.spatial",
                share=words.share(east.accuracy, 1),
                n=east.n,
                low=low,
                high=high,
                stated=words.share(east.stated, 1),
                ece=words.share(east.ece, 1),
            )
        )
    if evaluation.outside is not None:
        o = evaluation.outside
        lines.append(
            words.translate(
                "model.outside" if o.sure_n else "model.outside.none_sure",
                share=words.share(o.right),
                stated=words.share(o.stated),
                cells=o.cells,
                cell_m=o.cell_m,
                scenes=o.scenes,
                sure_n=o.sure_n,
                sure_from=words.share(o.sure_from),
                sure_right=words.share(o.sure_right),
            )
        )
        if o.sure_roads and o.sure_right_but_roads is not None:
            apart = words.share(o.sure_right_but_roads)
            lines[-1] += " " + words.translate("model.outside.roads", o.sure_roads, apart=apart)
    return lines


def _footing(model: Stored, evaluation: Evaluation) -> str:
    low, high = (words.number(100 * share, 1) for share in evaluation.accuracy_95)
    share, split = words.share(evaluation.accuracy, 1), words.spoken(evaluation.split)
    name = plain(model.title)
    how = words.translate("model.footing", name=name, share=share, n=evaluation.n, split=split, low=low, high=high)
    fitted = evaluation.calibration.get("n_fitted")
    return " ".join([how, words.translate("model.fitted", fitted=int(fitted))] if fitted else [how])


def _part(here: ModelPage, model: Stored) -> None:
    part, evaluation = here.link.part, model.evaluation
    with st.container(key=f"model-{part}"), guarded(f"the part {part} of the Model page"):
        if part == "training":
            model_training.training(here, model)
        elif part == "networks":
            networks()
        elif part == "limits":
            model_training.limits(model)
        elif evaluation is None:
            st.info(words.translate("model.nothing"), icon=":material/info:")
        elif part == "classes":
            model_figures.classes(here, model, evaluation)
        elif part == "sure":
            model_figures.sure(model, evaluation)
        elif part == "shifts":
            model_figures.shifts(evaluation)
        else:
            model_mistakes.show(here, model, evaluation)
