"""A served node signs the head of its log by itself, under the key that its document names."""

import json
import time
from pathlib import Path

import httpx
import pytest

from tests.served import Node
from tidewaiter import jose
from tidewaiter.ledger import note, tree


@pytest.mark.served
def test_a_served_node_signs_its_log_within_ten_seconds(tmp_path: Path) -> None:
    node = Node(tmp_path / "XA")
    try:
        began = time.monotonic()
        node.start()
        while (answer := httpx.get(f"{node.url}/tlog/checkpoint")).status_code != 200:
            assert time.monotonic() - began < 20, (node.home / "serve.log").read_text()
            time.sleep(0.2)
        document = json.loads(jose.read(node.json("node", "show")["document"]).payload)
        head = note.read(answer.content, note.verifier(document["log"]["vkey"]))
        assert (head.origin, head.size, head.root) == (document["log"]["origin"], 0, tree.EMPTY)
        assert node.stop() == 0
        assert node.json("ledger", "verify")["checkpoint_size"] == 0
    finally:
        node.close()
