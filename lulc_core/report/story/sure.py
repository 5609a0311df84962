"""How sure it is, what it cannot tell, and where it comes from."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from lulc_core.analysis.accuracy.evaluation import confused_pairs
from lulc_core.analysis.accuracy.olofsson import Estimate
from lulc_core.analysis.change.sentences import change_notes
from lulc_core.analysis.describe import mean_confidence
from lulc_core.domain.classes import CLASSES
from lulc_core.domain.evaluation import Evaluation
from lulc_core.domain.land_cover import LandCoverMap, TileFlag
from lulc_core.language.coverage import cautions
from lulc_core.language.words import Words, english
from lulc_core.render.colors import CONFIDENCE_STEPS
from lulc_core.render.sheet.map_sheet import attribution_words
from lulc_core.report.story.chart import confidence_chart
from lulc_core.report.story.context import ReportContext, confusion_table
from lulc_core.report.story.land import shares_of
from lulc_core.report.story.slide import Slide
from lulc_core.version import __version__


def sure(t: ReportContext) -> Slide:
    """Say how sure and how often right the network is; the misclassification matrix in the details."""
    words, land_cover = t.words, t.bundle.after.land_cover
    named = bool(land_cover.classified.any())
    lines = [] if t.check is None else [_by_check(t, t.check.found)]
    if t.check is not None and named and mean_confidence(land_cover) > t.check.found.overall.high:
        lines.append(words.translate("sure.too_sure"))
    found = t.evaluation
    # How often it is right on ground that it has never seen comes before how sure it is of itself.
    lines += [] if found is None else _new_ground(words, found) or [words.translate("sure.new_ground")]
    chart: dict[str, Any] = {}
    if named:
        lines += _confidence(t, land_cover)
        shares = confidence_shares(land_cover)
        items = [
            words.translate("sure.chart_item", step=words.translate(f"sure.step.{i}"), share=words.share(s))
            for i, s in enumerate(shares)
        ]
        chart = {
            "chart": confidence_chart(shares, words, simulated=land_cover.simulated),
            "chart_alt": words.translate("sure.chart_alt", list=words.join(items)),
            "chart_caption": words.translate("sure.chart"),
        }
    else:
        lines.append(words.translate("sure.nothing"))
    if found is None:
        lines.append(words.translate("sure.unknown"))
        return Slide("sure", words.translate("sure.title"), tuple(lines), **chart)
    low, high = (words.share(v, 1) for v in found.accuracy_95)
    lines.append(words.translate("sure.test", found.n, share=words.share(found.accuracy, 1), low=low, high=high))
    if fitted := found.calibration.get("n_fitted"):
        lines.append(words.translate("sure.fitted", fitted=int(fitted), n=found.n))
    pairs = confused_pairs(found)
    if pairs:
        truth, answer = words.class_noun(pairs[0].reference.id), words.class_noun(pairs[0].predicted.id)
        total = int(found.matrix[pairs[0].reference.id].sum())
        lines.append(words.translate("sure.pair", pairs[0].n, truth=truth, answer=answer, total=total))
    if found.corine_l1_accuracy is not None:
        lines.append(words.translate("sure.groups", share=words.share(found.corine_l1_accuracy, 1)))
    header = (words.translate("sure.truth"), *(words.class_letter(c.id) for c in CLASSES))
    return Slide(
        "sure",
        words.translate("sure.title"),
        tuple(lines),
        **chart,
        details=_test_details(t, found),
        detail_table=confusion_table(words, words.translate("sure.matrix"), header, found.matrix),
    )


def confidence_shares(land_cover: LandCoverMap) -> tuple[float, ...]:
    """Give the share of the named ground in each of the five steps of confidence, 0 to 1."""
    named = land_cover.classified
    ha = land_cover.grid.coverage[named].astype(np.float64)
    edges = np.array([*(least for least, _, _ in CONFIDENCE_STEPS), np.inf], np.float32)
    found, _ = np.histogram(land_cover.confidence[named].astype(np.float32), edges, weights=ha)
    return tuple((found / max(float(ha.sum()), 1e-9)).tolist())


def _new_ground(words: Words, found: Evaluation) -> list[str]:
    """Say how often it is right where it has never been, as far as that was measured; before all other figures."""
    lines = []
    if found.spatial is not None:
        east = found.spatial.east
        low, high = (words.share(v, 1) for v in east.accuracy_95)
        lines.append(words.translate("sure.spatial", east.n, share=words.share(east.accuracy, 1), low=low, high=high))
    if found.outside is not None:
        o = found.outside
        shares = {"share": words.share(o.right), "stated": words.share(o.stated)}
        lines.append(words.translate("sure.outside", o.cells, scenes=o.scenes, **shares))
    return lines


def limits(t: ReportContext) -> Slide:
    """Say what the result cannot tell."""
    words, bundle = t.words, t.bundle
    keys = ["limits.simulated"] if bundle.simulated else []
    if bundle.before is None:
        keys.append("limits.one_day")
    else:
        keys += ["limits.cause", "limits.more_days" if bundle.confirm else "limits.two_days"]
    keys += ["limits.classes", "limits.mixture", "limits.area", "limits.haze"]
    lines = tuple(words.translate(k, side=t.unit) if k == "limits.mixture" else words.translate(k) for k in keys)
    lines += cautions([d.land_cover for d in bundle.dates], words)
    said_on_slides = () if t.report is None else change_notes(t.report.change, english())
    others = (words.spoken(note) for note in bundle.notes if note not in said_on_slides)
    details = tuple(words.translate("limits.note", note=note) for note in others)
    return Slide("limits", words.translate("limits.title"), lines, details=details)


def sources(t: ReportContext) -> Slide:
    """Name imagery, method, training data and program; hashes and the request in the details."""
    words, bundle = t.words, t.bundle
    model = bundle.after.land_cover.model
    lines = [
        words.translate("sources.imagery", attribution=attribution_words([d.acquisition for d in bundle.dates], words)),
        words.translate("sources.method"),
    ]
    if bundle.before is not None:
        lines.append(words.translate("sources.compared"))
    lines += [
        words.translate("sources.eurosat"),
        *([words.translate(f"sources.imagenet.{kind}")] if (kind := _imagenet_kind(t)) else []),
        words.translate("sources.borders"),
        words.translate("sources.made", version=__version__, model=model.name),
    ]
    details = [words.translate("sources.sha", value=model.sha256)]
    if bundle.request:
        request = json.dumps(dict(bundle.request), ensure_ascii=False, sort_keys=True)
        details.append(words.translate("sources.request", value=request))
    versions = bundle.provenance.get("versions")
    if isinstance(versions, dict):
        listed = words.join([f"{name} {version}" for name, version in sorted(versions.items())])
        details.append(words.translate("sources.versions", list=listed))
    return Slide("sources", words.translate("sources.title"), tuple(lines), details=tuple(details))


def _imagenet_kind(t: ReportContext) -> str:
    """Name whose ImageNet weights the network began with, ``lite`` or ``resnet``; empty for none."""
    if t.evaluation is None or t.evaluation.model.get("origin") != "imagenet":
        return ""
    return "resnet" if str(t.evaluation.model.get("architecture")).startswith("resnet") else "lite"


def _by_check(t: ReportContext, found: Estimate) -> str:
    """What the user's check says; before anything that was measured elsewhere."""
    key = "sure.by_check_exact" if found.overall.exact else "sure.by_check"
    return t.words.translate(key, **shares_of(found.overall, t.words))


def _confidence(t: ReportContext, land_cover: LandCoverMap) -> list[str]:
    words = t.words
    if t.bundle.before is not None and t.bundle.before.land_cover.classified.any():
        both = [words.share(mean_confidence(m)) for m in (t.bundle.before.land_cover, land_cover)]
        lines = [words.translate("sure.mean_pair", before=both[0], after=both[1])]
    else:
        lines = [words.translate("sure.mean", share=words.share(mean_confidence(land_cover)))]
    unsure = land_cover.classified & ((land_cover.flags & TileFlag.UNSURE) > 0)
    n = int(np.count_nonzero(unsure))
    if n:
        ha = float(land_cover.grid.coverage[unsure].sum(dtype=np.float64)) * land_cover.grid.cell_ha
        lines.append(words.translate("sure.unsure", n, area=words.area(ha)))
    else:
        lines.append(words.translate("sure.no_unsure"))
    return lines


def _test_details(t: ReportContext, found: Evaluation) -> tuple[str, ...]:
    words, details = t.words, []
    if found.ece is not None:
        details.append(words.translate("sure.ece", value=words.number(found.ece, 4)))
    if found.ece_n is not None:
        details.append(words.translate("sure.ece_n", n=found.ece_n))
    if found.data.get("split_rule"):
        details.append(words.translate("sure.split", value=str(found.data["split_rule"])))
    if found.model.get("sha256"):
        details.append(words.translate("sure.evaluated", value=str(found.model["sha256"])))
    return tuple(details)
