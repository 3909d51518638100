"""Results of controls that partners sent: kept as theirs, shown with the consignment."""
