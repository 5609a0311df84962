"""From acquisitions to maps (classify) and from two maps to a comparison (compare)."""
