"""Witnessing between nodes: checkpoints pushed, logs followed and kept, sights compared."""
