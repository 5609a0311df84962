"""What the server answers beside Streamlit's own addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse
from starlette.routing import Route

from lulc_core.ui.server.places import PATH, places

if TYPE_CHECKING:
    from starlette.requests import Request

START = "/explore"
"""The first page as one would guess it from the others; Streamlit serves it at ``/`` only."""


async def to_start(request: Request) -> RedirectResponse:
    """Send a visitor on to the first page, with what the address asks for."""
    query = request.url.query
    return RedirectResponse(f"./?{query}" if query else "./")


def routes() -> list[Route]:
    """Return what the server adds to Streamlit's addresses."""
    return [Route(PATH, places), Route(START, to_start)]
