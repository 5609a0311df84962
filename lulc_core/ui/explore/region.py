"""A region that the command line makes, as the app sees it: blocks filling up, and the way to a report. Read only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from lulc_core.domain.classes import class_by_name
from lulc_core.domain.errors import LulcError
from lulc_core.region.folder import RunFolder
from lulc_core.ui import resources, words
from lulc_core.ui.errors import plain, show_error
from lulc_core.ui.navigation import switch_page

_EVERY_S = 3.0


def show_region() -> None:
    """Let a region be watched, where the operator lets users name folders of the server."""
    if not resources.settings().allow_server_paths:
        return
    if not st.toggle(words.translate("region.watch"), key="region-watch"):
        return
    st.caption(plain(words.translate("region.what")))
    path = st.text_input(words.translate("region.folder"), key="region-folder")
    if path.strip():
        _progress(path.strip())


@st.fragment(run_every=_EVERY_S)
def _progress(path: str) -> None:
    """Show how far a run is; again every few seconds."""
    from lulc_core.render.charts.region import blocks_chart

    folder = RunFolder(Path(path).expanduser())
    try:
        run = folder.kept_run()
    except LulcError as error:
        show_error(error)
        return
    plan, status = folder.plan(), folder.status() or {}
    if run is None or plan is None:
        st.info(plain(words.translate("region.none", folder=path)))
        return
    st.markdown(plain(_sentence(status)))
    outlines = {name: [tuple(c) for c in block["outline"]] for name, block in plan["blocks"].items()}
    figure = blocks_chart(outlines, status.get("states", {}), words.page_words())
    st.plotly_chart(figure, key="region-blocks", config={"displayModeBar": False, "scrollZoom": False})
    if "files" not in run:
        return
    areas = run["areas_ha"].get("map") or run["areas_ha"].get("after") or {}
    largest = sorted(areas.items(), key=lambda item: -item[1])[:3]
    named = ", ".join(
        f"{words.page_words().class_name(class_by_name(name).id)} {words.area(ha)}" for name, ha in largest if ha
    )
    st.caption(plain(words.translate("region.finished", largest=named)))
    for result in sorted(folder.path.glob("report_*/result.json")):
        zone = result.parent.name.removeprefix("report_")
        label = words.translate("region.report", zone=zone)
        if st.button(label, key=f"region-report-{zone}", icon=":material/slideshow:"):
            _open(result.parent, f"{run['run']}-{zone}")


def _sentence(status: dict[str, Any]) -> str:
    counts = status.get("blocks")
    if counts is None:
        return words.translate("region.not_begun")
    parts = [words.translate("region.counts", done=words.number(counts["done"]), total=words.number(counts["total"]))]
    if counts["failed"]:
        parts.append(words.translate("region.failed", n=words.number(counts["failed"])))
    if status.get("state") == "running" and status.get("tiles_per_s") and status.get("seconds_left") is not None:
        minutes = words.number(max(1, round(status["seconds_left"] / 60)))
        parts.append(words.translate("region.left", rate=words.number(status["tiles_per_s"]), minutes=minutes))
    elif status.get("state") == "stopped":
        parts.append(words.translate("region.stopped"))
    return " ".join(parts)


def _open(path: Path, name: str) -> None:
    """Give the result of a zone to the Report page, and go there."""
    from lulc_core.export.bundle_read import read_bundle
    from lulc_core.ui.report.kept import reporting
    from lulc_core.ui.report.state import Choice

    try:
        with st.spinner(words.translate("region.reading")):
            bundle = read_bundle(path)
    except LulcError as error:
        show_error(error)
        return
    here = reporting()
    here.results = (
        *(c for c in here.results if c.kind != "region"),
        Choice(f"region-{name}", "region", bundle, bundle.aoi),
    )
    here.kind, here.view = "region", "present"
    switch_page("pages/report.py")
