"""The room `keys`: private material and nothing else."""
