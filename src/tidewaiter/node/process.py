"""A child of the supervisor: `python -m tidewaiter.node.process web|worker PARENT [SOCKET]`.

It dies with its parent, even with one that was killed; SIGTERM lets it end what it is doing.
"""

import ctypes
import gc
import os
import signal
import socket
import sys
import time
from typing import Any, Final

DEATH_SIGNAL: Final = 1  # PR_SET_PDEATHSIG of prctl(2)
DRAIN: Final = 8.0  # seconds for requests under way; the supervisor waits for 10
THREADS: Final = 8  # requests at a time of one web process


def die_with(parent: int) -> None:
    """Be killed by the kernel when the process `parent` ends; end at once where it has."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        raise SystemExit(1)


def web(number: int) -> None:
    """Answer requests on the inherited listening socket until SIGTERM."""
    from django.core.wsgi import get_wsgi_application

    from tidewaiter.node import gate, patience, settings

    application = get_wsgi_application()
    _collect()
    proxy: dict[str, Any] = {}
    if settings.BEHIND_PROXY:
        proxy = {
            "trusted_proxy": "*",
            "trusted_proxy_count": 1,
            "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
        }
    gate.descriptors()
    bounds = gate.Bounds(patience.Limits(settings.BODIES), THREADS, settings.BEHIND_PROXY)
    listening = socket.socket(fileno=number)
    server = gate.server(application, listening, bounds, **proxy)
    stop: list[bool] = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
    while not stop:
        server.asyncore.loop(timeout=0.5, use_poll=True, map=server._map, count=1)
    _drain(server)


def _drain(server: Any) -> None:
    """Take no more connections; answer what was asked."""
    until = time.monotonic() + DRAIN
    server.accepting = False
    server.del_channel()
    server.socket.close()

    def pending() -> bool:
        channels = list(server.active_channels.values())
        return any(channel.requests or channel.total_outbufs_len for channel in channels)

    while pending() and time.monotonic() < until:
        server.asyncore.loop(timeout=0.05, use_poll=True, map=server._map, count=1)
    server.task_dispatcher.shutdown(cancel_pending=True, timeout=0.5)


def worker() -> None:
    """Do jobs until SIGTERM."""
    import django

    django.setup()
    from tidewaiter import clock
    from tidewaiter.node import tree
    from tidewaiter.work import jobs
    from tidewaiter.work.worker import Worker

    _collect()
    signal.signal(signal.SIGTERM, lambda *_: jobs.stop())
    Worker(tree.worker_name(os.getpid()), now=clock.real).run()


def _collect() -> None:
    """From now on there may be garbage."""
    gc.freeze()
    gc.enable()


def main() -> None:
    """Play the part that the arguments name."""
    gc.disable()  # while modules are imported: they stay, and to look takes a tenth of the start
    role, parent, *rest = sys.argv[1:]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the group; the parent decides
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    die_with(int(parent))
    os.environ["DJANGO_SETTINGS_MODULE"] = "tidewaiter.node.settings"
    if role == "web":
        web(int(rest[0]))
    else:
        worker()
    sys.stderr.flush()
    os._exit(0)  # threads that hang on a partner or a client do not keep us


if __name__ == "__main__":
    main()
