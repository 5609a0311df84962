"""Change between two dates: detection, persistence, transitions, measured rates."""
