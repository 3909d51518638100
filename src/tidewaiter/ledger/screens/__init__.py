"""The ledger's screens of witnessing: who cosigned, alarms, and the evidence side by side."""
