"""A small extra: the class of one picture, such as a EuroSAT patch. No map."""

from __future__ import annotations

import streamlit as st

from lulc_core.domain.errors import LulcError
from lulc_core.ui import resources, tables, words
from lulc_core.ui.errors import plain, show_error
from lulc_core.ui.words import translate

MAX_PICTURE_MB = 20


def picture_dialog() -> None:
    """Open the dialog that asks for a picture."""
    st.dialog(translate("explore.single.title"))(ask_for_picture)()


def ask_for_picture() -> None:
    """Ask for a picture, and show probabilities and notes."""
    st.caption(translate("explore.single.what"))
    title, types = translate("explore.single.picture"), ("jpg", "jpeg", "png", "tif", "tiff")
    upload = st.file_uploader(title, type=types, key="picture", max_upload_size=MAX_PICTURE_MB)
    if upload is None:
        return
    from lulc_core.pipeline.classify import classify_pictures
    from lulc_core.sources.picture import load_picture

    try:
        with st.spinner(translate("explore.single.looking")):
            picture = load_picture(upload.getvalue())
            result = classify_pictures([picture], resources.classifier())[0]
    except LulcError as error:
        show_error(error)
        return
    left, right = st.columns([1, 2], gap="small")
    left.image(picture.rgb, width=150, alt=translate("explore.single.alt"))
    with right:
        st.markdown(f"**{words.page_words().class_name(result.class_id)}**, {plain(words.share(result.probability))}")
        for note in result.notes:
            st.caption(plain(words.spoken(note)))
    st.html(tables.probability_table(result.probabilities))
