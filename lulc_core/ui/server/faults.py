"""Unexpected errors: a number for the user, under which the operator's log says what it was. No Streamlit in here."""

from __future__ import annotations

import logging
import secrets

_log = logging.getLogger(__name__)
_NUMBER = "_lulc_fault_number"


def number_of(error: BaseException, what: str = "") -> str:
    """Return the number of an unexpected error; at the first call it is given one and written to the log.

    Args:
        error: the exception, which keeps its number.
        what: was being done, for the reader of the log.

    Returns:
        Such as ``7F3A-09C2``.
    """
    known = getattr(error, _NUMBER, None)
    if isinstance(known, str):
        return known
    digits = secrets.token_hex(4).upper()
    number = f"{digits[:4]}-{digits[4:]}"
    error.__dict__[_NUMBER] = number
    _log.error("Fault %s%s", number, f" in {what}" if what else "", exc_info=error)
    return number
