"""What overrides.py relies on in the sentinelhub client: that its methods are there, and that the client calls them.

What the overrides do is tried against a server in test_login.py and test_errors.py.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from sentinelhub import SentinelHubSession
from sentinelhub.download import SentinelHubDownloadClient
from sentinelhub.download.rate_limit import SentinelHubRateLimit

from lulc_core.sources.sentinel_hub import overrides
from lulc_core.sources.sentinel_hub.overrides import BoundedClient, BoundedSession, RateLimiter, retry_after_s

REQUIREMENTS = Path(__file__).parents[3] / "requirements.txt"
OVERRIDDEN = {
    (SentinelHubSession, BoundedSession): ("_collect_new_token", "_fetch_token"),
    (SentinelHubRateLimit, RateLimiter): ("register_next", "update"),
    (SentinelHubDownloadClient, BoundedClient): ("_get_session_headers", "_do_download"),
}


def calls(function: Any) -> set[str]:
    """Names of attributes that a function reads: ``self.x(...)`` as well as ``self.x``."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    return {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def test_the_version_is_the_one_that_was_overridden() -> None:
    installed = version("sentinelhub")
    assert f"sentinelhub=={installed}" in REQUIREMENTS.read_text().splitlines()
    assert f"({installed})" in str(overrides.__doc__), "look at every override again, then name the version there"


@pytest.mark.parametrize(
    ("theirs", "ours", "name"), [(*classes, name) for classes, names in OVERRIDDEN.items() for name in names]
)
def test_each_overridden_method_is_there_and_takes_the_same(theirs: type, ours: type, name: str) -> None:
    before, after = (inspect.signature(getattr(kind, name)) for kind in (theirs, ours))
    assert list(before.parameters) == list(after.parameters)
    assert name in str(overrides.__doc__)


def test_no_other_method_of_the_client_is_overridden() -> None:
    for (theirs, ours), names in OVERRIDDEN.items():
        found = {name for name in vars(ours) if hasattr(theirs, name) and not name.startswith("__")}
        assert found == set(names)


def test_the_client_calls_what_is_overridden() -> None:
    assert "_collect_new_token" in calls(SentinelHubSession.__init__) & calls(SentinelHubSession.token.fget)
    assert "_fetch_token" in calls(SentinelHubSession._collect_new_token)
    assert "_get_session_headers" in calls(SentinelHubDownloadClient._prepare_headers)
    assert calls(SentinelHubDownloadClient._execute_download) >= {"register_next", "update", "_do_download"}
    assert "_execute_download" in calls(SentinelHubDownloadClient._single_download)
    assert {"refresh_before_expiry", "_token"} <= calls(SentinelHubSession.token.fget)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("3398", 3.398), ("0", 0), ("1.5", 0.0015), (None, 7), ("", 7), ("soon", 7), ("-5", 0), ("Wed, 21 Oct 2026", 7)],
)
def test_retry_after_is_in_milliseconds(header: str | None, seconds: float) -> None:
    assert retry_after_s(header, 7) == pytest.approx(seconds)
