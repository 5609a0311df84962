"""The Model page in the address bar."""

from __future__ import annotations

import pytest

from lulc_core.ui.model.link import ModelLink

MODELS = ("/srv/made.safetensors", "compact")


@pytest.mark.parametrize(
    "link",
    [
        ModelLink(),
        ModelLink(cell=("PermanentCrop", "HerbaceousVegetation"), norm="counts", rows="map"),
        ModelLink("classes", cls="Forest"),
        ModelLink("sure", model="compact"),
    ],
)
def test_a_link_restores_the_view(link):
    again, errors = ModelLink.from_params(link.to_params(), MODELS)
    assert again == link and not errors


def test_the_usual_view_has_a_bare_link_and_a_cell_alone_is_enough():
    assert ModelLink().to_params() == {}
    link, errors = ModelLink.from_params({"cell": "River,Highway"}, MODELS)
    assert link == ModelLink(cell=("River", "Highway")) and not errors


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"cell": "River"}, "two of the ten"),
        ({"cell": "River,Moon"}, "two of the ten"),
        ({"norm": "diagonal"}, "'norm'"),
        ({"part": "nonsense", "rows": "truth"}, "'part'"),
        ({"model": "../../etc/passwd"}, "'model'"),
    ],
)
def test_what_is_not_known_is_said_and_left_out(params, said):
    link, (error,) = ModelLink.from_params(params, MODELS)
    assert said in error.message and link == ModelLink()
    assert "/srv" not in error.message
