"""The reader's language: whole sentences, numbers, dates and units. A leaf that any room may import."""
