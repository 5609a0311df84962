"""Where, when, and what the land is."""

from __future__ import annotations

from datetime import time

import numpy as np

from lulc_core.analysis.accuracy.area import class_areas
from lulc_core.analysis.accuracy.area_uncertainty import UncertainArea, uncertain_areas
from lulc_core.analysis.change.persistence import SAME_SEASON_DAYS, season_gap_days
from lulc_core.domain.results import ClassArea
from lulc_core.export.bundle import DatedMap
from lulc_core.render.sheet.map_sheet import map_sheet, satellite_words
from lulc_core.report.documents.charts import Bar, area_chart
from lulc_core.report.documents.pictures import dates_picture, where_picture
from lulc_core.report.story.context import PICTURE_PX, ReportContext, clear_share, day_of, details_of_dates, reasons
from lulc_core.report.story.slide import Slide, Table

_LEADING = 3
"""Classes that a sentence names at most."""
_ENOUGH = 0.85
"""Share of the named ground from which a sentence names no further class."""
_MOSTLY = 0.5


def where(t: ReportContext) -> Slide:
    """The area and its surroundings."""
    words, aoi, dated = t.words, t.bundle.aoi, t.bundle.after
    grid = dated.land_cover.grid
    position = words.position(*aoi.center)
    day = words.date(day_of(dated))
    lines = (
        words.translate("where.area", area=words.area(dated.land_cover.total_ha), position=position),
        words.translate("where.squares", grid.n_tiles, side=t.unit),
    )
    details = (
        words.translate("where.bbox", bbox=" / ".join(words.number(v, 5) for v in aoi.bbox)),
        words.translate("where.grid", crs=f"EPSG:{grid.epsg}", rows=grid.n_rows, columns=grid.n_cols, side=t.unit),
    )
    return Slide(
        "where",
        words.translate("where.title.named", place=aoi.name) if aoi.name else words.translate("where.title"),
        lines,
        where_picture(t.bundle, words, PICTURE_PX),
        words.translate("where.alt", date=day, position=position),
        words.translate("where.caption", date=day),
        details=details,
    )


def when(t: ReportContext) -> Slide:
    """The dates, the satellites, how clear it was."""
    words, bundle = t.words, t.bundle
    dates = sorted(bundle.dates, key=lambda d: d.acquisition.datetime)
    days = [words.date(day_of(d)) for d in dates]
    main = list(bundle.dates[:2] if bundle.before is not None else bundle.dates)
    lines = []
    for dated in main:
        a = dated.acquisition
        if not a.simulated:
            seen = {"satellite": satellite_words(a, words), "day": words.date_phrase(day_of(dated))}
            # Files that tell only the day are read as taken at midnight, when no Sentinel-2 takes a picture.
            if a.datetime.time() == time():
                lines.append(words.translate("when.saw_day", **seen))
            else:
                lines.append(words.translate("when.saw", time=words.time(a.datetime), **seen))
    made_up = [words.date(day_of(d)) for d in dates if d.acquisition.simulated]
    if made_up:
        lines.append(words.translate("when.simulated", days=words.join(made_up)))
    if bundle.before is not None:
        first, second = (day_of(d) for d in main)
        lines.append(words.translate("when.apart", span=words.days_apart(first, second)))
        same = season_gap_days(first, second) <= SAME_SEASON_DAYS
        lines.append(words.translate("when.same_season" if same else "when.other_season"))
    clear = min(clear_share(d) for d in main)
    key = "when.all_clear" if clear >= 0.9995 else "when.least_clear" if bundle.before is not None else "when.clear"
    lines.append(words.translate(key) if key == "when.all_clear" else words.translate(key, share=words.share(clear)))
    if bundle.confirm:
        further = words.join([words.date(day_of(d)) for d in bundle.confirm])
        lines.append(words.translate("when.confirm", len(bundle.confirm), days=further))
    elif bundle.before is not None:
        lines.append(words.translate("when.no_confirm"))
    roles = ("role.only",) if bundle.before is None else ("role.before", "role.after", *["role.confirm"] * len(t.days))
    rows = [
        (
            words.short_date(day_of(dated)),
            words.translate(role),
            words.translate("attribution.simulated")
            if dated.acquisition.simulated
            else satellite_words(dated.acquisition, words),
            words.share(clear_share(dated)),
        )
        for dated, role in zip(bundle.dates, roles, strict=False)
    ]
    table = Table(
        words.translate("when.table"),
        tuple(words.translate(k) for k in ("when.date", "when.role", "when.satellite", "when.in_view")),
        tuple(rows),
        (False, False, False, True),
    )
    shown = [words.date(day_of(d)) for d in main]
    title = (
        words.translate("when.title.map", date=shown[0])
        if bundle.before is None
        else words.translate("when.title.compare", before=shown[0], after=shown[1])
    )
    return Slide(
        "when",
        title,
        tuple(lines),
        dates_picture(bundle, words, PICTURE_PX),
        words.translate("when.alt", len(dates), days=words.join(days)),
        words.translate("when.caption"),
        table=table,
        details=details_of_dates(dates, words),
    )


def land(t: ReportContext) -> Slide:
    """The map of the last date, and the areas."""
    words, dated = t.words, t.bundle.after
    land_cover, date_of_map = dated.land_cover, day_of(dated)
    areas = class_areas(land_cover)
    date, day = words.date(date_of_map), words.date_phrase(date_of_map)
    out = land_cover.left_out()
    picture = map_sheet(dated, words, PICTURE_PX, aoi=t.bundle.aoi, corine=t.corine)
    caption = words.translate("land.caption", date=date)
    if not areas:
        return Slide(
            "land",
            words.translate("land.title.none"),
            (words.capital(words.translate("land.nothing", day=day, reasons=reasons(out, words))),),
            picture,
            words.translate("land.alt_none", date=date),
            caption,
        )
    ranges = (
        {} if t.evaluation_values is None else {a.cls.id: a for a in uncertain_areas(land_cover, t.evaluation_values)}
    )
    lines = [_mainly(t, areas, day)]
    first = ranges.get(areas[0].cls.id)
    if first is not None:
        low, high, name = words.area(first.low_ha), words.area(first.high_ha), words.class_noun(first.cls.id)
        lines.append(words.translate("land.interval", name=name, low=low, high=high))
    few = land_cover.left_out_ha > (1 - _MOSTLY) * land_cover.total_ha
    if sum(out.values()):
        left_ha = words.area(land_cover.left_out_ha)
        left = words.translate("land.left_out", sum(out.values()), area=left_ha, reasons=reasons(out, words))
        lines.insert(0 if few else len(lines), left)  # where most is left out, a reader is told so first
    if any(a.cls.id in ranges and _outside(a, ranges[a.cls.id]) for a in areas):
        lines.append(words.translate("land.outside"))
    every = words.join([_with_share(t, a) for a in areas])
    bars = [Bar(a.cls.id, a.ha, *_range(ranges.get(a.cls.id))) for a in areas]
    details = [
        words.translate("land.weighted", name=words.class_name(r.cls.id), area=words.area(r.weighted_ha))
        for r in ranges.values()
    ]
    if ranges:
        details.append(words.translate("land.interval_method"))
    return Slide(
        "land",
        words.translate("land.title.few") if few else _land_title(t, areas),
        tuple(lines),
        picture,
        words.translate("land.alt", date=date, list=every),
        caption,
        area_chart(bars, words, simulated=land_cover.simulated, corine=t.corine),
        words.translate("land.chart_alt", list=every),
        words.translate("land.chart_range" if ranges else "land.chart"),
        _areas_table(t, areas, ranges, date),
        tuple(details),
    )


def _taken_by(t: ReportContext, dated: DatedMap) -> str:
    if dated.acquisition.simulated:
        return t.words.translate("attribution.simulated")
    return satellite_words(dated.acquisition, t.words)


def _land_title(t: ReportContext, areas: tuple[ClassArea, ...]) -> str:
    names = [t.words.class_noun(a.cls.id) for a in areas[:2]]
    if len(areas) == 1:
        return t.words.translate("land.title.only", first=names[0])
    if areas[0].pct / 100 >= _MOSTLY:
        return t.words.translate("land.title.one", first=names[0])
    return t.words.translate("land.title.two", first=names[0], second=names[1])


def _mainly(t: ReportContext, areas: tuple[ClassArea, ...], day: str) -> str:
    if len(areas) == 1:
        return t.words.capital(t.words.translate("land.only", day=day, name=t.words.class_noun(areas[0].cls.id)))
    reached = np.cumsum([a.pct for a in areas]) / 100
    n = min(_LEADING, int(np.searchsorted(reached, _ENOUGH)) + 1)
    leading = t.words.join([_with_share(t, a) for a in areas[:n]])
    return t.words.translate("land.mainly", day=day, list=leading)


def _with_share(t: ReportContext, area: ClassArea) -> str:
    return t.words.translate("class.share", name=t.words.class_noun(area.cls.id), share=t.words.share(area.pct / 100))


def _outside(area: ClassArea, found: UncertainArea) -> bool:
    return not found.low_ha <= area.ha <= found.high_ha


def _range(found: UncertainArea | None) -> tuple[float, float] | tuple[None, None]:
    return (None, None) if found is None else (found.low_ha, found.high_ha)


def _areas_table(t: ReportContext, areas: tuple[ClassArea, ...], ranges: dict[int, UncertainArea], date: str) -> Table:
    words = t.words
    header = [words.translate(f"table.{k}") for k in ("class", "squares", "area", "share")]
    rows = []
    for a in areas:
        name = f"{words.capital(words.class_name(a.cls.id))} ({a.cls.letter})"
        row = [name, words.number(a.tiles), words.area(a.ha), words.share(a.pct / 100, 1)]
        if ranges:
            r = ranges.get(a.cls.id)
            low_high = ("", "") if r is None else (words.area(r.low_ha), words.area(r.high_ha))
            row.append(words.translate("table.from_to_range", low=low_high[0], high=low_high[1]) if r else "")
        rows.append(tuple(row))
    if ranges:
        header.append(words.translate("table.range"))
    return Table(
        words.translate("land.table", date=date), tuple(header), tuple(rows), (False, *(True for _ in header[1:]))
    )
