"""What QGIS (and GDAL) read beside a raster or inside a GeoPackage: class names, colours, styles.

A GeoTIFF carries its colour table, but GDAL keeps the names of classes in ``<file>.tif.aux.xml``, and QGIS takes a
whole style from ``<file>.qml`` by itself when the raster is added. In a GeoPackage styles live in a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from lulc_core.domain.classes import CLASSES
from lulc_core.render.colors import LEFT_OUT_COLOR, rgb
from lulc_core.render.overlays.change_layers import PROBABILITY_STEPS

_DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_VERSION = "3.28.0"
Category = tuple[str, str, str]
"""Value of a field, ``#RRGGBB`` (empty for no filling), label."""


def class_categories(*, corine: bool = False, simulated: bool = False) -> tuple[Category, ...]:
    """Name the ten classes as in EuroSAT, labelled with their letters so that colour is never alone.

    Args:
        corine: the colours that CORINE readers expect.
        simulated: say SIMULATED in every label, as a legend may be all that is seen.
    """
    mark = " (SIMULATED)" if simulated else ""
    return tuple((c.name, c.corine_color if corine else c.color, f"{c.letter}  {c.map_label}{mark}") for c in CLASSES)


def class_aux_xml() -> str:
    """Write ``.aux.xml`` beside a class raster: category names, an attribute table with names, letters and colours."""
    names = "".join(f"      <Category>{escape(c.name)}</Category>\n" for c in CLASSES)
    # Type: 0 integer, 2 text. Usage: 5 value, 2 name, 0 anything, 6 7 8 red green blue.
    fields = (("Value", 0, 5), ("Class", 2, 2), ("Label", 2, 0), ("Letter", 2, 0), ("Red", 0, 6))
    more = (("Green", 0, 7), ("Blue", 0, 8), ("CORINE", 2, 0))
    heads = "".join(
        f'      <FieldDefn index="{i}"><Name>{name}</Name><Type>{kind}</Type><Usage>{usage}</Usage></FieldDefn>\n'
        for i, (name, kind, usage) in enumerate((*fields, *more))
    )
    rows = "".join(
        f'      <Row index="{c.id}">'
        + "".join(f"<F>{escape(str(v))}</F>" for v in (c.id, c.name, c.map_label, c.letter, *rgb(c.color), c.corine_l2))
        + "</Row>\n"
        for c in CLASSES
    )
    return (
        "<PAMDataset>\n"
        '  <PAMRasterBand band="1">\n'
        f"    <CategoryNames>\n{names}    </CategoryNames>\n"
        f'    <GDALRasterAttributeTable tableType="thematic">\n{heads}{rows}    </GDALRasterAttributeTable>\n'
        "  </PAMRasterBand>\n"
        "</PAMDataset>\n"
    )


def class_qml(*, corine: bool = False, simulated: bool = False) -> str:
    """Write ``.qml`` beside a class raster: one colour and label for each class."""
    entries = "".join(
        f'        <paletteEntry value="{i}" color={quoteattr(color.lower())} label={quoteattr(label)} alpha="255"/>\n'
        for i, (_, color, label) in enumerate(class_categories(corine=corine, simulated=simulated))
    )
    return _raster(
        '    <rasterrenderer type="paletted" band="1" opacity="1" alphaBand="-1" nodataColor="">\n'
        f"      <rasterTransparency/>\n      <colorPalette>\n{entries}      </colorPalette>\n"
        "    </rasterrenderer>\n"
    )


def chance_qml(*, simulated: bool = False) -> str:
    """Write ``.qml`` beside change.tif: the change probability (band 3) in steps."""
    mark = " (SIMULATED)" if simulated else ""
    tops = [*(low for low, _, _ in PROBABILITY_STEPS[1:]), float("inf")]
    items = "".join(
        f'          <item value="{top:g}" color={quoteattr(color.lower())} alpha="255" '
        f"label={quoteattr(f'chance of change {label}{mark}')}/>\n"
        for top, (_, color, label) in zip(tops, PROBABILITY_STEPS, strict=True)
    )
    return _raster(
        '    <rasterrenderer type="singlebandpseudocolor" band="3" opacity="1" alphaBand="-1" nodataColor=""'
        ' classificationMin="0" classificationMax="1">\n'
        "      <rasterTransparency/>\n      <rastershader>\n"
        '        <colorrampshader colorRampType="DISCRETE" classificationMode="1" clip="0"'
        ' minimumValue="0" maximumValue="1">\n'
        f"{items}        </colorrampshader>\n      </rastershader>\n    </rasterrenderer>\n"
    )


def vector_qml(field: str, categories: Sequence[Category], *, other: str = "left out") -> str:
    """Write a style that fills polygons by the value of a text field.

    Args:
        field: name of the field.
        categories: values, colours and labels.
        other: label of all other values, which are drawn grey.
    """
    everything = [*categories, ("", LEFT_OUT_COLOR, other)]
    heads = "".join(
        f"      <category symbol={quoteattr(str(i))} value={quoteattr(value)} label={quoteattr(label)} "
        'type="string" render="true"/>\n'
        for i, (value, _, label) in enumerate(everything)
    )
    symbols = "".join(_fill(i, color or "#FFFFFF", filled=bool(color)) for i, (_, color, _) in enumerate(everything))
    kind = f'type="categorizedSymbol" attr={quoteattr(field)}'
    return _polygons(kind, f"    <categories>\n{heads}    </categories>\n    <symbols>\n{symbols}    </symbols>\n")


def outline_qml() -> str:
    """Write a style of the drawn shape: a line, no filling."""
    line = _fill(0, "#000000", filled=False, outline="0,0,0,255", width="0.6")
    return _polygons('type="singleSymbol"', f"    <symbols>\n{line}    </symbols>\n")


def _polygons(kind: str, body: str) -> str:
    return (
        f'{_DOCTYPE}<qgis version="{_VERSION}" styleCategories="Symbology">\n'
        f'  <renderer-v2 {kind} forceraster="0" symbollevels="0" enableorderby="0">\n{body}'
        "  </renderer-v2>\n  <layerGeometryType>2</layerGeometryType>\n</qgis>\n"
    )


def _raster(renderer: str) -> str:
    return (
        f'{_DOCTYPE}<qgis version="{_VERSION}" styleCategories="Symbology">\n  <pipe>\n'
        '    <provider>\n      <resampling enabled="false" zoomedInResamplingMethod="nearestNeighbour" '
        'zoomedOutResamplingMethod="nearestNeighbour" maxOversampling="2"/>\n    </provider>\n'
        f"{renderer}"
        '    <brightnesscontrast brightness="0" contrast="0" gamma="1"/>\n'
        '    <huesaturation saturation="0" grayscaleMode="0" colorizeOn="0"/>\n'
        '    <rasterresampler maxOversampling="2"/>\n'
        "  </pipe>\n  <blendMode>0</blendMode>\n</qgis>\n"
    )


def _fill(name: int, color: str, *, filled: bool = True, outline: str = "255,255,255,90", width: str = "0.1") -> str:
    values = {
        "color": ",".join(map(str, (*rgb(color), 255))),
        "style": "solid" if filled else "no",
        "outline_color": outline,
        "outline_style": "solid",
        "outline_width": width,
        "outline_width_unit": "MM",
    }
    # Versions before 3.20 read <prop>, later ones <Option>.
    options = "".join(f'            <Option name="{k}" value="{v}" type="QString"/>\n' for k, v in values.items())
    props = "".join(f'          <prop k="{k}" v="{v}"/>\n' for k, v in values.items())
    return (
        f'      <symbol type="fill" name="{name}" alpha="1" clip_to_extent="1" force_rhr="0">\n'
        '        <layer class="SimpleFill" enabled="1" locked="0" pass="0">\n'
        f'          <Option type="Map">\n{options}          </Option>\n{props}'
        "        </layer>\n      </symbol>\n"
    )
