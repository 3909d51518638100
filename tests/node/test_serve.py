"""The served node: one supervised tree that dies, drains and mends as one."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.served import Node, command

pytestmark = pytest.mark.served


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    made = Node(tmp_path_factory.mktemp("served") / "XA")
    yield made
    made.close()


@pytest.fixture
def node(home: Node) -> Iterator[Node]:
    home.start()
    yield home
    home.close()


def family(node: Node) -> list[psutil.Process]:
    assert node.process is not None
    return psutil.Process(node.process.pid).children(recursive=True)


def wait(until: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


def role(process: psutil.Process) -> str:
    return process.cmdline()[3]


class TestTheTree:
    def test_has_web_processes_and_workers_in_one_process_group(self, node: Node) -> None:
        assert {role(child) for child in family(node)} == {"web", "worker"}
        assert node.process is not None
        assert {os.getpgid(child.pid) for child in family(node)} == {node.process.pid}

    def test_drains_on_sigterm_and_ends_with_zero(self, node: Node) -> None:
        children = family(node)
        begun = time.monotonic()
        assert node.stop() == 0
        assert time.monotonic() - begun < 10
        assert not any(child.is_running() for child in children)

    def test_dies_with_its_parent_even_when_that_is_killed(self, node: Node) -> None:
        children = family(node)
        assert node.process is not None
        node.process.send_signal(signal.SIGKILL)
        node.process.wait()
        wait(lambda: not any(child.is_running() for child in children), 5)
        node.process = None

    @pytest.mark.parametrize("which", ["web", "worker"])
    def test_starts_a_killed_child_again(self, node: Node, which: str) -> None:
        victim = next(child for child in family(node) if role(child) == which)
        victim.kill()
        wait(
            lambda: any(
                child.pid != victim.pid and len(child.cmdline()) > 3 and role(child) == which
                for child in family(node)
            )
        )
        wait(lambda: httpx.get(f"{node.url}/healthz").status_code == 200)

    def test_writes_its_log_to_standard_error_as_json_lines(self, node: Node) -> None:
        wait(lambda: '"event": "worker started"' in (node.home / "serve.log").read_text())
        assert '"event": "serving"' in (node.home / "serve.log").read_text()


class TestServing:
    def test_refuses_a_port_that_is_taken_and_names_it(self, node: Node, tmp_path: Path) -> None:
        other = Node(tmp_path / "XB", "XB")
        refused = other.run("serve", "--port", str(node.port))
        assert refused.returncode == 1
        assert f"127.0.0.1:{node.port}" in refused.stdout
        assert "problems/port-taken" in refused.stdout

    def test_refuses_a_home_that_is_served_already(self, node: Node) -> None:
        refused = node.run("serve", "--port", "0")
        assert refused.returncode == 1
        assert "problems/served-already" in refused.stdout

    def test_refuses_plain_http_off_this_machine(self, home: Node) -> None:
        refused = home.run("serve", "--host", "0.0.0.0", "--port", "0")
        assert refused.returncode == 1
        assert "--behind-proxy" in refused.stdout

    def test_refuses_where_there_is_no_home(self, tmp_path: Path) -> None:
        refused = command("serve", "--port", "0", home=tmp_path / "nowhere")
        assert refused.returncode == 1
        assert "tidewaiter init" in refused.stderr
        assert "Traceback" not in refused.stderr

    def test_says_what_waits_in_numbers(self, node: Node) -> None:
        text = httpx.get(f"{node.url}/metrics").text
        assert 'tidewaiter_jobs{state="failed"} 0.0' in text

    def test_finds_itself_well_while_it_serves(self, node: Node) -> None:
        checks = {check["name"]: check for check in node_checks(node)}
        assert checks["workers"]["ok"], checks
        assert checks["port"]["detail"].endswith("answers")


def node_checks(node: Node) -> list[dict[str, object]]:
    import json

    return json.loads(node.run("doctor").stdout)["checks"]
