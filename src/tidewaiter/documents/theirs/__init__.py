"""Export declarations that partners sent: kept as theirs, shown beside ours of the same goods."""
