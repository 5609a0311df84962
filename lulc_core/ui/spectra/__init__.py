"""The Spectra page."""
