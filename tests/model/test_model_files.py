"""Card and evaluation beside the weights of a result: only of the same weights, and never by a path."""

from __future__ import annotations

import shutil

import pytest

from lulc_core.model.card import WEIGHTS_DIR, load_card
from lulc_core.model.model_files import files_beside


def test_the_default_network_has_a_card_of_its_own_weights():
    name, sha = load_card().name, load_card().sha256
    card, _ = files_beside(name, sha)
    assert card is not None and card["sha256"] == sha and card["architecture"]
    assert files_beside(name, "0" * 64) == (None, None)


@pytest.mark.parametrize("name", ["", "default", "../weights/compact", "/etc/passwd", "no such network"])
def test_other_names_lead_nowhere(name):
    assert files_beside(name, load_card().sha256) == (None, None)


def test_a_path_is_no_name(tmp_path):
    for path in WEIGHTS_DIR.glob("compact.*"):
        if path.suffix != ".safetensors":
            shutil.copy(path, tmp_path)
    (tmp_path / "compact.safetensors").write_bytes(b"")
    assert files_beside(str(tmp_path / "compact.safetensors"), load_card().sha256) == (None, None)
