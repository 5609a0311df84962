"""What a reader must know before the figures of a result: how much was named, and what makes the names doubtful."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from lulc_core.language.coverage import cautions, named_sentence
from lulc_core.ui.errors import plain
from lulc_core.ui.words import page_words

if TYPE_CHECKING:
    from lulc_core.domain.land_cover import LandCoverMap


def show_coverage(maps: Sequence[LandCoverMap]) -> None:
    """Show a line for each map, and one amber note under them; the sentences are those of the documents.

    Args:
        maps: of one area: one, or those of a comparison.
    """
    words = page_words()
    with st.container(key="coverage", gap="xsmall"):
        for m in maps:
            st.markdown(plain(named_sentence(m, words)))
        if doubts := cautions(maps, words):
            st.warning(" ".join(map(plain, doubts)), icon=":material/warning:")
