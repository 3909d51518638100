"""The room `assistance`: requests to partners and theirs to us, and the replies to both."""
