"""The network that classifies tiles. With ``training`` the only room that imports torch."""
