"""What the pages give away: the archive of the result on the screen, named after it, readable again."""

from __future__ import annotations

import io
import zipfile

import pytest

from lulc_core.export.bundle_read import read_bundle
from lulc_core.ui.panels.package import archive_name, archive_of, bundle_on_screen
from tests.render.results import AOI, compare_result, map_result


@pytest.mark.parametrize("simulated", [False, True])
def test_the_archive_is_that_of_the_screen_and_read_back(tmp_path, simulated):
    for make, role in ((map_result, "map"), (compare_result, "compare")):
        result = make(simulated=simulated)
        bundle = bundle_on_screen(result, AOI)
        data = archive_of(bundle)
        name = archive_name(result, AOI)
        assert name.endswith(".zip") and name.startswith("SIMULATED_") == simulated
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert {n.split("/")[0] + ".zip" for n in archive.namelist()} == {name}
        (tmp_path / name).write_bytes(data)
        back = read_bundle(tmp_path / name)
        assert back.kind == role == back.request["command"]
        assert back.request["dates"] == [d.acquisition.date for d in back.dates]
        assert back.request["detail"] == 640 and back.request["area"]["type"] == "Polygon"
