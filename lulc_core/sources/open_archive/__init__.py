"""Sentinel-2 without an account: L1C from the open bucket, clouds and surface reflectance from Earth Search."""
