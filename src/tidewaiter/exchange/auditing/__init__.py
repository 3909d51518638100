"""The auditor's view: all that passed between us and one partner in a period, and its proof."""
