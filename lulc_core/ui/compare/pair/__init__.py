"""The two dates of a comparison: imagery, search, choice, further dates that confirm."""
