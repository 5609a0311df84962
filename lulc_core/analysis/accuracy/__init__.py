"""Accuracy of a map and of the areas read from it."""
