"""What stands before Streamlit's own server: headers against framing and sniffing, no metrics, a bound for uploads."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from streamlit import runtime

from lulc_core.domain.errors import LulcError
from lulc_core.settings import Settings
from lulc_core.ui import resources
from lulc_core.ui.map.libraries import BASE_MAP_ORIGINS, CDN, needs_cdn

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_UPLOAD = re.compile(r"/_stcore/upload_file/([^/]+)/([^/]+)/?$")
_CLOSED = re.compile(r"/_stcore/(metrics|agent(/.*)?)/?$")
"""Says who uses the server and how, to anybody who asks; Streamlit has no option for it."""
MB = 1_000_000


class Protection:
    """ASGI middleware around ``st.App``; see docs/server.md for what a reverse proxy adds."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self._app = app
        self._coming: Counter[str] = Counter()  # bytes of uploads that are on their way, by session

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path, settings = str(scope["path"]), _settings()
        headers = headers_for(path, settings)

        async def send_with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *headers]
            await send(message)

        upload = _UPLOAD.search(path) if scope["method"] == "PUT" else None
        if _CLOSED.search(path):
            await _answer(send_with_headers, 404, "Not found.")
        elif upload is None:
            await self._app(scope, receive, send_with_headers)
        else:
            await self._take(upload[1], scope, receive, send_with_headers, settings)

    async def _take(self, session: str, scope: Scope, receive: Receive, send: Send, settings: Settings) -> None:
        """Take an upload where it fits beside what the session and all sessions have uploaded."""
        size = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
        if not size.isdigit():
            await _answer(send, 411, "An upload must say how long it is.")
            return
        coming, (own, every) = int(size), self._held(session)
        if own + coming > settings.uploads_mb * MB or every + coming > settings.all_uploads_mb * MB:
            whose = f"your uploads together may have {settings.uploads_mb:,.0f} MB"
            if own + coming <= settings.uploads_mb * MB:
                whose = "the uploads of all users take up all the room there is"
            await _answer(send, 413, f"The file cannot be taken: {whose}. Remove a file, then try again.")
            return
        self._coming[session] += coming
        try:
            await self._app(scope, receive, send)
        finally:
            self._coming[session] -= coming
            if self._coming[session] <= 0:
                del self._coming[session]

    def _held(self, session: str) -> tuple[int, int]:
        """Return the bytes of a session's uploads, and of those of all sessions."""
        stored: Any = runtime.get_instance().uploaded_file_mgr
        held = Counter(self._coming)
        for owner, files in list(stored.file_storage.items()):
            held[owner] += sum(len(file.data) for file in list(files.values()))
        return held[session], held.total()


def headers_for(path: str, settings: Settings) -> list[tuple[bytes, bytes]]:
    """Return the headers of an answer to a request for a path.

    Streamlit's page sets styles on elements and evaluates WebAssembly; the map's frame (``/component/``) runs the
    script that st_folium sends as text. Everything comes from the app itself, but for the tiles of base maps.
    """
    scripts = "'self' 'unsafe-inline' " + ("'unsafe-eval'" if "/component/" in path else "'wasm-unsafe-eval'")
    libraries = f" {CDN}" if needs_cdn() else ""
    policy = {
        "default-src": "'self'",
        "script-src": f"{scripts}{libraries} blob:",
        "style-src": f"'self' 'unsafe-inline'{libraries}",
        "img-src": f"'self' data: blob: {' '.join(BASE_MAP_ORIGINS)}{libraries}",
        "font-src": "'self' data:",
        "media-src": "'self' data: blob:",
        "worker-src": "'self' blob:",
        "frame-src": "'self' blob: data:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": settings.frame_ancestors,
    }
    found = {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "strict-origin-when-cross-origin",  # the address holds the area; OpenStreetMap asks for one
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }
    if settings.frame_ancestors in ("'self'", "'none'"):
        found["X-Frame-Options"] = "SAMEORIGIN" if settings.frame_ancestors == "'self'" else "DENY"
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in found.items()]


def _settings() -> Settings:
    try:
        return resources.settings()
    except LulcError:  # the page says what is wrong with them
        return Settings()


async def _answer(send: Send, status: int, text: str) -> None:
    body = text.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
