"""The slides of a result: what is said, in which order."""
