"""Alarms: logs and witnesses that were found to contradict themselves, with the evidence."""
