"""Areas from files: GeoJSON, KML, shapefile, GeoPackage, WKT."""
