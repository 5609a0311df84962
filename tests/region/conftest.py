"""A Dask cluster in this process, for what needs no process of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lulc_core.region.cluster import Cluster


@pytest.fixture(scope="module")
def threads() -> Iterator[Cluster]:
    """Two workers that are threads."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=False,
            host="127.0.0.1",
            protocol="tcp://",
            dashboard_address="127.0.0.1:0",
            silence_logs=50,
        ) as cluster,
        Client(cluster) as client,
    ):
        yield Cluster(client, False, "threads")
