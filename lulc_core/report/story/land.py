"""What the land is by the network's map; where its user checked it, the check tells the areas before."""

from __future__ import annotations

from functools import partial
from typing import Any

from lulc_core.analysis.accuracy.area import area_account, weighted_ha
from lulc_core.analysis.accuracy.olofsson import Measure
from lulc_core.analysis.describe import land_sentences
from lulc_core.domain.classes import CLASSES
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
    """Show the map of the last date and the areas of its classes; after a check it is named as the network's."""
    words, dated = t.words, t.bundle.after
    land_cover, date = dated.land_cover, words.date(day_of(dated))
    account, found = area_account(land_cover), None if t.check is None else t.check.found
    draw = partial(map_sheet, dated, words, aoi=t.bundle.aoi, corine=t.corine)
    picture, screen = draw(PICTURE_PX), Screen(partial(draw, SCREEN_PX, large=True))
    caption = words.translate("land.caption" if found is None else "land.caption_check", date=date)
    doubts: dict[str, Any] = {"cautions": cautions([land_cover], words), "care": care_sentence([land_cover], words)}
    first = named_sentence(land_cover, words)
    if not land_cover.classified.any():
        alt, title = words.translate("land.alt_none", date=date), words.translate("land.title.none")
        return Slide("land", title, (first,), picture, alt, caption, screen=screen, **doubts)
    listed = words.join([words.noun_share(a.cls.id, a.ha / account.total_ha) for a in account.land])
    details = [
        words.translate("land.weighted", name=words.class_name(c.id), area=words.area(ha, like=account.total_ha))
        for c, ha in zip(CLASSES, weighted_ha(land_cover).tolist(), strict=True)
        if ha >= 0.01 and not c.is_line
    ]
    if found is None:
        title, lines = _title(account, words, few=few_named(land_cover)), [first, *land_sentences(account, words)]
        details.append(words.translate("land.no_range"))
        bars = [ClassGround(a.cls.id, a.ha) for a in account.land]
        doubts["chart"] = areas_chart(
            bars, words, whole_ha=account.total_ha, left_out_ha=account.left_out_ha,
            simulated=land_cover.simulated, corine=t.corine,
        )  # fmt: skip
        doubts["chart_alt"] = words.translate("land.chart_alt", list=listed)
        doubts["chart_caption"] = words.translate("land.chart")
    else:  # the bars of the check were seen before it
        title, lines = words.translate("land.title.checked"), [*_of_the_map(account, words), first]
    return Slide(
        "land",
        title,
        tuple(lines),
        picture,
        words.translate("land.alt", date=date, list=listed),
        caption,
        table=_table(account, words, words.translate("land.table" if found is None else "land.table_check", date=date)),
        details=tuple(details),
        screen=screen,
        **doubts,
    )


def _of_the_map(account: AreaAccount, words: Words) -> list[str]:
    """Say of a map that was checked what it shows, and what of it the check leaves as it was."""
    shown = words.join([words.group_share(g.key, g.pct / 100) for g in account.groups])
    said = [words.translate("land.map_check", list=shown)] if shown else []
    return [*said, words.translate("land.not_corrected")]


def shares_of(m: Measure, words: Words, total: float = 1.0) -> dict[str, str]:
    """Write an estimate and the ends of its interval as shares of a total."""
    return {name: words.share(v / total) for name, v in (("value", m.value), ("low", m.low), ("high", m.high))}


def areas_of(m: Measure, words: Words, total_ha: float) -> dict[str, str]:
    """Write an estimate and the ends of its interval as areas, in the unit of the whole."""
    return {name: words.area(v, like=total_ha) for name, v in (("value", m.value), ("low", m.low), ("high", m.high))}


def _title(account: AreaAccount, words: Words, *, few: bool) -> str:
    """Name the leading group, or two."""
    if few:
        return words.translate("land.title.few")
    leading = sorted(account.groups, key=lambda g: -g.pct)
    names = [words.translate(f"group.{g.key}") for g in leading if g.pct > 0]
    if not names:
        return words.translate("land.title.crossed")
    if leading[0].pct >= 100 * MOSTLY:
        return words.translate("land.title.one", first=names[0])
    if len(names) == 1:
        return words.translate("land.title.only", first=names[0])
    return words.translate("land.title.two", first=names[0], second=names[1])


def _table(account: AreaAccount, words: Words, caption: str) -> Table:
    """Table the area drawn: groups with their classes, squares crossed, what is left out, the whole."""
    total = account.total_ha

    def row(name: str, squares: int, ha: float, *, crossed: bool = False) -> Row:
        """A row; squares that are crossed have no hectares."""
        area = "" if crossed else words.area(ha, like=total)
        return name, words.number(squares), area, words.share(ha / total, 1)

    rows: list[Row] = []
    for g in account.groups:
        rows.append(row(words.capital(words.translate(f"group.{g.key}")), g.tiles, g.ha))
        for a in g.classes:
            rows.append(row(f"– {words.class_name(a.cls.id)} ({words.class_letter(a.cls.id)})", a.tiles, a.ha))
    for a in sorted(account.crossed, key=lambda a: a.cls.id):
        name = words.translate(f"table.crossed.{a.cls.name}", letter=words.class_letter(a.cls.id))
        rows.append(row(name, a.tiles, a.ha, crossed=True))
    if account.left_out_tiles:
        rows.append(row(words.translate("table.left_out"), account.left_out_tiles, account.left_out_ha))
    squares = sum(a.tiles for a in (*account.land, *account.crossed)) + account.left_out_tiles
    rows.append(row(words.translate("table.whole"), squares, total))
    header = ("table.class", "table.squares", "table.area", "table.share_of_area")
    return Table(caption, tuple(words.translate(k) for k in header), tuple(rows))
