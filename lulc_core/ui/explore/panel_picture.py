"""A small extra: the class of one picture, such as a EuroSAT patch. No map."""

from __future__ import annotations

import streamlit as st

from lulc_core.domain.classes import CLASSES
from lulc_core.domain.errors import LulcError
from lulc_core.ui import resources, tables, words
from lulc_core.ui.errors import plain, show_error

MAX_PICTURE_MB = 20


@st.dialog("Classify a single picture")
def picture_dialog() -> None:
    """Ask for a picture, and show probabilities and notes."""
    st.caption(
        "A EuroSAT patch, or a true-colour picture of 640 m of ground, JPG, PNG or TIFF. There is no map for it."
    )
    upload = st.file_uploader(
        "Picture", type=("jpg", "jpeg", "png", "tif", "tiff"), key="picture", max_upload_size=MAX_PICTURE_MB
    )
    if upload is None:
        return
    from lulc_core.pipeline.classify import classify_pictures
    from lulc_core.sources.picture import load_picture

    try:
        with st.spinner("Looking at it …"):
            picture = load_picture(upload.getvalue())
            result = classify_pictures([picture], resources.classifier())[0]
    except LulcError as error:
        show_error(error)
        return
    left, right = st.columns([1, 2], gap="small")
    left.image(picture.rgb, width=150, alt="The uploaded picture")
    with right:
        st.markdown(f"**{CLASSES[result.class_id].label}**, {plain(words.share(result.probability))}")
        for note in result.notes:
            st.caption(plain(note))
    st.html(tables.probability_table(result.probabilities))
