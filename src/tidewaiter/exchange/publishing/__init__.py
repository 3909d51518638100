"""What this node says of itself: its document, issued, served, and told to partners."""
