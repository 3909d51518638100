"""Seeing that what was deleted is gone from the files of the database too."""
