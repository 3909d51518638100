"""What is kept of those who knock: what was refused, and how fast lines came."""
