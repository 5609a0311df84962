"""Documents are named by what, where, when, and their language."""

from __future__ import annotations

from lulc_core.domain.aoi import Aoi
from lulc_core.language.words import Words
from lulc_core.report.names import document_name, packed_name
from tests.render.results import AOI, compare_result, map_result


def test_english_and_italian_documents_have_names_of_their_own():
    maps = [map_result().land_cover]
    assert document_name(maps, AOI, Words("en"), ".pdf") == "Field-of-Mesero_land_cover_2021-08-14_en.pdf"
    assert document_name(maps, AOI, Words("it-IT"), ".pdf", place="Città di Mesero") == (
        "Citta-di-Mesero_copertura_del_suolo_2021-08-14_it.pdf"
    )
    both = [d.land_cover for d in compare_result(simulated=True).dates[:2]]
    name = document_name(both, AOI, Words("en"), ".pptx")
    assert name.startswith("SIMULATED_Field-of-Mesero_what_changed_2019-07-16_")
    assert packed_name("report", AOI, Words("it"), ".html", simulated=False) == "relazione_Field-of-Mesero_it.html"


def test_where_nobody_said_a_place_the_name_says_where_it_lies():
    file = Aoi.from_bbox(-8.85, -45.48, -8.80, -45.45, name="aquileia_20190416_L2A_12b")
    name = document_name([map_result().land_cover], file, Words("en"), ".pdf")
    assert name.startswith("45.465S-8.825W_land_cover_") and "aquileia" not in name
    han = document_name([map_result().land_cover], file, Words("en"), ".pdf", place="東京")
    assert han.startswith("45.465S-8.825W_")
