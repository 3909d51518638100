"""The room `cli`: the tidewaiter command."""
