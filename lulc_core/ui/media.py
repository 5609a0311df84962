"""Pictures and files that a browser fetches from the app itself; they go with the session."""

from __future__ import annotations

from streamlit import runtime


def publish(data: bytes, mime: str, name: str) -> str:
    """Put bytes where the browser can load them.

    Args:
        data: the file.
        mime: its type.
        name: tells it from the session's other files; a new file of the same name takes the old one's place.

    Returns:
        Path from the root of the app, such as ``/media/0123.png``; empty outside of a running app.
    """
    if not runtime.exists():
        return ""
    return str(runtime.get_instance().media_file_mgr.add(data, mime, f"lulc-{name}"))
