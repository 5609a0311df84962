"""What the land is: by the map, and where its user checked it, by the check."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from lulc_core.analysis.accuracy.area import area_account, weighted_ha
from lulc_core.analysis.accuracy.olofsson import Estimate, Measure
from lulc_core.analysis.accuracy.sample import OTHER
from lulc_core.analysis.describe import land_sentences
from lulc_core.domain.classes import CLASSES, GROUPS
from lulc_core.domain.results import AreaAccount
from lulc_core.language.coverage import care_sentence, cautions, few_named, named_sentence
from lulc_core.language.words import Words
from lulc_core.render.sheet.drawing import Screen
from lulc_core.render.sheet.map_sheet import map_sheet
from lulc_core.report.story.chart import ClassGround, areas_chart
from lulc_core.report.story.context import PICTURE_PX, SCREEN_PX, ReportContext, day_of
from lulc_core.report.story.slide import Slide, Table

MOSTLY = 0.5
"""Share of the area from which a title names one group alone."""
Row = tuple[str, ...]


def land(t: ReportContext) -> Slide:
    """Show the map of the last date and the areas of its classes, those of the check where there is one."""
    words, dated = t.words, t.bundle.after
    land_cover, date = dated.land_cover, words.date(day_of(dated))
    account, found = area_account(land_cover), None if t.check is None else t.check.found
    draw = partial(map_sheet, dated, words, aoi=t.bundle.aoi, corine=t.corine)
    picture, screen = draw(PICTURE_PX), Screen(partial(draw, SCREEN_PX, large=True))
    caption = words.translate("land.caption", date=date)
    doubts: dict[str, Any] = {"cautions": cautions([land_cover], words), "care": care_sentence([land_cover], words)}
    first = named_sentence(land_cover, words)
    if not land_cover.classified.any():
        alt, title = words.translate("land.alt_none", date=date), words.translate("land.title.none")
        return Slide("land", title, (first,), picture, alt, caption, screen=screen, **doubts)
    if found is None:
        lines = [first, *land_sentences(account, words)]
        shares = {g.key: g.pct / 100 for g in account.groups}
        bars = [ClassGround(a.cls.id, a.ha) for a in account.land]
    else:
        lines = [first, *check_sentences(found, account, words)]
        shares = {key: m.value / account.total_ha for key, m in found.groups.items()}
        land = [c for c in found.classes if c.class_id < len(CLASSES) and not c.is_line]
        bars = [ClassGround(c.class_id, c.area_ha.value, c.area_ha.low, c.area_ha.high) for c in land]
        bars.sort(key=lambda b: -b.ha)
    listed = words.join([words.noun_share(b.class_id, b.ha / account.total_ha) for b in bars])
    details = [
        words.translate("land.weighted", name=words.class_name(c.id), area=words.area(ha))
        for c, ha in zip(CLASSES, weighted_ha(land_cover).tolist(), strict=True)
        if ha >= 0.01 and not c.is_line
    ]
    if found is None:
        details.append(words.translate("land.no_range"))
    return Slide(
        "land",
        _title(shares, words, few=few_named(land_cover)),
        tuple(lines),
        picture,
        words.translate("land.alt", date=date, list=listed),
        caption,
        areas_chart(bars, words, left_out_ha=account.left_out_ha, simulated=land_cover.simulated, corine=t.corine),
        words.translate("land.chart_alt", list=listed),
        words.translate("land.chart" if found is None else "land.chart_check"),
        _table(account, found, words, words.translate("land.table", date=date)),
        tuple(details),
        screen=screen,
        **doubts,
    )


def check_sentences(found: Estimate, account: AreaAccount, words: Words) -> list[str]:
    """Say what the land is by the check of its user, of the whole area, and what the map itself shows.

    Args:
        found: what the answers say.
        account: of the map.
        words: the reader's language.
    """
    total = account.total_ha
    groups = sorted(found.groups.items(), key=lambda g: -g[1].value)
    listed = [
        words.translate("land.group_check", name=words.translate(f"group.{key}"), **shares_of(m, words, total))
        for key, m in groups
    ]
    sentences = [words.translate("land.by_check", list=words.join(listed))] if listed else []
    for c in found.classes:
        if c.is_line:
            sentences.append(words.translate(f"land.crossed_check.{c.name}", **shares_of(c.area_ha, words, total)))
    if account.groups:
        shown = words.join([words.group_share(g.key, g.pct / 100) for g in account.groups])
        sentences.append(words.translate("land.map_check", list=shown))
    return sentences


def shares_of(m: Measure, words: Words, total: float = 1.0) -> dict[str, str]:
    """Write an estimate and the ends of its interval as shares of a total."""
    return {name: words.share(v / total) for name, v in (("value", m.value), ("low", m.low), ("high", m.high))}


def _title(shares: Mapping[str, float], words: Words, *, few: bool) -> str:
    """Name the leading group, or two."""
    if few:
        return words.translate("land.title.few")
    leading = sorted(shares.items(), key=lambda g: -g[1])
    names = [words.translate(f"group.{key}") for key, share in leading if share > 0]
    if not names:
        return words.translate("land.title.crossed")
    if leading[0][1] >= MOSTLY:
        return words.translate("land.title.one", first=names[0])
    if len(names) == 1:
        return words.translate("land.title.only", first=names[0])
    return words.translate("land.title.two", first=names[0], second=names[1])


def _table(account: AreaAccount, found: Estimate | None, words: Words, caption: str) -> Table:
    """Table the area drawn: groups with their classes, squares crossed, what is left out, the whole."""
    shown = {a.cls.id: a for a in (*account.land, *account.crossed)}
    checked = {} if found is None else {c.class_id: c.area_ha for c in found.classes}
    total = account.total_ha

    def row(name: str, squares: int, ha: float, measure: Measure | None = None, *, crossed: bool = False) -> Row:
        """A row; squares that are crossed have no hectares."""
        area = "" if crossed else words.area(ha)
        cells = (name, words.number(squares), area, words.share(ha / total, 1))
        if found is None:
            return cells
        if measure is None:
            return (*cells, "", "")
        ends = shares_of(measure, words, total)
        if not crossed:
            ends = {"value": words.area(measure.value), "high": words.area(measure.high)}
            ends["low"] = words.area(measure.low, like=measure.high)
        return (*cells, ends["value"], words.translate("table.from_to_range", low=ends["low"], high=ends["high"]))

    def of_class(i: int, name: str) -> Row:
        a = shown.get(i)
        return row(name, a.tiles if a else 0, a.ha if a else 0.0, checked.get(i), crossed=CLASSES[i].is_line)

    rows: list[tuple[float, list[Row]]] = []
    for key, ids in GROUPS.items():
        members = [i for i in ids if i in shown or i in checked]
        if members:
            areas = [shown[i] for i in members if i in shown]
            ha, measure = sum(a.ha for a in areas), None if found is None else found.groups[key]
            of_group = row(words.capital(words.translate(f"group.{key}")), sum(a.tiles for a in areas), ha, measure)
            members.sort(key=lambda i: -(shown[i].ha if i in shown else 0.0))
            names = [f"– {words.class_name(i)} ({words.class_letter(i)})" for i in members]
            rows.append((-ha, [of_group, *(of_class(i, name) for i, name in zip(members, names, strict=True))]))
    found_rows = [r for _, block in sorted(rows, key=lambda block: block[0]) for r in block]
    lines = [c for c in CLASSES if c.is_line and (c.id in shown or c.id in checked)]
    for c in lines:
        name = words.translate(f"table.crossed.{c.name}", letter=words.class_letter(c.id))
        found_rows.append(of_class(c.id, name))
    if OTHER in checked:
        found_rows.append(row(words.translate("check.other"), 0, 0.0, checked[OTHER]))
    if account.left_out_tiles:
        found_rows.append(row(words.translate("table.left_out"), account.left_out_tiles, account.left_out_ha))
    squares = sum(a.tiles for a in shown.values()) + account.left_out_tiles
    found_rows.append(row(words.translate("table.whole"), squares, total))
    header = ["table.class", "table.squares", "table.area", "table.share_of_area"]
    header += [] if found is None else ["check.area", "check.interval"]
    return Table(caption, tuple(words.translate(k) for k in header), tuple(found_rows))
