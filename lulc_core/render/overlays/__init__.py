"""Pictures that lie on a web map."""
