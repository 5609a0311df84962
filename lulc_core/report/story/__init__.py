"""The slides of a result: what they say, in which order."""
