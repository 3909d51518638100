"""What stands beside the messages that we send: what was signed of them before."""
