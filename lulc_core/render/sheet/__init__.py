"""Maps for paper and slides."""
