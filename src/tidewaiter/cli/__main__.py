"""`python -m tidewaiter.cli`, where the script is not installed."""

from tidewaiter.cli.main import main

main(prog_name="tidewaiter")
