"""Regions: areas too large for one map, cut into blocks that Dask spreads over processes or machines."""
