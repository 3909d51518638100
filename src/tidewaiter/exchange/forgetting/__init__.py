"""The end of a message's life: what was kept of it is deleted, and who gave it is told."""
