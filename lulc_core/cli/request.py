"""What was asked for on the command line, as it is kept with the result: enough to ask again, nothing to hide."""

from __future__ import annotations

import argparse
import re
from typing import Any

from lulc_core.settings import Settings

_KEPT = {
    "source": "source",
    "bbox": "bbox",
    "date": "date",
    "start": "from",
    "end": "to",
    "before": "before",
    "after": "after",
    "confirm": "confirm",
    "detail": "detail",
    "bands": "bands",
    "level": "level",
    "offset": "offset",
    "scale": "scale",
    "satellite": "satellite",
}
"""Arguments by the name of their option. A list of what is kept, not of what is left out: a new option that holds a
secret must not get into files by being forgotten here."""
_FILES = {
    "aoi": "aoi",
    "image": "image",
    "image_before": "image-before",
    "image_after": "image-after",
    "image_confirm": "image-confirm",
}
"""Arguments that name files: only their last part is kept, folders tell who sits at which machine."""


def asked(args: argparse.Namespace, settings: Settings) -> dict[str, Any]:
    """The request behind a result.

    Args:
        args: of ``map`` or ``compare``.
        settings: with the arguments applied.
    """
    request: dict[str, Any] = {"command": args.command}
    for name, option in _KEPT.items():
        value = getattr(args, name, None)
        if value not in (None, []):
            request[option] = value
    for name, option in _FILES.items():
        value = getattr(args, name, None)
        if value not in (None, []):
            request[option] = _names(value)
    request["model"] = _names(settings.model)
    request["min-clear-share"] = settings.min_clear_share
    return request


def _names(value: Any) -> Any:
    if isinstance(value, list):
        return [_names(v) for v in value]
    # Both kinds of slashes: a path of another system is one as well.
    return re.split(r"[/\\]", str(value))[-1]
