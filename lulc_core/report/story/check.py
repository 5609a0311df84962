"""What the user's own check of the map says: how right it is, and how much of each class there is."""

from __future__ import annotations

from lulc_core.analysis.accuracy.olofsson import OTHER, ClassEstimate, Estimate, Measure
from lulc_core.domain.classes import CLASSES
from lulc_core.language.words import Words
from lulc_core.report.documents.charts import Bar, area_chart
from lulc_core.report.story.context import ReportContext, confusion_table
from lulc_core.report.story.slide import Slide, Table

_APART = 2
"""Classes that a sentence says the map shows too much or too little of."""


def checked(t: ReportContext) -> Slide | None:
    """Show accuracy and areas with 95 % intervals, the counts in the details; None where nobody checked the map."""
    words, check = t.words, t.check
    if check is None:
        return None
    found, sample = check.found, check.sample
    lines = [
        words.translate("checked.overall", **_with_interval(words, found.overall)),
        # The squares that were looked at are the tiles, however fine the map is.
        words.translate("checked.how", found.n, side=words.metres(t.bundle.after.tiles.grid.cell_m)),
    ]
    if found.cannot_tell:
        lines.append(words.translate("checked.cannot", found.cannot_tell))
    classes = [c for c in found.classes if c.class_id != OTHER]
    largest = max(classes, key=lambda c: c.area_ha.value)
    lines.append(words.translate("checked.area", area=words.area(largest.area_ha.value), **_areas(words, largest)))
    # Where the map's own area lies outside of the interval, the reader must not take it as it stands.
    outside = [c for c in classes if not c.area_ha.low <= c.mapped_ha <= c.area_ha.high]
    outside.sort(key=lambda c: -abs(c.mapped_ha - c.area_ha.value))
    for c in outside[:_APART]:
        key = "checked.too_much" if c.mapped_ha > c.area_ha.high else "checked.too_little"
        lines.append(words.translate(key, **_areas(words, c)))
    bars = [Bar(c.class_id, c.area_ha.value, c.area_ha.low, c.area_ha.high) for c in classes]
    bars.sort(key=lambda b: -b.ha)
    letters = (c.letter for c in CLASSES)
    matrix_header = (words.translate("checked.on_map"), *letters, words.translate("check.other"))
    listed = words.join([words.noun_area(c.class_id, c.area_ha.value) for c in classes])
    return Slide(
        "check",
        words.translate("checked.title"),
        tuple(lines),
        chart=area_chart(bars, words, simulated=t.bundle.simulated, corine=t.corine),
        chart_alt=words.translate("checked.chart_alt", list=listed),
        chart_caption=words.translate("checked.chart"),
        table=check_table(found, words, words.translate("checked.table")),
        details=(
            words.translate(
                "checked.sample",
                drawn=len(sample.tiles),
                there=sum(sample.stratum_tiles.values()),
                answered=len(check.labels),
                seed=sample.seed,
            ),
            words.translate("checked.cut"),
            words.translate("check.method"),
        ),
        detail_table=confusion_table(words, words.translate("checked.matrix"), matrix_header, found.matrix),
    )


def check_table(found: Estimate, words: Words, caption: str) -> Table:
    """Table the classes: area on the map, area by the answers with its interval, user's and producer's accuracy.

    Args:
        found: what the labels say.
        words: the reader's language.
        caption: over the table.
    """
    head = tuple(words.translate(f"check.{k}") for k in ("class", "map_area", "area", "interval", "users", "producers"))
    rows = tuple(
        (
            words.translate("check.other") if c.class_id == OTHER else words.capital(words.class_name(c.class_id)),
            words.area(c.mapped_ha),
            words.area(c.area_ha.value),
            words.translate("table.from_to_range", **_ends(words, c)),
            _share(words, c.users),
            _share(words, c.producers),
        )
        for c in found.classes
    )
    return Table(caption, head, rows)


def _areas(words: Words, c: ClassEstimate) -> dict[str, str]:
    return {"name": words.class_noun(c.class_id), "mapped": words.area(c.mapped_ha), **_ends(words, c)}


def _with_interval(words: Words, m: Measure) -> dict[str, str]:
    return {"value": words.share(m.value), "low": words.share(m.low), "high": words.share(m.high)}


def _share(words: Words, m: Measure | None) -> str:
    return (
        words.translate("check.unknown") if m is None else words.translate("checked.share", **_with_interval(words, m))
    )


def _ends(words: Words, c: ClassEstimate) -> dict[str, str]:
    return {"low": words.area(c.area_ha.low), "high": words.area(c.area_ha.high)}
