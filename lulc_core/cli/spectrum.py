"""The command ``spectrum``: reflectance of a place or an area, band by band, as a table, JSON or CSV."""

from __future__ import annotations

import argparse
import math
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from lulc_core.cli.arguments import add_area, add_command, add_period, add_source
from lulc_core.cli.imagery import request_of, settings_of
from lulc_core.cli.output import print_json, print_lines, print_notes, progress, table
from lulc_core.domain.errors import InputError

if TYPE_CHECKING:
    from lulc_core.domain.scene import Scene
    from lulc_core.domain.spectrum import RoiSpectrum
    from lulc_core.sources.base import ImagerySource

RECENT_DAYS = 60
"""How far back is looked where no date is given: a dozen passes of two satellites."""
HALF_BOX_M = 6.0
"""Of the box that is loaded around a point: one pixel and a rim."""
FIGURES = ("mean", "std", "p10", "p50", "p90")


def add_spectrum(commands: Any) -> None:
    """Declare the command ``spectrum``."""
    parser = add_command(
        commands,
        "spectrum",
        run_spectrum,
        "reflectance of a place, band by band",
        "Reads all bands of one acquisition at a place or over an area: mean, spread and count\n"
        "on the wavelengths of the satellite that took it, and NDVI, NDWI, NDBI, EVI. Clouds and gaps are\n"
        "left out and counted.",
        "spectrum --source simulated --point 8.85,45.48 --date 2021-08-14 --json",
    )
    add_source(parser)
    area = add_area(parser, "where (geotiff: the whole file if none is given)")
    area.add_argument("--point", metavar="LON,LAT", help="the 10 m pixel at this place, longitude first")
    parser.add_argument("--csv", action="store_true", help="print CSV on standard output, one line a band")
    add_period(parser)


def run_spectrum(args: argparse.Namespace) -> None:
    """Load the bands of one acquisition and print what they see."""
    from lulc_core.analysis.spectra.roi import Roi, roi_spectrum
    from lulc_core.domain.grid import TileGrid
    from lulc_core.pipeline.classify import choose_acquisition

    if args.json and args.csv:
        raise InputError("Both --json and --csv are given.", hint="Choose one of them.")
    report = progress(args)
    settings = settings_of(args)
    notes = _fill_in(args)
    position = _position(args.point) if args.point is not None else None
    if position is not None:
        args.bbox = _box_around(*position)
    source, aoi, start, end = request_of(args, settings)
    aoi.check_size(settings.max_area_km2)
    found = source.search(aoi, start, end, previews=start != end, on_progress=lambda f, m: report(0.1 * f, m))
    acquisition = choose_acquisition(found, day=start if start == end else None)
    grid = TileGrid.from_aoi(aoi)
    scene = source.load(
        acquisition, acquisition.available_bands, grid, on_progress=lambda f, m: report(0.1 + 0.9 * f, m)
    )
    roi, native = Roi.area(aoi), None
    if position is not None:
        roi, native = Roi.point(*position), _native(source, scene, position)
    spectrum = roi_spectrum(scene, roi, native=native)
    all_notes = dict.fromkeys(n for n in (*notes, spectrum.why_empty, *acquisition.notes, *scene.notes) if n)
    if args.json:
        print_json({**as_json(spectrum), "attribution": acquisition.attribution, "notes": list(all_notes)})
        return
    if args.csv:
        from lulc_core.export import tables

        sys.stdout.write(tables.spectra((("", spectrum),)))
    else:
        print_lines(_table(spectrum))
        print_lines(["", acquisition.attribution])
    print_notes(all_notes)


def as_json(spectrum: RoiSpectrum) -> dict[str, Any]:
    """Return what ``--json`` prints; figures are null where no pixel is usable."""
    return {
        "level": spectrum.level,
        "satellite": spectrum.satellite,
        "acquisition": spectrum.acquisition,
        "datetime": spectrum.moment.isoformat(),
        "simulated": spectrum.simulated,
        "count": spectrum.n_pixels,
        "left_out": {"cloudy": spectrum.n_cloudy, "no_data": spectrum.n_no_data},
        "bands": {
            name: {
                "wavelength_nm": round(float(spectrum.wavelength_nm[i]), 1),
                **{figure: _rounded(getattr(spectrum, figure)[i]) for figure in FIGURES},
            }
            for i, name in enumerate(spectrum.bands)
        },
        "indices": {name: round(value, 4) for name, value in spectrum.indices.items()},
    }


def _table(spectrum: RoiSpectrum) -> list[str]:
    from lulc_core.analysis.spectra.indices import INDICES
    from lulc_core.domain.bands import band

    what = "top-of-atmosphere reflectance" if spectrum.level == "L1C" else "surface reflectance"
    pixels = f"{spectrum.n_pixels:,} pixel" + ("" if spectrum.n_pixels == 1 else "s")
    head = f"{spectrum.acquisition}: {what} ({spectrum.level}), {spectrum.satellite}, {pixels}"
    if not spectrum.n_pixels:
        return [head, spectrum.why_empty]
    rows = [
        (
            name,
            band(name).title + (" (air)" if spectrum.atmospheric[i] else ""),
            f"{spectrum.wavelength_nm[i]:.1f}",
            *(f"{getattr(spectrum, figure)[i]:.4f}" for figure in FIGURES),
        )
        for i, name in enumerate(spectrum.bands)
    ]
    lines = [head, "", *table(("band", "what", "nm ", *(f"{f} " for f in FIGURES)), rows)]
    if spectrum.indices:
        values = [(n, f"{v:.3f}", INDICES[n].meaning(v), INDICES[n].formula) for n, v in spectrum.indices.items()]
        lines += ["", *table(("index", "value ", "usually", "formula"), values)]
    return lines


def _fill_in(args: argparse.Namespace) -> tuple[str, ...]:
    """Set a period where none is given: the last weeks, for sources that have more than one date."""
    if (args.source or "geotiff") == "geotiff" or args.date or args.start or args.end:
        return ()
    today = datetime.now(UTC).date()
    args.start, args.end = (today - timedelta(days=RECENT_DAYS)).isoformat(), today.isoformat()
    return (f"No date is given: the clearest acquisition of the last {RECENT_DAYS} days was taken.",)


def _position(text: str) -> tuple[float, float]:
    from lulc_core.analysis.spectra.roi import Roi
    from lulc_core.domain.places import parse_place

    try:
        typed = parse_place(text, longitude_first=True)
    except InputError:
        typed = None
    if not isinstance(typed, tuple):
        raise InputError(
            f"--point is {text!r}; two numbers LON,LAT with a comma between them are needed.",
            hint="Example: --point 8.85,45.48 (longitude first).",
        )
    lon, lat = typed
    Roi.point(lon, lat)  # refuses what is no place
    return (lon + 180) % 360 - 180, lat


def _box_around(lon: float, lat: float) -> str:
    dy = HALF_BOX_M / 111_320
    dx = dy / math.cos(math.radians(lat))
    west, east = lon - dx, lon + dx
    west, east = west + 360 * (west < -180), east - 360 * (east > 180)
    return f"{west!r},{lat - dy!r},{east!r},{lat + dy!r}"


def _native(source: ImagerySource, scene: Scene, position: tuple[float, float]) -> dict[str, float] | None:
    from lulc_core.sources.geotiff.point import file_pixel
    from lulc_core.sources.geotiff.source import GeoTiffSource

    return file_pixel(source, scene.bands, *position) if isinstance(source, GeoTiffSource) else None


def _rounded(value: float) -> float | None:
    return round(float(value), 6) if math.isfinite(value) else None
