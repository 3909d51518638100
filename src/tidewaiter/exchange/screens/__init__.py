"""The exchange's screens: messages, one message, partners, one partner."""
