"""The words of the field. Imports nothing of ours and nothing heavy."""
