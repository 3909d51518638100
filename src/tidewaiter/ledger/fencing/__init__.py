"""The fence: what a node that was restored from a backup stands behind until it has rejoined."""
