"""What partners told us and we told them: alerts, their corrections, what came of them."""
