"""What the user's own check of the map says: how right it is, and how much of each class there is."""

from __future__ import annotations

from lulc_core.analysis.accuracy.olofsson import OTHER, ClassEstimate, Estimate, Measure, UserCheck
from lulc_core.domain.classes import CLASSES
from lulc_core.language.words import Words
from lulc_core.report.documents.charts import Bar, area_chart
from lulc_core.report.story.context import ReportContext
from lulc_core.report.story.slide import Slide, Table

_APART = 2
"""Classes that a sentence says the map shows too much or too little of."""


def checked(t: ReportContext) -> Slide | None:
    """Show accuracy and areas with 95 % intervals, the counts in the details; None where nobody checked the map."""
    words, check = t.words, t.check
    if check is None:
        return None
    found, overall = check.found, check.found.overall
    lines = [
        words.translate("checked.overall", **_with_interval(words, overall)),
        words.translate("checked.how", found.n, side=words.metres(check_side_m(t))),
    ]
    if found.cannot_tell:
        lines.append(words.translate("checked.cannot", found.cannot_tell))
    classes = [c for c in found.classes if c.class_id != OTHER]
    largest = max(classes, key=lambda c: c.area_ha.value)
    lines.append(_area_line(words, largest))
    # Where the map's own area lies outside of the interval, the reader must not take it as it stands.
    apart = sorted((c for c in classes if _too_much(c) or _too_little(c)), key=_gap_ha, reverse=True)
    for c in apart[:_APART]:
        key = "checked.too_much" if _too_much(c) else "checked.too_little"
        lines.append(
            words.translate(key, name=words.class_noun(c.class_id), mapped=words.area(c.mapped_ha), **_ends(words, c))
        )
    bars = [Bar(c.class_id, c.area_ha.value, c.area_ha.low, c.area_ha.high) for c in classes]
    bars.sort(key=lambda b: -b.ha)
    areas = [words.noun_area(c.class_id, c.area_ha.value) for c in classes]
    return Slide(
        "check",
        words.translate("checked.title"),
        tuple(lines),
        chart=area_chart(bars, words, simulated=t.bundle.simulated, corine=t.corine),
        chart_alt=words.translate("checked.chart_alt", list=words.join(areas)),
        chart_caption=words.translate("checked.chart"),
        table=check_table(found, words, words.translate("checked.table")),
        details=_details(words, check),
        detail_table=_matrix(words, found),
    )


def check_side_m(t: ReportContext) -> int:
    """Give the side of the squares that were looked at, metres: that of the tiles, however fine the map is."""
    return t.bundle.after.tiles.grid.cell_m


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
            _name(words, c),
            words.area(c.mapped_ha),
            words.area(c.area_ha.value),
            words.translate("table.from_to_range", **_ends(words, c)),
            _share(words, c.users),
            _share(words, c.producers),
        )
        for c in found.classes
    )
    return Table(caption, head, rows, (False, *(True for _ in head[1:])))


def _details(words: Words, check: UserCheck) -> tuple[str, ...]:
    sample = check.sample
    return (
        words.translate(
            "checked.sample",
            drawn=len(sample.tiles),
            there=sum(sample.stratum_tiles.values()),
            answered=len(check.labels),
            seed=sample.seed,
        ),
        words.translate("checked.cut"),
        words.translate("check.method"),
    )


def _matrix(words: Words, found: Estimate) -> Table:
    rows = tuple(
        (f"{c.letter}  {words.capital(words.class_name(c.id))}", *(words.number(int(v)) for v in found.matrix[c.id]))
        for c in CLASSES
    )
    header = (words.translate("checked.on_map"), *(c.letter for c in CLASSES), words.translate("check.other"))
    return Table(words.translate("checked.matrix"), header, rows, (False, *(True for _ in header[1:])))


def _area_line(words: Words, c: ClassEstimate) -> str:
    return words.translate(
        "checked.area",
        name=words.class_noun(c.class_id),
        area=words.area(c.area_ha.value),
        mapped=words.area(c.mapped_ha),
        **_ends(words, c),
    )


def _name(words: Words, c: ClassEstimate) -> str:
    return words.translate("check.other") if c.class_id == OTHER else words.capital(words.class_name(c.class_id))


def _with_interval(words: Words, m: Measure) -> dict[str, str]:
    return {"value": words.share(m.value), "low": words.share(m.low), "high": words.share(m.high)}


def _share(words: Words, m: Measure | None) -> str:
    return (
        words.translate("check.unknown") if m is None else words.translate("checked.share", **_with_interval(words, m))
    )


def _ends(words: Words, c: ClassEstimate) -> dict[str, str]:
    return {"low": words.area(c.area_ha.low), "high": words.area(c.area_ha.high)}


def _too_much(c: ClassEstimate) -> bool:
    return c.mapped_ha > c.area_ha.high


def _too_little(c: ClassEstimate) -> bool:
    return c.mapped_ha < c.area_ha.low


def _gap_ha(c: ClassEstimate) -> float:
    return abs(c.mapped_ha - c.area_ha.value)
