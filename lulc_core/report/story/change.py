"""What changed, and the strongest places."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from lulc_core.analysis.change.evaluation import measured_rates
from lulc_core.analysis.change.evidence import place_link
from lulc_core.analysis.change.plausible import LEAST_DAYS, too_fast_transitions
from lulc_core.analysis.change.sentences import (
    FEW_COMPARED,
    compared_share,
    crossed_sentences,
    doubt_sentences,
    flow_phrase,
    flow_sentences,
    headline_sentences,
    limit_sentences,
    measured_sentence,
    nothing_compared,
    place_sentences,
)
from lulc_core.analysis.change.sites import Site, strongest_sites
from lulc_core.domain.change import ChangeMap, transition_counts
from lulc_core.domain.classes import CLASSES, LINES
from lulc_core.language.coverage import care_sentence, cautions
from lulc_core.language.words import Words
from lulc_core.render.sheet.drawing import Screen
from lulc_core.render.sheet.map_sheet import change_sheet
from lulc_core.report.documents.pictures import place_picture
from lulc_core.report.story.chart import balance_chart
from lulc_core.report.story.context import PICTURE_PX, SCREEN_PX, ReportContext, day_of
from lulc_core.report.story.slide import Slide, Table

_FLOWS = 8
"""Rows of the table of changes; the rest is counted in one more."""
_ALT_FLOWS = 4
_CELLS = 6
"""Squares of a place that the details list."""
_P_LEAST = 0.005
_LEVELS = ("very_likely", "likely", "possible", "too_uncertain", "not_counted")


def change(t: ReportContext) -> Slide | None:
    """Say what became of the land; None for a map of one date."""
    words, bundle = t.words, t.bundle
    if bundle.before is None:
        return None
    if t.report is None:
        first, second = (d.land_cover for d in bundle.dates[:2])
        lines = tuple(nothing_compared(first, second, words))
        return Slide("change", words.translate("change.title.not_compared"), lines)
    found, matrix = t.report.change, t.report.transitions
    before, after = _dates(t)
    checked = [] if t.check is None else [words.translate("checked.one_date", date=words.date(day_of(bundle.after)))]
    lines = (
        *headline_sentences(found, matrix, words),
        *flow_sentences(matrix, t.report.balances, words),
        *checked,  # the figures before it are of something else than the check
        *doubt_sentences(found, words),
        *crossed_sentences(t.report.balances, words),
        *limit_sentences(found, words),
    )
    draw = partial(change_sheet, found, bundle.after.picture, words, aoi=bundle.aoi, corine=t.corine)
    picture, screen = draw(PICTURE_PX), Screen(partial(draw, SCREEN_PX, large=True))
    caption, details = words.translate("change.caption", date=after), _details(t, found)
    maps = [d.land_cover for d in bundle.dates]
    shown: dict[str, Any] = {"screen": screen, "details": details}
    shown |= {"cautions": cautions(maps, words), "care": care_sentence(maps, words)}
    if not found.changed.any():
        title = "change.title.few" if compared_share(found) < FEW_COMPARED else "change.title.none"
        alt = words.translate("change.alt_none", before=before, after=after)
        return Slide("change", words.translate(title), lines, picture, alt, caption, **shown)
    flows = [(r, c, k, float(matrix.ha[r, c])) for (r, c), k in transition_counts(matrix).items()]
    all_ha = matrix.changed_ha
    listed = words.join([flow_phrase(r, c, k, ha, words, like=all_ha) for r, c, k, ha in flows[:_ALT_FLOWS]])
    balances = [b for b in t.report.balances if (b.gain_ha > 0 or b.loss_ha > 0) and b.name not in LINES]
    bars = [
        words.translate(
            "change.chart_item",
            name=words.class_name(b.id),
            gained=words.area(b.gain_ha, like=all_ha),
            lost=words.area(b.loss_ha, like=all_ha),
        )
        for b in balances
    ]
    return Slide(
        "change",
        words.translate("change.title", matrix.changed_tiles, area=words.area(all_ha)),
        lines,
        picture,
        words.translate("change.alt", before=before, after=after, list=listed),
        caption,
        balance_chart(balances, words, changed_ha=all_ha, simulated=found.simulated),
        words.translate("change.chart_alt", list=words.join(bars)),
        words.translate("change.chart"),
        _table(flows, words, all_ha),
        **shown,
    )


def places(t: ReportContext) -> tuple[Slide, ...]:
    """Show the two or three strongest places, with both pictures."""
    if t.report is None:
        return ()
    return tuple(_place_slide(t, t.report.change, p, k) for k, p in enumerate(strongest_sites(t.report.change), 1))


def _place_slide(t: ReportContext, found: ChangeMap, site: Site, k: int) -> Slide:
    words, bundle = t.words, t.bundle
    before, after = _dates(t)
    old, new = words.class_noun(site.from_id), words.class_noun(site.to_id)
    position, area = words.position(site.lon, site.lat), words.area(site.ha)
    saw, *doubts = place_sentences(
        site.from_id, site.to_id, site.p_before, site.p_after, certainty=site.certainty, trajectory=site.trajectory,
        change=found, words=words, seen=found.seen_by(*zip(*site.cells, strict=True)),
    )  # fmt: skip
    # How sure it is stands right after what was seen; where it is, the title of the whole and the map have said.
    sure = {words.translate(f"place.{key}") for key in _LEVELS}
    doubts.sort(key=lambda sentence: sentence not in sure)
    lines = [saw, *doubts, words.translate("place.where", len(site.cells), area=area, position=position)]
    if not found.confirm:
        lines.append(words.translate("place.not_asked"))
    details = [
        words.translate(
            "place.tile", id=found.grid.tile_id(*cell), share=words.share(float(found.change_probability[cell]), 1)
        )
        for cell in site.cells[:_CELLS]
    ]
    if len(site.cells) > _CELLS:
        details.append(words.translate("place.more", len(site.cells) - _CELLS))
    details += [words.translate("place.link", link=place_link(site.lon, site.lat)), words.translate("place.order")]
    draw = partial(place_picture, site, bundle.dates[0], bundle.after, words, PICTURE_PX)
    shown = [c for c in CLASSES if max(site.p_before[c.id], site.p_after[c.id]) >= _P_LEAST]
    table = Table(
        words.translate("place.table"),
        (words.translate("table.class"), before, after),
        tuple(
            (
                words.capital(words.class_name(c.id)),
                words.share(float(site.p_before[c.id]), 1),
                words.share(float(site.p_after[c.id]), 1),
            )
            for c in shown
        ),
    )
    return Slide(
        f"place_{k}",
        words.translate("place.title", k=k, old=old, new=new),
        tuple(lines),
        draw(),
        words.translate("place.alt", before=before, after=after, old=old, new=new),
        words.translate("place.caption", before=before, after=after),
        screen=Screen(partial(draw, large=True)),
        details=tuple(details),
        detail_table=table,
    )


def _dates(t: ReportContext) -> tuple[str, str]:
    first, second = t.days[:2]
    return t.words.date(first), t.words.date(second)


def _table(flows: list[tuple[int, int, int, float]], words: Words, all_ha: float) -> Table:
    rows = [
        (
            words.capital(words.class_name(r)),
            words.capital(words.class_name(c)),
            words.number(k),
            # Ground of squares that a road or river crosses is no area of roads or rivers.
            "" if CLASSES[r].is_line or CLASSES[c].is_line else words.area(ha, like=all_ha),
        )
        for r, c, k, ha in flows[:_FLOWS]
    ]
    further = flows[_FLOWS:]
    if further:
        n, ha = sum(w[2] for w in further), sum(w[3] for w in further)
        rows.append((words.translate("change.rest", len(further)), "", words.number(n), words.area(ha, like=all_ha)))
    header = tuple(words.translate(f"table.{k}") for k in ("from", "to", "squares", "area"))
    return Table(words.translate("change.table"), header, tuple(rows), text_columns=2)


def _details(t: ReportContext, found: ChangeMap) -> tuple[str, ...]:
    words, rule, rates = t.words, found.rule, measured_rates(found)
    measured: tuple[str, ...] = ()
    if rates is not None:
        counts = {k: getattr(rates, k) for k in ("false", "unchanged", "found", "changed")}
        measured = (words.translate("change.false_method", **counts), measured_sentence(found, words))
    return (
        words.translate("change.chance"),
        words.translate(
            "change.rule",
            least=words.share(rule.min_probability),
            alike=words.share(rule.min_probability_confused),
            very=words.share(rule.very_likely),
        ),
        words.translate("change.label_differs", n=int(np.count_nonzero(found.differs))),
        *(
            words.translate(
                "change.least_time",
                old=words.class_noun(a),
                new=words.class_noun(b),
                least=words.span(int(LEAST_DAYS[a, b])),
            )
            for a, b in too_fast_transitions(found)[:_FLOWS]
        ),
        *measured,
    )
