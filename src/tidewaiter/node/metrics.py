"""What the node counts of itself, in Prometheus' text format; gauges read when they are asked for.

Several processes serve one node, so counters live in the database and not in one of them.
"""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Gauge, Info, generate_latest


def text(
    *, version: str, administration: str, jobs: Mapping[str, int], overdue: float, disk: int
) -> bytes:
    """The exposition: jobs by state, seconds that the longest waits over its time, bytes free."""
    registry = CollectorRegistry()
    Info("tidewaiter", "The node", registry=registry).info(
        {"version": version, "administration": administration}
    )
    gauge = Gauge("tidewaiter_jobs", "Jobs of the queue", ["state"], registry=registry)
    for state, count in jobs.items():
        gauge.labels(state).set(count)
    late = "Seconds that the longest waiting job is overdue"
    Gauge("tidewaiter_jobs_overdue_seconds", late, registry=registry).set(overdue)
    Gauge("tidewaiter_disk_free_bytes", "Room in the home", registry=registry).set(disk)
    return generate_latest(registry)
