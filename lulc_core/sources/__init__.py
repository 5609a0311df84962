"""Where imagery comes from. The only room that uses the network."""
