"""Presentations as PDF, HTML and PowerPoint."""
