"""The room `work`: jobs for machines, tasks for people."""
