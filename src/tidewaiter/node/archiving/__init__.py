"""A node in one file, and back: `backup` and `restore`."""
