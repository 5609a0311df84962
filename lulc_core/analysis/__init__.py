"""Numbers out of maps: areas, spectra, change."""
