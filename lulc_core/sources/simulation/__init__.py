"""The simulated landscape: layout, texture, seasons, air. Pure functions of place, date and seed."""
