"""How the weights came to be, and how good they are."""
