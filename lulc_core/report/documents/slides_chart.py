"""Bars on slides as charts of PowerPoint: their numbers can be edited, their words are those of the reader."""

from __future__ import annotations

from typing import Any

from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_LEGEND_POSITION, XL_TICK_LABEL_POSITION, XL_TICK_MARK
from pptx.enum.dml import MSO_PATTERN
from pptx.oxml.ns import qn
from pptx.oxml.xmlchemy import OxmlElement
from pptx.util import Inches, Pt

from lulc_core.report.documents.slides_text import INK, LEAST_PT, Box, child, describe, plain
from lulc_core.report.story.chart import Bar, Chart

_ROOM, _ROOM_TWO = 1.25, 1.5
"""Ends of the axis, in lengths of the longest bar: what stands beside a bar has room."""


def put_chart(slide: Any, chart: Chart, alt: str, box: Box) -> None:
    """Put bars on a slide.

    Args:
        slide: of python-pptx.
        chart: what to show; where a check gives intervals they are error bars.
        alt: what it shows, in words.
        box: where.
    """
    data = CategoryChartData()
    bars = chart.series[0][1]
    letters = [f"{b.letter}  " if b.letter else "" for b in bars]
    data.categories = [plain(letter + name) for letter, name in zip(letters, chart.names, strict=True)]
    for name, values in chart.series:
        data.add_series(plain(f"{name} ({chart.unit})"), [round(b.value, 4) for b in values])
    frame = slide.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, *map(Inches, box), data)
    describe(frame, alt)
    shown, two = frame.chart, len(chart.series) > 1
    shown.has_title = False
    shown.has_legend = two
    shown.font.size, shown.font.color.rgb = Pt(LEAST_PT), RGBColor.from_string(INK)
    if two:
        shown.legend.position, shown.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
        shown.legend.font.size = Pt(LEAST_PT)
    plot = shown.plots[0]
    plot.gap_width, plot.overlap, plot.vary_by_categories = 35, 100 if two else 0, False
    _axes(shown, chart.reach, two=two)
    for series, (_, values) in zip(plot.series, chart.series, strict=True):
        _fill(series.format.fill, values[0])  # what the legend shows
        for i, bar in enumerate(values):
            _paint(series.points[i], bar)
        if any(b.low is not None for b in values):
            _intervals(series, values)


def _axes(shown: Any, reach: float, *, two: bool) -> None:
    names, values = shown.category_axis, shown.value_axis
    names.reverse_order = True  # the first bar on top
    names.has_major_gridlines = values.has_major_gridlines = False
    names.tick_label_position = XL_TICK_LABEL_POSITION.LOW  # beside the bars that run to the left, too
    names.major_tick_mark = XL_TICK_MARK.NONE
    names.tick_labels.font.size = Pt(LEAST_PT)
    values.visible = False
    values.maximum_scale = reach * (_ROOM_TWO if two else _ROOM)
    values.minimum_scale = -reach * _ROOM_TWO if two else 0


def _fill(fill: Any, bar: Bar) -> None:
    color = RGBColor.from_string(bar.color.removeprefix("#"))
    if bar.hatched:
        fill.patterned()
        fill.pattern = MSO_PATTERN.WIDE_UPWARD_DIAGONAL
        fill.fore_color.rgb, fill.back_color.rgb = color, RGBColor(255, 255, 255)
    else:
        fill.solid()
        fill.fore_color.rgb = color


def _paint(point: Any, bar: Bar) -> None:
    _fill(point.format.fill, bar)
    point.format.line.color.rgb, point.format.line.width = RGBColor.from_string(INK), Pt(0.75)
    if bar.text:
        label = point.data_label
        label.position = XL_LABEL_POSITION.OUTSIDE_END
        label.has_text_frame = True
        label.text_frame.text = plain(bar.text)
        run = label.text_frame.paragraphs[0].runs[0]
        run.font.size, run.font.color.rgb = Pt(LEAST_PT), RGBColor.from_string(INK)


def _intervals(series: Any, bars: tuple[Bar, ...]) -> None:
    """python-pptx has no error bars: the element that PowerPoint writes for them."""
    element = OxmlElement("c:errBars")
    for tag, value in (("errBarType", "both"), ("errValType", "cust"), ("noEndCap", "0")):
        child(element, f"c:{tag}", val=value)
    for tag in ("plus", "minus"):
        numbers = child(child(element, f"c:{tag}"), "c:numLit")
        child(numbers, "c:ptCount", val=str(len(bars)))
        for i, bar in enumerate(bars):
            end = bar.high if tag == "plus" else bar.low
            length = 0.0 if end is None else abs(end - bar.value)
            child(child(numbers, "c:pt", idx=str(i)), "c:v").text = f"{length:.4f}"
    line = child(child(element, "c:spPr"), "a:ln", w=str(int(Pt(2))))
    child(child(line, "a:solidFill"), "a:srgbClr", val=INK)
    series._element.find(qn("c:cat")).addprevious(element)
