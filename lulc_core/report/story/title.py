"""The first slide: what this is and when, the place, and the one message. And the titles that hold the place."""

from __future__ import annotations

from functools import partial

from lulc_core.analysis.accuracy.area import area_account
from lulc_core.analysis.change.sentences import FEW_COMPARED, compared_share, doubt_sentences, headline_sentences
from lulc_core.analysis.change.sites import strongest_sites
from lulc_core.analysis.describe import land_sentences
from lulc_core.language.coverage import care_sentence, cautions, few_named, named_sentence
from lulc_core.render.sheet.drawing import Screen
from lulc_core.report.documents.pictures import cover_picture
from lulc_core.report.story.change import change
from lulc_core.report.story.check import area_sentences, overall_sentence
from lulc_core.report.story.context import PICTURE_PX, ReportContext, day_of
from lulc_core.report.story.place import is_place_name
from lulc_core.report.story.slide import Slide

PLACE = "{place}"
_MANY = 1000
"""Places that are counted; nobody looks at more."""


def cover(t: ReportContext) -> Slide:
    """Make the title slide."""
    words, bundle = t.words, t.bundle
    day = words.date(day_of(bundle.after))
    over = words.translate("cover.map", date=day)
    if bundle.before is not None:
        over = words.translate("cover.compare", before=words.date(day_of(bundle.before)), after=day)
    maps = [d.land_cover for d in bundle.dates]
    position = words.position(*bundle.aoi.center)
    return Slide(
        "title",
        place_of(t) or words.translate("cover.area", position=position),
        tuple(_message(t)),
        cover_picture(bundle, PICTURE_PX),
        words.translate("cover.alt", date=day),
        screen=Screen(partial(cover_picture, bundle, PICTURE_PX)),
        cautions=cautions(maps, words),
        care=care_sentence(maps, words),
        over=over,
    )


def place_of(t: ReportContext) -> str:
    """Say what the area is called; empty where only a file has a name."""
    return t.bundle.aoi.name if is_place_name(t.bundle.aoi.name) else ""


def title_of(t: ReportContext, *, kind: str = "", place: str = "") -> str:
    """Make the title of a result from its area and dates.

    Args:
        t: the result.
        kind: ``map`` for the land cover of the last date of a comparison alone.
        place: what the area is called, where the reader said it.
    """
    words, name = t.words, place or place_of(t)
    position = words.position(*t.bundle.aoi.center)
    if t.bundle.before is None or kind == "map":
        day = words.date(day_of(t.bundle.after))
        if name:
            return words.translate("title.map.named", place=name, date=day)
        return words.translate("title.map", position=position, date=day)
    before, after = (words.date(d) for d in t.days[:2])
    if name:
        return words.translate("title.compare.named", place=name, before=before, after=after)
    return words.translate("title.compare", position=position, before=before, after=after)


def named_titles(t: ReportContext) -> dict[str, str]:
    """Give the titles that hold the place, as :class:`~lulc_core.report.story.slide.Story` keeps them."""
    where = t.words.translate("where.title.named", place=PLACE)
    return {"": title_of(t, place=PLACE), "title": PLACE, "where": where}


def _message(t: ReportContext) -> list[str]:
    """What a reader is to remember, in two sentences at most; a check of the map is one of them."""
    words, land_cover = t.words, t.bundle.after.land_cover
    checked = [] if t.check is None else [overall_sentence(t.check.found, words)]
    if t.bundle.before is not None:
        if t.report is None:
            slide = change(t)
            return list(slide.lines[:1]) if slide is not None else []
        found, matrix = t.report.change, t.report.transitions
        few = compared_share(found) < FEW_COMPARED
        if few or not found.changed.any():
            return [*checked, *headline_sentences(found, matrix, words)][:2]
        n = len(strongest_sites(found, _MANY))
        ground = {"area": words.area(matrix.changed_ha), "total": words.area(float(matrix.ha.sum()))}
        said = words.translate("cover.changed", n, **ground)
        return [said, *checked, *doubt_sentences(found, words)][:2]
    named = named_sentence(land_cover, words)
    if not land_cover.classified.any():
        return [named]
    account = area_account(land_cover)
    if t.check is not None:
        return [*area_sentences(t.check.found, words, account.total_ha)[:1], *checked]
    land = land_sentences(account, words)
    return [named, *land][:2] if few_named(land_cover) else land[:2]
