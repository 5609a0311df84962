"""What is kept of a command line: enough to ask again, no secret and no folder."""

from __future__ import annotations

from lulc_core.cli.imagery import settings_of
from lulc_core.cli.main import build_parser
from lulc_core.cli.request import kept_request


def _asked(*arguments: str) -> dict:
    args = build_parser().parse_args(arguments)
    return kept_request(args, settings_of(args))


def test_secrets_and_folders_are_never_kept():
    found = _asked(
        *("map", "--source", "sentinel-hub", "--client-id", "ID-1", "--client-secret", "SECRET-1"),
        *("--base-url", "https://h.example", "--token-url", "https://t.example", "--out", "/home/anna/maps"),
        *("--aoi", "/home/anna/fields/area.geojson", "--from", "2023-06-01", "--to", "2023-06-30"),
        *("--min-clear-share", "0.7"),
    )
    assert found["aoi"] == "area.geojson"
    assert (found["command"], found["source"], found["from"], found["to"]) == (
        "map", "sentinel-hub", "2023-06-01", "2023-06-30",
    )  # fmt: skip
    assert found["min-clear-share"] == 0.7
    text = str(found)
    assert not any(word in text for word in ("ID-1", "SECRET-1", "example", "anna"))


def test_every_file_is_kept_by_its_name():
    found = _asked(
        *("compare", "--image-before", "/a/one.tif", "--image-after", "C:\\b\\two.tif", "--out", "o"),
        *("--image-confirm", "/c/x.jp2", "/c/y.jp2", "--image-confirm", "z.tif", "--model", "/w/mine.safetensors"),
    )
    assert found["image-before"] == ["one.tif"] and found["image-after"] == ["two.tif"]
    assert found["image-confirm"] == [["x.jp2", "y.jp2"], ["z.tif"]]
    assert found["model"] == "mine.safetensors" and "bbox" not in found
