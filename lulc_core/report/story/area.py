"""Where, when, and what the land is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time

from lulc_core.analysis.accuracy.area import class_areas
from lulc_core.analysis.accuracy.area_uncertainty import UncertainArea, uncertain_areas
from lulc_core.analysis.change.persistence import SAME_SEASON_DAYS, season_gap_days
from lulc_core.analysis.describe import MOSTLY, land_sentences, mostly_left_out
from lulc_core.domain.results import ClassArea, DatedMap
from lulc_core.language.words import Words
from lulc_core.render.sheet.map_sheet import map_sheet, satellite_words
from lulc_core.report.documents.charts import Bar, area_chart
from lulc_core.report.documents.pictures import dates_picture, where_picture
from lulc_core.report.story.context import PICTURE_PX, ReportContext, day_of, details_of_dates
from lulc_core.report.story.slide import Slide, Table


def where(t: ReportContext) -> Slide:
    """Show the area and its surroundings."""
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
    """Show the dates and the satellites, and say how clear it was."""
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
    simulated = [words.date(day_of(d)) for d in dates if d.acquisition.simulated]
    if simulated:
        lines.append(words.translate("when.simulated", days=words.join(simulated)))
    if bundle.before is not None:
        first, second = (day_of(d) for d in main)
        lines.append(words.translate("when.apart", span=words.days_apart(first, second)))
        same = season_gap_days(first, second) <= SAME_SEASON_DAYS
        lines.append(words.translate("when.same_season" if same else "when.other_season"))
    lines += _clear_lines(main, words)
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
            words.translate("when.not_known")
            if (clear := dated.land_cover.clear_share_of_area) is None
            else words.share(clear),
        )
        for dated, role in zip(bundle.dates, roles, strict=False)
    ]
    table = Table(
        words.translate("when.table"),
        tuple(words.translate(k) for k in ("when.date", "when.role", "when.satellite", "when.in_view")),
        tuple(rows),
        text_columns=3,
    )
    main_days = [words.date(day_of(d)) for d in main]
    title = (
        words.translate("when.title.map", date=main_days[0])
        if bundle.before is None
        else words.translate("when.title.compare", before=main_days[0], after=main_days[1])
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


def _clear_lines(main: Sequence[DatedMap], words: Words) -> list[str]:
    """Say how much of the area was in clear view on the one or two main dates, and where nobody knows."""
    shares = {d: d.land_cover.clear_share_of_area for d in main}
    unknown = [words.date(day_of(d)) for d, share in shares.items() if share is None]
    lines = [words.translate("when.unknown", len(unknown), days=words.join(unknown))] if unknown else []
    known = [share for share in shares.values() if share is not None]
    if not known:
        return lines
    if min(known) >= 0.9995 and not unknown:
        return [words.translate("when.all_clear")]
    key = "when.least_clear" if len(known) > 1 else "when.clear"
    return [words.translate(key, share=words.share(min(known))), *lines]


def land(t: ReportContext) -> Slide:
    """Show the map of the last date and the areas of its classes."""
    words, dated = t.words, t.bundle.after
    land_cover, date_of_map = dated.land_cover, day_of(dated)
    areas = class_areas(land_cover)
    date = words.date(date_of_map)
    picture = map_sheet(dated, words, PICTURE_PX, aoi=t.bundle.aoi, corine=t.corine)
    caption = words.translate("land.caption", date=date)
    if not areas:
        return Slide(
            "land",
            words.translate("land.title.none"),
            tuple(land_sentences(land_cover, areas, words)),
            picture,
            words.translate("land.alt_none", date=date),
            caption,
        )
    ranges = (
        {} if t.evaluation_values is None else {a.cls.id: a for a in uncertain_areas(land_cover, t.evaluation_values)}
    )
    lines = land_sentences(land_cover, areas, words)
    few = mostly_left_out(land_cover)
    first = ranges.get(areas[0].cls.id)
    if first is not None:
        low, high, name = words.area(first.low_ha), words.area(first.high_ha), words.class_noun(first.cls.id)
        at = 2 if few else 1  # behind the sentence about the leading classes
        lines.insert(at, words.translate("land.interval", name=name, low=low, high=high))
    if any(not r.low_ha <= a.ha <= r.high_ha for a in areas if (r := ranges.get(a.cls.id))):
        lines.append(words.translate("land.outside"))
    listed = words.join([words.noun_share(a.cls.id, a.pct / 100) for a in areas])
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
        words.translate("land.alt", date=date, list=listed),
        caption,
        area_chart(bars, words, simulated=land_cover.simulated, corine=t.corine),
        words.translate("land.chart_alt", list=listed),
        words.translate("land.chart_range" if ranges else "land.chart"),
        _areas_table(t, areas, ranges, date),
        tuple(details),
    )


def _land_title(t: ReportContext, areas: tuple[ClassArea, ...]) -> str:
    names = [t.words.class_noun(a.cls.id) for a in areas[:2]]
    if len(areas) == 1:
        return t.words.translate("land.title.only", first=names[0])
    if areas[0].pct / 100 >= MOSTLY:
        return t.words.translate("land.title.one", first=names[0])
    return t.words.translate("land.title.two", first=names[0], second=names[1])


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
            ends = {"low": words.area(r.low_ha), "high": words.area(r.high_ha)} if r else None
            row.append(words.translate("table.from_to_range", **ends) if ends else "")
        rows.append(tuple(row))
    if ranges:
        header.append(words.translate("table.range"))
    return Table(words.translate("land.table", date=date), tuple(header), tuple(rows))
