"""How a message of ours stands, in words."""
