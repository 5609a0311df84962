"""A user's own GeoTIFF files as imagery."""
