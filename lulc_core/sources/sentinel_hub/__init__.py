"""Sentinel-2 through Sentinel Hub."""
