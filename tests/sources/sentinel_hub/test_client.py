"""The client's collections at other addresses."""

from __future__ import annotations

import pytest

from lulc_core.sources.sentinel_hub.client import collection


@pytest.mark.parametrize("url", ["https://sh.dataspace.copernicus.eu", "https://services.sentinel-hub.com"])
def test_collections_can_be_defined_again_and_again(url: str) -> None:
    collection.cache_clear()
    first = collection("L1C", url)
    collection.cache_clear()
    assert collection("L1C", url) is first
    assert (first.api_id, first.service_url) == ("sentinel-2-l1c", url)
    assert collection("L2A", url).api_id == "sentinel-2-l2a"


def test_a_collection_that_somebody_else_defined_is_used() -> None:
    from sentinelhub import DataCollection

    url = "https://elsewhere.example.org"
    theirs = DataCollection.SENTINEL2_L1C.define_from("their-own-name", service_url=url)
    assert collection("L1C", url) is theirs
