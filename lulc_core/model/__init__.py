"""The network that names tiles. With ``training`` the only room that imports torch."""
