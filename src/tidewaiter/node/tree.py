"""What the process tree stands on: its names, its socket and the lock of its home."""

import fcntl
import ipaddress
import os
import socket
from pathlib import Path
from typing import IO

from tidewaiter.node import errors

BACKLOG = 512  # connections that may wait to be accepted


def machine() -> str:
    """What the names of all workers of this machine begin with."""
    return f"{socket.gethostname()}/"


def worker_name(process: int) -> str:
    """The name under which the worker in that process holds its jobs."""
    return f"{machine()}{process}/"


def loopback(host: str) -> bool:
    """Whether an address or name is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def listen(host: str, port: int) -> socket.socket:
    """A listening socket that children inherit. Raises PortTaken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host.strip("[]"), port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise errors.PortTaken(host=host, port=port, reason=error.strerror or str(error)) from None
    listening.setblocking(False)
    return listening


def lock(home: Path) -> IO[str]:
    """The lock of the home, held until the file is closed. Raises ServedAlready."""
    file = (home / "serve.lock").open("a+", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        process = file.read().strip() or "?"
        file.close()
        raise errors.ServedAlready(home=str(home), process=process) from None
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file
