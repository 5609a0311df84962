"""Polygons before they are an area: taken out of GeoJSON, mended."""
