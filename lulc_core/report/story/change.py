"""What changed, and the strongest places."""

from __future__ import annotations

import math

import numpy as np

from lulc_core.analysis.change.evaluation import expected_false, level_words, measured_rates
from lulc_core.analysis.change.evidence import place_link
from lulc_core.analysis.change.sentences import FEW_COMPARED, STILL_THERE, compared_share, net_leaders
from lulc_core.domain.change import Certainty, ChangeMap, ChangeReport, Trajectory, transition_counts
from lulc_core.domain.classes import CLASSES
from lulc_core.domain.evaluation import wilson
from lulc_core.domain.land_cover import TileFlag
from lulc_core.language.words import Words
from lulc_core.render.sheet.map_sheet import change_sheet
from lulc_core.report.documents.charts import balance_chart
from lulc_core.report.documents.pictures import place_picture
from lulc_core.report.story.context import PICTURE_PX, ReportContext, not_compared, reasons
from lulc_core.report.story.sites import Site, strongest_sites
from lulc_core.report.story.slide import Slide, Table

_WAYS = 8
"""Rows of the table of changes; the rest is counted in one more."""
_FEW_WAYS = 2
"""As many ways are all named in one sentence; of more, the one with most ground."""
_ALT_WAYS = 4
_CELLS = 6
"""Squares of a place that the details list."""
_P_LEAST = 0.005
_LEVELS = {"very likely": "very_likely", "likely": "likely", "possible": "possible"}
"""Keys of the words that ``level_words`` gives the counted levels."""


def change(t: ReportContext) -> Slide | None:
    """What became of the land; None for a map of one date."""
    words, bundle = t.words, t.bundle
    if bundle.before is None:
        return None
    why = reasons(not_compared(bundle), words)
    if t.report is None:
        line = words.translate("change.not_compared", reasons=why)
        return Slide("change", words.translate("change.title.not_compared"), (line,))
    report, found = t.report, t.report.change
    before, after = _dates(t)
    n, compared = int(np.count_nonzero(found.changed)), int(np.count_nonzero(found.compared))
    the = [words.date_phrase(m.acquisition.datetime.date()) for m in (found.before, found.after)]
    matrix = report.transitions
    picture = change_sheet(found, bundle.after.picture, words, PICTURE_PX, aoi=bundle.aoi, corine=t.corine)
    caption = words.translate("change.caption", date=after)
    details = _details(t, found)
    ways = [(r, c, k, float(matrix.ha[r, c])) for (r, c), k in transition_counts(matrix).items()]
    few = []
    if (told := compared_share(found)) < FEW_COMPARED:
        whole = int(np.count_nonzero(found.grid.inside))
        few = [words.translate("change.few", compared, total=whole, share=words.share(told, 1))]
    if n == 0:
        lines = [*few, words.translate("change.none", compared, before=the[0], after=the[1])]
        if not found.differs.any():
            lines.append(words.translate("change.kept"))
        lines += [*_limits(t, found, why), *_missed(t, found)]
        alt = words.translate("change.alt_none", before=before, after=after)
        title = words.translate("change.title.few" if few else "change.title.none")
        return Slide("change", title, tuple(lines), picture, alt, caption, details=details)
    area = words.area(matrix.changed_ha)
    share = words.share(matrix.changed_ha / float(matrix.ha.sum()), 1)
    lines = [*few]
    lines += [
        words.translate("change.headline", n, before=the[0], after=the[1], total=compared, area=area, share=share)
    ]
    lines += [*_flow(t, report, ways, n), *_doubt(t, found, n), *_limits(t, found, why)]
    listed = words.join([_way(t, r, c, ha) for r, c, _, ha in ways[:_ALT_WAYS]])
    balances = [b for b in report.balances if b.gain_ha > 0 or b.loss_ha > 0]
    said = [
        words.translate(
            "change.chart_item", name=words.class_name(b.id), gained=words.area(b.gain_ha), lost=words.area(b.loss_ha)
        )
        for b in balances
    ]
    return Slide(
        "change",
        words.translate("change.title", n, area=area),
        tuple(lines),
        picture,
        words.translate("change.alt", before=before, after=after, list=listed),
        caption,
        balance_chart(balances, words, simulated=found.simulated),
        words.translate("change.chart_alt", list=words.join(said)),
        words.translate("change.chart"),
        _table(t, ways),
        details,
    )


def places(t: ReportContext) -> tuple[Slide, ...]:
    """The two or three strongest places, with both pictures."""
    if t.report is None:
        return ()
    return tuple(_place_slide(t, t.report.change, p, k) for k, p in enumerate(strongest_sites(t.report.change), 1))


def _place_slide(t: ReportContext, found: ChangeMap, place: Site, k: int) -> Slide:
    words, bundle = t.words, t.bundle
    before, after = _dates(t)
    the = [words.date_phrase(m.acquisition.datetime.date()) for m in (found.before, found.after)]
    old, new = words.class_noun(place.from_id), words.class_noun(place.to_id)
    p_old, p_new = float(place.p_before[place.from_id]), float(place.p_after[place.to_id])
    position, area = words.position(place.lon, place.lat), words.area(place.ha)
    seen = {"old": old, "new": new, "p_old": words.share(p_old), "p_new": words.share(p_new)}
    lines = [
        words.translate("place.was", before=the[0], after=the[1], position=position, **seen),
        words.translate("place.where", len(place.cells), area=area),
    ]
    remains = float(place.p_after[place.from_id])
    if remains >= STILL_THERE:
        lines.append(words.translate("place.beside", old=old, new=new, share=words.share(remains)))
    lines.append(words.translate(f"place.{_LEVELS[level_words(found)[place.certainty]]}"))
    n = len(found.confirm)
    if place.trajectory == Trajectory.PERSISTENT:
        lines.append(words.translate("place.sustained", n))
    else:
        lines.append(words.translate("place.unclear", n) if n else words.translate("place.not_asked"))
    details = [
        words.translate(
            "place.tile", id=found.grid.tile_id(*cell), share=words.share(float(found.change_probability[cell]), 1)
        )
        for cell in place.cells[:_CELLS]
    ]
    if len(place.cells) > _CELLS:
        details.append(words.translate("place.more", len(place.cells) - _CELLS))
    details += [words.translate("place.link", link=place_link(place.lon, place.lat)), words.translate("place.order")]
    shown = [c for c in CLASSES if max(place.p_before[c.id], place.p_after[c.id]) >= _P_LEAST]
    table = Table(
        words.translate("place.table"),
        (words.translate("table.class"), before, after),
        tuple(
            (
                words.capital(words.class_name(c.id)),
                words.share(float(place.p_before[c.id]), 1),
                words.share(float(place.p_after[c.id]), 1),
            )
            for c in shown
        ),
        (False, True, True),
    )
    return Slide(
        f"place_{k}",
        words.translate("place.title", k=k, old=old, new=new),
        tuple(lines),
        place_picture(place, bundle.dates[0], bundle.after, words, PICTURE_PX),
        words.translate("place.alt", before=before, after=after, old=old, new=new),
        words.translate("place.caption", before=before, after=after),
        details=tuple(details),
        detail_table=table,
    )


def _dates(t: ReportContext) -> tuple[str, str]:
    first, second = t.days[:2]
    return t.words.date(first), t.words.date(second)


def _flow(t: ReportContext, report: ChangeReport, ways: list[tuple[int, int, int, float]], n: int) -> list[str]:
    words = t.words
    r, c, k, ha = ways[0]
    old, new = words.class_noun(r), words.class_noun(c)
    if len(ways) == 1:
        return [words.translate("change.single_flow", n, old=old, new=new)]
    if len(ways) <= _FEW_WAYS:  # then they say by themselves what was gained and lost
        return [words.translate("change.flows", list=words.join([_way(t, r, c, ha) for r, c, _, ha in ways]))]
    lines = [words.translate("change.flow", k, old=old, new=new, area=words.area(ha))]
    gains, losses = net_leaders(report.balances), net_leaders(report.balances, lost=True)
    if gains and losses:
        gained, lost = (
            words.join(
                [
                    words.translate("class.share", name=words.class_noun(b.id), share=words.area(abs(b.net_ha)))
                    for b in side
                ]
            )
            for side in (gains, losses)
        )
        lines.append(words.translate("change.balance", gains=gained, losses=lost))
    return lines


def _doubt(t: ReportContext, found: ChangeMap, n: int) -> list[str]:
    """How sure the changes are, in sentences of their own."""
    words, called = t.words, level_words(found)
    sure = int(np.count_nonzero(found.changed & (found.certainty == Certainty.VERY_LIKELY)))
    upper, lower = (_LEVELS[called[c]] for c in (Certainty.VERY_LIKELY, Certainty.LIKELY))
    if sure in (0, n) or upper == lower:
        lines = [words.translate(f"change.all.{upper if sure else lower}", n)]
    else:
        lines = [words.translate(f"change.some.{upper}_{lower}", sure, total=n)]
    lines += _mistaken(t, found, n)
    if found.confirm:
        lasting = int(np.count_nonzero(found.changed & (found.trajectory == Trajectory.PERSISTENT)))
        if lasting == n:
            lines.append(words.translate("change.confirmed_all", n))
        elif lasting == 0:
            lines.append(words.translate("change.confirmed_none", n))
        else:
            lines.append(words.translate("change.confirmed", lasting, total=n))
    return lines


def _mistaken(t: ReportContext, found: ChangeMap, n: int) -> list[str]:
    """What tests on unchanged ground let expect of these changes."""
    words, rates = t.words, measured_rates(found)
    if rates is None:
        return [words.translate("change.unmeasured", n)]
    low, high = wilson(rates.false, rates.unchanged)
    if rates.false:
        tests = words.translate(
            "change.rate",
            one_in=_one_in(t, rates.false / rates.unchanged),
            most=_one_in(t, high),
            least=_one_in(t, low),
        )
    else:
        tests = words.translate("change.rate_none", tested=rates.unchanged, one_in=_one_in(t, high))
    best, least, most = expected_false(found, rates)
    first, last = round(least), min(math.ceil(most - 0.25), n)
    if best >= n:
        so = words.translate("change.mistaken_all", n)
    elif last == 0:
        so = words.translate("change.mistaken_none", n)
    elif n == 1:
        so = words.translate("change.mistaken_this")
    elif first == 0:
        so = words.translate("change.mistaken_up_to", last)
    elif first == last:
        so = words.translate("change.mistaken_about", first)
    else:
        so = words.translate("change.mistaken_range", first=first, last=last)
    return [tests, so]


def _missed(t: ReportContext, found: ChangeMap) -> list[str]:
    """How much change the method overlooks, where none was found."""
    rates = measured_rates(found)
    if rates is None:
        return []
    low, high = wilson(rates.changed - rates.found, rates.changed)
    return [t.words.translate("change.missed", low=t.words.share(low), high=t.words.share(high))]


def _one_in(t: ReportContext, share: float) -> str:
    """The denominator of a rate in two figures."""
    n = 1 / share
    return t.words.number(round(n, 2 - len(str(int(n)))) if n >= 10 else round(n))


def _limits(t: ReportContext, found: ChangeMap, why: str) -> list[str]:
    """What was not counted."""
    words, lines = t.words, []
    passing = (found.trajectory == Trajectory.TRANSIENT) | (found.trajectory == Trajectory.SEASONAL)
    passed = int(np.count_nonzero(found.differs & ~found.changed & passing))
    if passed:
        lines.append(words.translate("change.passing", passed))
    doubtful = int(np.count_nonzero(found.differs & ~found.changed & ~passing))
    if doubtful:
        only = "change.doubtful" if found.changed.any() else "change.doubtful_only"
        lines.append(words.translate(only, doubtful))
    skipped = found.grid.inside & ~found.compared
    if skipped.any():
        ha = words.area(float(found.tile_ha[skipped].sum()))
        lines.append(words.translate("change.left_out", int(np.count_nonzero(skipped)), area=ha, reasons=why))
    lost = int(np.count_nonzero(found.before.classified & ((found.after.flags & TileFlag.UNLIKE) > 0)))
    came = int(np.count_nonzero(found.after.classified & ((found.before.flags & TileFlag.UNLIKE) > 0)))
    if lost > came and lost >= 2:
        lines.append(words.translate("change.became_unlike", lost))
    return lines


def _with_area(words: Words, class_id: int, ha: float) -> str:
    return words.translate("class.share", name=words.class_noun(class_id), share=words.area(ha))


def _way(t: ReportContext, r: int, c: int, ha: float) -> str:
    return t.words.translate("change.way", old=t.words.class_noun(r), new=t.words.class_noun(c), area=t.words.area(ha))


def _table(t: ReportContext, ways: list[tuple[int, int, int, float]]) -> Table:
    words = t.words
    rows = [
        (
            words.capital(words.class_name(r)),
            words.capital(words.class_name(c)),
            words.number(k),
            words.area(ha),
        )
        for r, c, k, ha in ways[:_WAYS]
    ]
    rest = ways[_WAYS:]
    if rest:
        n, ha = sum(w[2] for w in rest), sum(w[3] for w in rest)
        rows.append((words.translate("change.rest", len(rest)), "", words.number(n), words.area(ha)))
    header = tuple(words.translate(f"table.{k}") for k in ("from", "to", "squares", "area"))
    return Table(words.translate("change.table"), header, tuple(rows), (False, False, True, True))


def _details(t: ReportContext, found: ChangeMap) -> tuple[str, ...]:
    words, rule, rates = t.words, found.rule, measured_rates(found)
    measured: tuple[str, ...] = ()
    if rates is not None:
        counts = {k: getattr(rates, k) for k in ("false", "unchanged", "found", "changed")}
        measured = (words.translate("change.false_method", **counts),)
    return (
        words.translate("change.chance"),
        words.translate(
            "change.rule",
            least=words.share(rule.min_probability),
            alike=words.share(rule.min_probability_confused),
            very=words.share(rule.very_likely),
        ),
        words.translate("change.label_differs", n=int(np.count_nonzero(found.differs))),
        *measured,
    )
