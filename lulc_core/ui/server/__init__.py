"""What makes the app fit for many users: turns, closed sessions, limits, headers, faults with a number."""
