"""What a period holds in numbers: serials without a gap, states, how far the log proves them."""
