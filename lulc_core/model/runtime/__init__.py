"""Ways to run the network on tiles and on overlapping windows."""
