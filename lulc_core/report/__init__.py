"""Documents: the story of a result, and the story as PDF, HTML and slides. No browser, no network."""
