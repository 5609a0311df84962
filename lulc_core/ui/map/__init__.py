"""The Leaflet maps of the pages."""
