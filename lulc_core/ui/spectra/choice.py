"""Widgets that several parts of the Spectra page share: one of several options, the scenes, links to other pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import streamlit as st

from lulc_core.analysis.spectra.reference import SATELLITES, Satellite
from lulc_core.ui.panels.progress import show_progress
from lulc_core.ui.spectra.source import AreaScenes, DatedScene, find_scenes, running_jobs
from lulc_core.ui.spectra.state import Spectra, spectra_state
from lulc_core.ui.words import translate

K = TypeVar("K")


def choose(
    label: str,
    options: Mapping[K, str] | Iterable[K],
    *,
    key: str,
    default: K | None = None,
    widget: Callable[..., Any] = st.selectbox,
    **layout: Any,
) -> K:
    """Ask for one option. The session keeps it while it is offered; else the default, or the first, is chosen.

    Args:
        label: of the widget.
        options: what to choose from, with their words where they are not words themselves.
        key: of the widget.
        default: chosen first, where it is offered.
        widget: ``st.selectbox``, ``st.radio`` or ``st.segmented_control``.
        layout: further arguments of the widget.
    """
    titles = options if isinstance(options, Mapping) else {option: str(option) for option in options}
    if st.session_state.get(key) not in titles:
        st.session_state[key] = default if default in titles else next(iter(titles))
    widget(label, list(titles), format_func=titles.__getitem__, key=key, persist_state="session", **layout)
    chosen: K = st.session_state[key]
    return chosen


def choose_several(label: str, options: Mapping[str, str], *, key: str, **layout: Any) -> list[str]:
    """Ask for some of the options; the session keeps them while all of them are offered."""
    if not set(st.session_state.get(key, ())) <= set(options):
        del st.session_state[key]
    chosen: list[str] = st.multiselect(
        label, list(options), format_func=options.__getitem__, key=key, persist_state="session", **layout
    )
    return chosen


def choose_satellite(key: str) -> Satellite:
    """Ask whose wavelengths are shown."""
    names = {satellite: f"Sentinel-{satellite[1:]}" for satellite in SATELLITES}
    return choose(translate("spectra.satellite"), names, key=key, widget=st.radio, horizontal=True)


def choose_scene(scenes: AreaScenes, key: str, **layout: Any) -> DatedScene:
    """Ask for one of the scenes over the area, where there are several."""
    labels = {dated.key: dated.label for dated in scenes.scenes}
    if len(labels) == 1:
        return scenes.main_scene
    chosen = choose(translate("spectra.date"), labels, key=key, default=scenes.main, **layout)
    return next(dated for dated in scenes.scenes if dated.key == chosen)


def choose_scenes(purpose: str) -> AreaScenes | None:
    """Ask for the scenes to look at where both pages have some; say how to get some and return None where none has.

    Args:
        purpose: what they are for, ``ground``, ``viewer`` or ``pictures``.
    """
    found = {scenes.key: scenes for scenes in find_scenes()}
    if len(found) < 2:
        if not found:
            _say_how_to_get_scenes(purpose)
        return next(iter(found.values()), None)
    titles = {key: scenes.title for key, scenes in found.items()}
    return found[
        choose(translate("spectra.which"), titles, key="spectra-ground-of", widget=st.segmented_control, required=True)
    ]


def part_with_scenes(purpose: str, show: Callable[[Spectra, AreaScenes], None]) -> Callable[[], None]:
    """Make a part of the page that needs scenes: without any it says how to get some, see :func:`choose_scenes`."""

    def show_part() -> None:
        scenes = choose_scenes(purpose)
        if scenes is not None:
            show(spectra_state(), scenes)

    return show_part


def link_page(path: str, **link: Any) -> None:
    """Show a link to another page; nothing where this page runs without the others."""
    try:
        st.page_link(path, **link)
    except st.errors.StreamlitPageNotFoundError:
        return


def _say_how_to_get_scenes(purpose: str) -> None:
    """Say how to get scenes; while they are being made, show how far that is."""
    if running_jobs():
        show_progress(running_jobs)
        st.caption(translate("spectra.being_made"))
        return
    st.info(translate(f"spectra.first.{purpose}"), icon=":material/travel_explore:")
    with st.container(horizontal=True, gap="small"):
        link_page("pages/explore.py", label=translate("spectra.open_explore"), icon=":material/map:")
        link_page("pages/compare.py", label=translate("spectra.open_compare"), icon=":material/compare:")
