"""Files for other programs: GeoTIFF, GeoPackage, STAC, QGIS styles, tables, archives."""
