"""Where the area lies, and when it was seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from functools import partial
from typing import Any

from lulc_core.analysis.change.persistence import SAME_SEASON_DAYS, season_gap_days
from lulc_core.domain.results import DatedMap
from lulc_core.language.words import Words
from lulc_core.render.sheet.drawing import Screen
from lulc_core.render.sheet.map_sheet import satellite_words
from lulc_core.report.documents.pictures import dates_picture, where_picture
from lulc_core.report.story.context import PICTURE_PX, SCREEN_PX, ReportContext, day_of, details_of_dates
from lulc_core.report.story.place import is_place_name
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
        words.translate("where.title.named", place=aoi.name)
        if is_place_name(aoi.name)
        else words.translate("where.title"),
        lines,
        where_picture(t.bundle, words, PICTURE_PX),
        words.translate("where.alt", date=day, position=position),
        words.translate("where.caption", date=day),
        screen=Screen(partial(where_picture, t.bundle, words, SCREEN_PX, large=True)),
        details=details,
    )


def when(t: ReportContext) -> Slide:
    """Show the dates and the satellites, and say how clear it was."""
    words, bundle = t.words, t.bundle
    dates = sorted(bundle.dates, key=lambda d: d.acquisition.datetime)
    days = [words.date(day_of(d)) for d in dates]
    main = list(bundle.dates[:2] if bundle.before is not None else bundle.dates)
    passes, lines = [], []
    for dated in main:
        a = dated.acquisition
        if not a.simulated:
            seen = {"satellite": satellite_words(a, words), "day": words.date_phrase(day_of(dated))}
            # Files that tell only the day are read as taken at midnight, when no Sentinel-2 takes a picture.
            if a.datetime.time() == time():
                passes.append(words.translate("when.saw_day", **seen))
            else:
                passes.append(words.translate("when.saw", time=words.time(a.datetime), **seen))
    simulated = [words.date(day_of(d)) for d in dates if d.acquisition.simulated]
    if simulated:
        lines.append(words.translate("when.simulated", days=words.join(simulated)))
    if bundle.before is not None:
        first, second = (day_of(d) for d in main)
        lines.append(words.translate("when.apart", span=words.days_apart(first, second)))
        same = season_gap_days(first, second) <= SAME_SEASON_DAYS
        lines.append(words.translate("when.same_season" if same else "when.other_season"))
    # The weightiest first: how far apart, how clear; then which satellite and at what time.
    lines += (
        [*_clear_lines(main, words), *passes] if bundle.before is not None else [*passes, *_clear_lines(main, words)]
    )
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
    pictures: dict[str, Any] = {}
    if len(dates) > 1:  # of one date the title and the slide before have shown it
        pictures = {
            "picture": dates_picture(bundle, words, PICTURE_PX),
            "screen": Screen(partial(dates_picture, bundle, words, PICTURE_PX, large=True)),
            "picture_alt": words.translate("when.alt", n=len(dates), days=words.join(days)),
            "caption": words.translate("when.caption"),
        }
    return Slide(
        "when",
        title,
        tuple(lines),
        **pictures,
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
