"""Bind widgets to values that are kept elsewhere: Streamlit forgets a widget while another page or step is open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st


def bound(key: str, value: Any, on_change: Callable[[Any], None]) -> dict[str, Any]:
    """Return the arguments that make a widget show a value and report another one.

    Args:
        key: of the widget.
        value: what it shows, whatever it showed before.
        on_change: called with the new value. Streamlit also calls it when the page itself has set the value, as for a
            link while a slow page is loading: the same value must change nothing.

    Example::

        st.selectbox("Imagery", names, **bound("source", state.source, state.set_source))
    """
    st.session_state[key] = value
    return {"key": key, "on_change": lambda: on_change(st.session_state[key])}


def segments(
    label: str, options: Mapping[Any, str], key: str, value: Any, on_change: Callable[[Any], None], **layout: Any
) -> None:
    """Ask for one of a few values in a row of buttons, of which one is always chosen.

    Args:
        label: what is asked.
        options: the values, with what a user reads.
        key: of the widget.
        value: what it shows, as :func:`bound` takes it.
        on_change: called with the new value.
        layout: further arguments of ``st.segmented_control``.
    """
    st.segmented_control(
        label,
        list(options),
        format_func=options.__getitem__,
        required=True,
        **layout,
        **bound(key, value, lambda chosen: on_change(value if chosen is None else chosen)),
    )
