"""What the user's own check of the map says: how right it is, and how much of each class there is."""

from __future__ import annotations

from collections.abc import Sequence

from lulc_core.analysis.accuracy.olofsson import ClassEstimate, Estimate, Measure
from lulc_core.analysis.accuracy.sample import OTHER
from lulc_core.domain.classes import CLASSES
from lulc_core.language.words import Words
from lulc_core.report.story.chart import ClassGround, areas_chart
from lulc_core.report.story.context import ReportContext, confusion_table, day_of
from lulc_core.report.story.land import areas_of, shares_of
from lulc_core.report.story.slide import Slide, Table

_APART = 2
"""Classes that a sentence says the map shows too much or too little of."""


def checked(t: ReportContext) -> Slide | None:
    """Show accuracy and areas with 95 % intervals, the counts in the details; None where nobody checked the map."""
    words, check = t.words, t.check
    if check is None:
        return None
    found, sample, shown = check.found, check.sample, t.bundle.after.land_cover
    total = shown.total_ha
    lines = [words.translate("checked.how", found.n, side=words.metres(shown.grid.cell_m))]
    if found.cannot_tell:
        lines.append(words.translate("checked.cannot", found.cannot_tell))
    if t.bundle.before is not None:
        lines.append(words.translate("checked.one_date", date=words.date(day_of(t.bundle.after))))
    land = [c for c in found.classes if c.class_id != OTHER and not c.is_line]
    largest = [words.translate("checked.area", **_areas(words, c, total)) for c in _largest(land)]
    # Where the map's own area lies outside of the interval, the reader must not take it as it stands.
    outside = [c for c in land if not c.area_ha.low <= c.mapped_ha <= c.area_ha.high]
    outside.sort(key=lambda c: -abs(c.mapped_ha - c.area_ha.value))
    apart = [
        words.translate("checked.too_much" if c.mapped_ha > c.area_ha.high else "checked.too_little", **said)
        for c, said in ((c, _areas(words, c, total)) for c in outside[:_APART])
    ]
    # The cover has said the groups and how right the map is; beside the bars stands what they correct.
    lines = [*(apart or largest), overall_sentence(found, words), *area_sentences(found, words, total), *lines]
    lines += largest if apart else []
    bars = [ClassGround(c.class_id, c.area_ha.value, c.area_ha.low, c.area_ha.high) for c in land]
    bars.sort(key=lambda b: -b.ha)
    letters = (words.class_letter(c.id) for c in CLASSES)
    matrix_header = (words.translate("checked.on_map"), *letters, words.translate("check.other"))
    listed = words.join([words.noun_area(c.class_id, c.area_ha.value, like=total) for c in land])
    return Slide(
        "check",
        words.translate("checked.title"),
        tuple(lines),
        chart=areas_chart(
            bars, words, whole_ha=total, left_out_ha=shown.left_out_ha, simulated=t.bundle.simulated, corine=t.corine
        ),
        chart_alt=words.translate("checked.chart_alt", list=listed),
        chart_caption=words.translate("land.chart_check"),
        table=check_table(found, words, words.translate("checked.table"), total_ha=total),
        details=(
            words.translate(
                "checked.sample",
                drawn=len(sample.tiles),
                there=sum(sample.stratum_tiles.values()),
                answered=len(check.labels),
                seed=sample.seed,
            ),
            words.translate("checked.cut"),
            words.translate("check.method", side=words.metres(shown.grid.cell_m)),
        ),
        detail_table=confusion_table(words, words.translate("checked.matrix"), matrix_header, found.matrix),
    )


def overall_sentence(found: Estimate, words: Words) -> str:
    """Say how much of the map is right: with its interval, or without one where every square was looked at."""
    key = "checked.overall_exact" if found.overall.exact else "checked.overall"
    return words.translate(key, **shares_of(found.overall, words))


def area_sentences(found: Estimate, words: Words, total_ha: float) -> list[str]:
    """Say what the land is by the check, of the whole area, with intervals.

    Args:
        found: what the answers say.
        words: the reader's language.
        total_ha: hectares of the drawn shape.
    """
    groups = sorted(found.groups.items(), key=lambda g: -g[1].value)
    listed = [
        words.translate("land.group_check", name=words.translate(f"group.{key}"), **shares_of(m, words, total_ha))
        for key, m in groups
    ]
    sentences = [words.translate("land.by_check", list=words.join(listed))] if listed else []
    for c in found.classes:
        if c.is_line:
            sentences.append(words.translate(f"land.crossed_check.{c.name}", **shares_of(c.area_ha, words, total_ha)))
    return sentences


def check_table(found: Estimate, words: Words, caption: str, *, total_ha: float) -> Table:
    """Table the classes: ground on the map and by the answers with its interval, user's and producer's accuracy.

    Squares crossed by a road or river are given as shares of the area: their ground is no area of roads.

    Args:
        found: what the labels say.
        words: the reader's language.
        caption: over the table.
        total_ha: hectares of the drawn shape.
    """
    head = tuple(words.translate(f"check.{k}") for k in ("class", "map_area", "area", "interval", "users", "producers"))
    rows = []
    for c in sorted(found.classes, key=lambda c: (c.is_line, c.class_id)):
        if c.is_line:
            name = words.translate(f"table.crossed.{c.name}", letter=words.class_letter(c.class_id))
            ends = shares_of(c.area_ha, words, total_ha)
            ground = (words.share(c.mapped_ha / total_ha), ends["value"])
        else:
            name = "check.other" if c.class_id == OTHER else ""
            name = words.translate(name) if name else words.capital(words.class_name(c.class_id))
            ends = {**areas_of(c.area_ha, words, total_ha), "low": words.area_number(c.area_ha.low, like=total_ha)}
            ground = (words.area(c.mapped_ha, like=total_ha), ends["value"])
        interval = (
            words.translate("check.exact")
            if c.area_ha.exact
            else words.translate("table.from_to_range", low=ends["low"], high=ends["high"])
        )
        rows.append((name, *ground, interval, _share(words, c.users), _share(words, c.producers)))
    return Table(caption, head, tuple(rows))


def _largest(land: Sequence[ClassEstimate]) -> list[ClassEstimate]:
    return sorted(land, key=lambda c: -c.area_ha.value)[:1]


def _areas(words: Words, c: ClassEstimate, total_ha: float) -> dict[str, str]:
    ends = areas_of(c.area_ha, words, total_ha)
    mapped = words.area(c.mapped_ha, like=total_ha)
    return {"name": words.class_noun(c.class_id), "mapped": mapped, "area": ends.pop("value"), **ends}


def _share(words: Words, m: Measure | None) -> str:
    if m is None:
        return words.translate("check.unknown")
    return words.share(m.value) if m.exact else words.translate("checked.share", **shares_of(m, words))
