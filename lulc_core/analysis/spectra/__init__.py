"""Spectra of classes, reference materials and regions of interest."""
