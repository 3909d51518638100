"""The page on which anybody judges a proof: in the browser, by its script, with no network."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.browser import NodePage, _picture, axe, dress, inspect, look
from tests.ledger import crafted, proofs, test_proof
from tests.ledger.proofs import Node
from tidewaiter.ledger import proof
from tidewaiter.web import assets

ONE = test_proof.ONE
SEVERAL = test_proof.SEVERAL


def judged(page: Any, data: bytes, name: str = "proof.json") -> str:
    """What the page says of a file: `holds`, or the name of what is wrong."""
    file = {"name": name, "mimeType": "application/json", "buffer": data}
    page.evaluate("delete document.querySelector('[data-result]').dataset.judged")
    page.set_input_files("#file", files=[file])
    return waited(page)


def waited(page: Any) -> str:
    page.wait_for_selector("[data-result][data-judged]", state="attached")
    return str(page.locator("[data-result]").get_attribute("data-judged"))


def verdict(checked: proof.Checked) -> str:
    """What the command says of a file, as the page says it."""
    if checked.faults:
        return checked.faults[0].code
    return "holds " + ",".join(paper.kind for paper in checked.papers)


@pytest.mark.browser
class TestThePage:
    def test_stands_for_anybody(self, node_page: NodePage) -> None:
        inspect(node_page, "/verify/")

    def test_says_that_a_right_file_holds_and_on_which_keys(self, node_page: NodePage) -> None:
        page = node_page.open("/verify/")
        assert judged(page, ONE) == "holds"
        text = page.inner_text("main")
        assert "The proof holds" in text
        assert "as entry 2 of 6" in text
        assert "Cosigned by XB, XC" in text
        assert "Whose keys are these?" in text
        for each in (Node("XA").thumbprint, Node("XA").vkey, Node("XC").witness):
            assert each in text
        assert page.locator("text=by the file alone").count() > 0
        assert node_page.faults == []

    def test_asks_nothing_more_of_who_knows_the_keys(self, node_page: NodePage) -> None:
        page = node_page.open("/verify/")
        judged(page, ONE)
        nodes = [Node(code).thumbprint for code in ("XA", "XB", "XC")]
        page.evaluate("delete document.querySelector('[data-result]').dataset.judged")
        page.fill("#known", "\n".join(nodes))
        assert waited(page) == "holds"
        assert page.locator("text=by the file alone").count() == 0
        assert "Whose keys" not in page.inner_text("main")

    def test_refuses_a_file_by_other_keys_than_those_known(self, node_page: NodePage) -> None:
        page = node_page.open("/verify/")
        page.fill("#known", Node("XA").thumbprint)
        forger = Node("XA", suite="B")
        index = forger.log(b"never logged", proofs.salt(1))
        paper = proof.Paper((forger.entry(0, index),), b"never logged", proofs.salt(1))
        log = proof.Log("XA", forger.checkpoint())
        assert judged(page, proof.build([log], [paper], [forger.document()])) == "log-not-known"
        assert "none of yours" in page.inner_text("[data-result] [role=alert]")

    def test_names_a_line_that_is_no_key(self, node_page: NodePage) -> None:
        page = node_page.open("/verify/")
        page.fill("#known", "harbour")
        assert "This line is no key: harbour" in page.inner_text("#known-error")

    def test_works_with_the_network_cut(self, node_page: NodePage) -> None:
        page = node_page.open("/verify/")
        page.wait_for_load_state("networkidle")
        page.context.set_offline(True)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        assert judged(page, SEVERAL) == "holds"
        assert judged(page, ONE[:-200]) == "not-json"
        assert judged(page, proofs.one(300, 9, suite="B")) == "holds"
        assert asked == []
        assert node_page.faults == []

    def test_takes_a_file_that_is_dropped(self, node_page: NodePage) -> None:
        page = node_page.open("/verify/")
        page.evaluate(
            """data => {
                const bytes = Uint8Array.from(atob(data), sign => sign.charCodeAt(0));
                const held = new DataTransfer();
                held.items.add(new File([bytes], "proof.json", {type: "application/json"}));
                const init = {dataTransfer: held, bubbles: true, cancelable: true};
                document.body.dispatchEvent(new DragEvent("dragover", init));
                document.body.dispatchEvent(new DragEvent("drop", init));
            }""",
            base64.b64encode(ONE).decode(),
        )
        assert waited(page) == "holds"

    def test_says_every_kind_of_wrong_file_in_words(self, node_page: NodePage) -> None:
        page = node_page.open("/verify/")
        wrong = test_proof.changed
        files = {
            "document": wrong(ONE, test_proof.replaced_document),
            "salt": wrong(ONE, test_proof.wrong_salt),
            "other-tree": wrong(ONE, test_proof.other_tree),
            "other-key": wrong(ONE, test_proof.other_key),
            "cosigned-by": wrong(ONE, test_proof.lost_cosignature),
            "size": wrong(ONE, test_proof.beyond),
            "shape": wrong(ONE, test_proof.more),
            "not-needed": wrong(ONE, test_proof.unneeded),
            "node-document": wrong(ONE, test_proof.forged_node),
            "other-version": wrong(ONE, test_proof.later),
            "not-a-proof": b'{"a":1}',
            "not-json": b"%PDF-1.7",
            "twice": ONE.replace(b'"log":0', b'"log":1,"log":0', 1),
            "too-deep": test_proof.DEEP,
        }
        said = {}
        for code, data in files.items():
            assert judged(page, data) == code
            said[code] = page.inner_text("[data-result]")
            assert said[code].startswith("The proof does not hold")
            assert "{" not in said[code]
        assert len(set(said.values())) == len(said)

    def test_judges_as_the_command_does_whatever_is_changed(self, node_page: NodePage) -> None:
        page = node_page.open("/verify/")
        bodies = [body for _, body in test_proof.mutations(json.loads(ONE))]
        bodies += [body for _, body in test_proof.mutations(json.loads(SEVERAL))]
        files = [test_proof.jcs(body) for body in bodies] + list(crafted.odd().values())
        files += [crafted.impersonating(both) for both in (False, True)]
        said = page.evaluate(
            """files => files.map(file => {
                const bytes = Uint8Array.from(atob(file), sign => sign.charCodeAt(0));
                const found = proof.judge(bytes);
                const kinds = found.papers.map(paper => paper.kind).join();
                return found.ok ? "holds " + kinds : found.faults[0].code;
            })""",
            [base64.b64encode(file).decode() for file in files],
        )
        assert said == [verdict(proof.check(file)) for file in files]

    def test_shows_what_was_signed_sign_for_sign(self, node_page: NodePage) -> None:
        page = node_page.open("/verify/")
        xa = Node("XA")
        event = b'{"id":"1","type":"t","source":"tidewaiter:XA","recipient":"XB"'
        event += b',"time":"%s","salt":"%s"'
        event %= (proofs.AT.encode(), proofs.b64u(proofs.salt(1)).encode())
        event += b',"n":12345678901234567890,"m":1.0,"turned":"\xe2\x80\xaegpj.exe"}'
        document = xa.jws(event, "tidewaiter+jws").encode()
        data = crafted.file([document], [xa.document()], signed_by=["XA"])
        assert judged(page, data) == "holds"
        shown = page.locator("details pre").text_content()
        assert '"n": 12345678901234567890,' in shown
        assert '"m": 1.0,' in shown
        assert "\\u202egpj.exe" in shown

    def test_knows_a_key_as_that_of_its_administration(self, node_page: NodePage) -> None:
        page = node_page.open("/verify/")
        keys = {code: Node(code).thumbprint for code in ("XA", "XB")}
        page.fill("#known", "\n".join(f"{code}:{key}" for code, key in keys.items()))
        assert judged(page, crafted.impersonating(both=False)) == "log-not-known"
        assert judged(page, proofs.one(cosigners=["XB"])) == "holds"
        assert page.locator("text=by the file alone").count() == 0

    @pytest.mark.parametrize("language", ["en", "fr"])
    def test_is_readable_with_a_result_in_every_way(
        self, node_page: NodePage, language: str
    ) -> None:
        node_page.cookie("django_language", language)
        page = node_page.open("/verify/")
        files = {
            "holds": ONE,
            "many": SEVERAL,
            "changed": test_proof.changed(ONE, test_proof.replaced_document),
        }
        for name, data in files.items():
            judged(page, data)
            for theme, size in (("light", (1280, 720)), ("dark", (375, 812))):
                dress(page, theme)
                page.set_viewport_size({"width": size[0], "height": size[1]})
                found = look(page, language, theme) + (axe(page) if language == "en" else [])
                assert found == [], name
                _picture(page, f"/verify/{name}", size, theme, language)
        assert node_page.faults == []


@pytest.mark.browser
def test_without_script_it_says_what_to_run_instead(plain_page: NodePage) -> None:
    page = plain_page.open("/verify/")
    assert page.locator("text=tidewaiter ledger check proof.json").is_visible()
    assert not page.locator("#file").is_visible()
    assert look(page, "en", "auto") == []


@pytest.mark.django_db
class TestTheAnswer:
    def test_lets_the_page_send_nothing(self) -> None:
        policy = Client().get("/verify/")["Content-Security-Policy"]
        assert "connect-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy

    def test_holds_words_for_every_fault(self) -> None:
        text = Client().get("/verify/").content.decode()
        source = "".join(
            (Path(proof.__file__).parent / f"{name}.py").read_text(encoding="utf-8")
            for name in ("proof", "saying", "evidence", "vouching")
        )
        for code in test_proof.codes(source):
            assert f'data-fault="{code}"' in text


class TestTheScripts:
    def test_have_names_of_their_own(self) -> None:
        names = [file.name for file in assets.files()]
        assert len(names) == len(set(names))

    def test_that_others_wrote_are_what_the_notice_says(self) -> None:
        import hashlib

        notice = (assets.FOLDER / "noble.NOTICE").read_text(encoding="utf-8")
        digest = hashlib.sha256((assets.FOLDER / "noble.js").read_bytes()).hexdigest()
        assert f"noble.js  sha256 {digest}" in notice

    @pytest.mark.parametrize("name", ["noble.js", "proof.js", "verify.js"])
    def test_need_nothing_that_the_policy_forbids(self, name: str) -> None:
        text = assets.asset(name).data.decode()
        for forbidden in ("eval(", "new Function", "fetch(", "XMLHttpRequest", "innerHTML"):
            assert forbidden not in text
