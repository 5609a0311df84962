"""The comparison of a bundle, worked out again from its maps: for documents and files alike."""

from __future__ import annotations

from lulc_core.analysis.change.detect import RULE, change_of_dates
from lulc_core.analysis.change.report import change_report
from lulc_core.domain.change import ChangeReport, ChangeRule
from lulc_core.export.bundle import Bundle


def report_of(bundle: Bundle) -> ChangeReport | None:
    """Work out what changed, as it was when the result was made; None for a map of one date.

    The thresholds are those kept with the result. Where this version of the program knows other ones it uses its own,
    and a note says so.
    """
    if bundle.before is None:
        return None
    stored = bundle.provenance.get("change_rule") or {}
    notes = list(bundle.notes)
    try:
        rule = ChangeRule.from_json(stored)
    except TypeError:
        rule = RULE
        notes.append("What counts as a change follows this version of the program, not the one that made the result.")
    change = change_of_dates([d.land_cover for d in bundle.dates], [d.picture for d in bundle.dates], rule=rule)
    return change_report(change, extra_notes=notes)
