"""What was asked for on the command line, as it is kept with the result: enough to ask again, nothing to hide."""

from __future__ import annotations

import argparse
import re
from typing import Any

from lulc_core.settings import Settings

_KEPT = (
    "source",
    "bbox",
    "aoi_layer",
    "date",
    "start",
    "end",
    "before",
    "after",
    "confirm",
    "detail",
    "bands",
    "level",
    "fill",
    "compare_to",
    "units_name",
)
_ALL_KEPT = (*_KEPT, "offset", "scale", "satellite", "aoi_layer")
"""Arguments that are kept. A list of these, not of what is left out: a new option that holds a secret must not get
into files by being forgotten here."""
_FILES = ("aoi", "image", "image_before", "image_after", "image_confirm", "units")
"""Arguments that name files: only their last part is kept, folders tell who sits at which machine."""
_OPTIONS = {"start": "from", "end": "to"}
"""Options by their arguments, where they differ in more than a hyphen."""


def kept_request(args: argparse.Namespace, settings: Settings) -> dict[str, Any]:
    """Return the request behind a result, by the names of its options.

    Args:
        args: of ``map`` or ``compare``.
        settings: with the arguments applied.
    """
    request: dict[str, Any] = {"command": args.command}
    for name in (*_ALL_KEPT, *_FILES):
        value = getattr(args, name, None)
        if value not in (None, []):
            request[_OPTIONS.get(name, name.replace("_", "-"))] = _names(value) if name in _FILES else value
    return {**request, "model": _names(settings.model), "min-clear-share": settings.min_clear_share}


def _names(value: Any) -> Any:
    if isinstance(value, list):
        return [_names(v) for v in value]
    # Both kinds of slashes: a path of another system is one as well.
    return re.split(r"[/\\]", str(value))[-1]
