"""Answers of the Sentinel Hub server: error bodies as the services send them, pictures made by an evalscript."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import numpy as np
import tifffile

Reply = tuple[int, dict[str, str], bytes]
"""Status, headers, body."""


def error_reply(status: int, reason: str, message: str, code: str, headers: dict[str, str] | None = None) -> Reply:
    """An error in the shape of the Process API."""
    body = {"error": {"status": status, "reason": reason, "message": message, "code": code}}
    return status, {"Content-Type": "application/json", **(headers or {})}, json.dumps(body).encode()


def oauth_reply(status: int, error: str) -> Reply:
    """An error in the shape of the token service."""
    body = {"error": error, "error_description": "Invalid client or Invalid client credentials"}
    return status, {"Content-Type": "application/json"}, json.dumps(body).encode()


_LIMIT = (429, "Too Many Requests", "You have exceeded your rate limit", "RATE_LIMIT_EXCEEDED")
_NO_UNITS = "Insufficient processing units or requests available in your account."
_BOOM = "java.util.concurrent.ExecutionException: boom"

ERRORS: dict[str, Reply] = {
    "400": error_reply(400, "Bad Request", "Script must return an array.", "RENDERER_EXCEPTION"),
    "401": error_reply(401, "Unauthorized", "You are not authorized!", "COMMON_UNAUTHORIZED"),
    "quota": error_reply(403, "Forbidden", _NO_UNITS, "ACCESS_INSUFFICIENT_PROCESSING_UNITS"),
    "403": error_reply(403, "Forbidden", "Access denied.", "ACCESS_DENIED"),
    "403-permission": error_reply(
        403, "Forbidden", "You are not authorized to perform this action.", "COMMON_INSUFFICIENT_PERMISSIONS"
    ),
    "404": error_reply(404, "Not Found", "HTTP 404 Not Found", "COMMON_NOT_FOUND"),
    "429": error_reply(*_LIMIT, {"Retry-After": "150"}),
    "429-long": error_reply(*_LIMIT, {"Retry-After": "3600000"}),
    "429-odd": error_reply(*_LIMIT, {"Retry-After": "1.5"}),
    "429-date": error_reply(*_LIMIT, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}),
    "429-bare": error_reply(*_LIMIT),
    "500": error_reply(500, "Internal Server Error", _BOOM, "RENDERER_EXCEPTION"),
    "redirect": (307, {"Location": "http://127.0.0.1:9/elsewhere"}, b""),
    "502": (502, {"Content-Type": "text/html"}, b"<html><h1>Bad Gateway</h1></html>"),
    "503": (503, {}, b""),
    "html": (200, {"Content-Type": "text/html"}, b"<html><body>Please log in to the hotel network</body></html>"),
    "garbage": (200, {}, bytes(range(256)) * 40),
    "empty": (200, {}, b""),
    "json-number": (200, {}, b"42"),
    "json-list": (200, {}, b"[1, 2]"),
    "json-object": (200, {}, b'{"hello": "world"}'),
    "token-unknown-client": oauth_reply(401, "invalid_client"),
    "token-wrong-secret": oauth_reply(401, "unauthorized_client"),
    "token-invalid-request": oauth_reply(400, "invalid_request"),
    "token-illegal-client": error_reply(400, "Bad Request", "Illegal client_id!", "OAUTH_ERROR"),
    "token-illegal-secret": error_reply(400, "Bad Request", "Illegal secret!", "OAUTH_ERROR"),
}
"""By name. The server knows besides: ``half``, ``drop``, ``reset``, ``stall``, ``trickle``, ``echo``, ``flood``."""


class RefusedError(Exception):
    """A request that the service would answer with 400."""


class Evalscript:
    """As much of an evalscript as ours use: inputs, outputs, and samples times a number."""

    def __init__(self, text: str) -> None:
        if not text.lstrip().startswith("//VERSION=3"):
            raise RefusedError("//VERSION=3 is missing")
        inputs = re.search(r"input:\s*\[\{bands:\s*\[([^\]]*)\],\s*units:\s*\"DN\"\}\]", text)
        if inputs is None:
            raise RefusedError("input cannot be read")
        self.bands = set(re.findall(r'"(\w+)"', inputs[1]))
        outputs = re.findall(r'\{id:\s*"(\w+)",\s*bands:\s*(\d+),\s*sampleType:\s*"(\w+)"\}', text)
        self.outputs = {name: (int(count), np.dtype(kind.lower())) for name, count, kind in outputs}
        returned = re.search(r"return \{(default:.*?)\};\n\}\s*$", text, re.S)
        if returned is None:
            raise RefusedError("Script must return an array.")
        self.samples = {
            name: [part.strip() for part in items.split(",")]
            for name, items in re.findall(r"(\w+):\s*\[([^\]]*)\]", returned[1])
        }

    def render(self, output: str, pixels: dict[str, Any], level: str) -> Any:
        """(height, width, bands) of the output's type; integers are rounded and clamped."""
        count, dtype = self.outputs[output]
        missing = {"L1C": {"SCL"}, "L2A": {"B10"}}[level] & self.bands
        if missing or len(self.samples[output]) != count:
            raise RefusedError(f"Dataset with type S2{level} has no {missing or 'such output'}.")
        layers = []
        for sample in self.samples[output]:
            found = re.fullmatch(r"(?:([\d.]+) \* )?s\.(\w+)", sample)
            if found is None or found[2] not in self.bands:
                raise RefusedError(f"{sample} is not defined")
            layers.append(np.clip(np.rint(pixels[found[2]] * float(found[1] or 1)), 0, np.iinfo(dtype).max))
        return np.stack(layers, axis=-1).astype(dtype)


def tiff(array: Any) -> bytes:
    """A TIFF of (height, width, bands), compressed as the service does."""
    buffer = io.BytesIO()
    array = array[..., 0] if array.shape[-1] == 1 else array
    tifffile.imwrite(
        buffer, array, photometric="minisblack", planarconfig="contig" if array.ndim == 3 else None, compression="zlib"
    )
    return buffer.getvalue()
