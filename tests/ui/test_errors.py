"""User text is text."""

from __future__ import annotations

import pytest

from lulc_core.domain.errors import InputError
from lulc_core.ui.errors import as_user_error, plain


@pytest.mark.parametrize(
    "text", ["*bold*", "[a](http://x)", "`code`", "$x$", ":red[x]", "<b>", "# title", "a|b", "~~x~~"]
)
def test_markdown_of_users_is_not_read(text: str) -> None:
    shown = plain(text)
    assert shown != text
    assert shown.replace("\\", "") == text


def test_only_errors_made_for_users_keep_their_words() -> None:
    known = InputError("Too large.", hint="Smaller.")
    assert as_user_error(known) is known
    assert "/root/secret" not in str(as_user_error(OSError("/root/secret")))
