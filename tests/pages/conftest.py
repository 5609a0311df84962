"""What tests of pages share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lulc_core.ui import resources
from tests.arrays import BrightnessClassifier


@pytest.fixture
def named_by_brightness(monkeypatch: pytest.MonkeyPatch, own_cache_folder: Path) -> Iterator[None]:
    """The network is not what is tested here: tiles are named by their red."""
    monkeypatch.setattr("lulc_core.model.classifier.load_classifier", lambda *a, **k: BrightnessClassifier())
    resources.settings.clear()
    resources.results.clear()
    resources._networks.clear()
    yield
    resources._networks.clear()
