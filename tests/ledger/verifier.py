"""A verifier of proof documents, written from docs/proof.md alone.

Standard library and `cryptography`; nothing of the project. `python verifier.py FILE` says whether
a file holds, and by which keys.
"""

import base64
import hashlib
import hmac
import json
import re
import sys
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils
from cryptography.hazmat.primitives.hashes import SHA256

MAX = 2**53 - 1
PRIME = 2**255 - 19
EIGHT = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826


class Refused(Exception):
    pass


def need(condition, what):
    if not condition:
        raise Refused(what)


def unique(pairs):
    names = [name for name, _ in pairs]
    need(len(names) == len(set(names)), "twice")
    return dict(pairs)


def constant(_):
    raise Refused("not-json")


def depth(text):
    deepest = level = 0
    inside = escaped = False
    for sign in text:
        if inside:
            if escaped:
                escaped = False
            elif sign == "\\":
                escaped = True
            elif sign == '"':
                inside = False
        elif sign == '"':
            inside = True
        elif sign in "[{":
            level += 1
            deepest = max(deepest, level)
        elif sign in "]}":
            level -= 1
    return deepest


def read_json(data):
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("not-json") from None
    need(depth(text) <= 32, "too-deep")
    try:
        value = json.loads(text, object_pairs_hook=unique, parse_constant=constant)
        json.dumps(value, ensure_ascii=False).encode()  # half a sign is no text
    except ValueError:
        raise Refused("not-json") from None
    return value


def b64url(text):
    need(isinstance(text, str) and re.fullmatch(r"[A-Za-z0-9_-]*", text), "shape")
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise Refused("shape") from None
    need(base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == text, "shape")
    return raw


def b64(text):
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raise Refused("checkpoint") from None
    need(base64.b64encode(raw).decode() == text, "checkpoint")
    return raw


def moment(text):
    need(isinstance(text, str), "shape")
    found = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z", text, flags=re.ASCII)
    need(found, "shape")
    return found[1] + "." + (found[2] or "").ljust(9, "0")


def whole(value):
    need(type(value) is int and 0 <= value <= MAX, "shape")
    return value


def split_jws(text):
    parts = text.split(".")
    need(len(parts) == 3, "shape")
    raws = [b64url(part) for part in parts]
    header = read_json(raws[0])
    need(isinstance(header, dict), "shape")
    return header, raws[1], raws[2], (parts[0] + "." + parts[1]).encode()


def holds(jws, jwk, typ):
    header, _, signature, signed = jws
    if header.get("typ") != typ:
        return False
    if set(header) & {"crit", "jwk", "jku", "zip", "b64"}:
        return False
    if any(name.startswith("x5") for name in header) or len(signature) != 64:
        return False
    try:
        if jwk["crv"] == "Ed25519":
            if header.get("alg") not in ("Ed25519", "EdDSA"):
                return False
            return ed25519_holds(b64url(jwk["x"]), signature, signed)
        if header.get("alg") != "ES256":
            return False
        point = b"\x04" + b64url(jwk["x"]) + b64url(jwk["y"])
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        key.verify(utils.encode_dss_signature(r, s), signed, ec.ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


class Node:
    """A node document that holds."""

    def __init__(self, compact):
        jws = split_jws(compact)
        body = read_json(jws[1])
        need(isinstance(body, dict) and isinstance(body.get("keys"), list), "node-document")
        self.compact = compact
        self.keys = []
        for key in body["keys"]:
            if isinstance(key, dict) and key.get("use") in ("sig", "recovery"):
                form = (key.get("kty"), key.get("crv"))
                need(form in (("OKP", "Ed25519"), ("EC", "P-256")), "node-document")
                names = ("x",) if form[0] == "OKP" else ("x", "y")
                need(all(len(b64url(key.get(name))) == 32 for name in names), "node-document")
                need(isinstance(key.get("kid"), str) and key["kid"], "node-document")
                for bound in ("nbf", "exp"):
                    if bound in key:
                        moment(key[bound])
                self.keys.append(key)
        named = [key for key in self.keys if key["kid"] == jws[0].get("kid")]
        need(named and holds(jws, named[0], "tidewaiter-node+jws"), "node-document")
        bare = {name: named[0][name] for name in ("crv", "kty", "x", "y") if name in named[0]}
        if bare["kty"] == "OKP":
            bare.pop("y", None)
        text = json.dumps(bare, sort_keys=True, separators=(",", ":")).encode()
        digest = hashlib.sha256(text).digest()
        self.thumbprint = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        self.code = body.get("administration")
        need(isinstance(self.code, str) and re.fullmatch(r"[A-Z]{2}", self.code), "node-document")
        moment(body.get("issued"))
        log, witness = body.get("log"), body.get("witness", {})
        need(isinstance(log, dict) and isinstance(witness, dict), "node-document")
        self.log = log.get("vkey")
        need(isinstance(self.log, str) and self.log, "node-document")
        self.witness = witness.get("vkey") if witness else None
        need(not witness or (isinstance(self.witness, str) and self.witness), "node-document")

    def signed(self, jws, typ, at):
        """Whether a sig key of this document, valid then, signed that."""
        for key in self.keys:
            if key["use"] == "sig" and key["kid"] == jws[0].get("kid") and holds(jws, key, typ):
                if "nbf" in key and at < moment(key["nbf"]):
                    continue
                if "exp" in key and at >= moment(key["exp"]):
                    continue
                return True
        return False


def verifier_key(vkey, kind):
    """Its name, id and key; None where it is none of that kind."""
    parts = vkey.split("+", 2)
    if len(parts) != 3 or len(vkey) > 1000 or not parts[0] or re.search(r"\s", parts[0]):
        return None
    try:
        raw = b64(parts[2])
    except Refused:
        return None
    id_ = hashlib.sha256(parts[0].encode() + b"\n" + raw).digest()[:4]
    if len(raw) != 33 or raw[0] != kind or parts[1] != id_.hex():
        return None
    return parts[0], id_, raw[1:]


def ed25519_holds(key, signature, message):
    y = int.from_bytes(key, "little") % 2**255 % PRIME
    if y in (0, 1, PRIME - 1, EIGHT, PRIME - EIGHT) or len(signature) != 64:
        return False
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def read_log(log, nodes, used):
    need(isinstance(log, dict), "shape")
    need(set(log) == {"administration", "checkpoint", "cosigned_by"}, "shape")
    code, note = log["administration"], log["checkpoint"]
    need(isinstance(code, str) and re.fullmatch(r"[A-Z]{2}", code), "shape")
    need(isinstance(note, str), "shape")
    need(not re.search(r"[\x00-\x09\x0b-\x1f]", note), "checkpoint")
    text, gap, tail = note.rpartition("\n\n")
    need(gap and text and tail.endswith("\n"), "checkpoint")
    text += "\n"
    lines = text.split("\n")
    need(len(lines) >= 4 and lines[-1] == "" and all(lines[:-1]), "checkpoint")
    origin, size, root = lines[0], lines[1], b64(lines[2])
    need(re.fullmatch(r"0|[1-9][0-9]*", size, flags=re.ASCII), "checkpoint")
    need(len(size) < 20 and int(size) <= MAX, "size")
    need(len(root) == 32, "checkpoint")
    known = {}
    for node in reversed(nodes):  # the first in the file counts
        kind = 1 if node.code == code else 4
        found = verifier_key(node.log if kind == 1 else node.witness or "", kind)
        if found and (kind == 4 or found[0] == origin):
            known[found[:2]] = (kind, found[2], node)
    signed, cosigned, seen = False, [], set()
    for line in tail[:-1].split("\n"):
        found = re.fullmatch("\u2014 ([^ ]+) ([^ ]+)", line)
        need(found, "checkpoint")
        raw = b64(found[2])
        who = (found[1], raw[:4])
        need(who in known and who not in seen, "cosignature")
        seen.add(who)
        kind, key, node = known[who]
        if kind == 1:
            need(ed25519_holds(key, raw[4:], text.encode()), "other-key")
            signed = True
        else:
            need(len(raw) == 76, "checkpoint")
            time = int.from_bytes(raw[4:12], "big")
            message = f"cosignature/v1\ntime {time}\n{text}".encode()
            need(ed25519_holds(key, raw[12:], message), "checkpoint")
            cosigned.append(node.code)
        used.add(node.compact)
    need(signed, "other-key")
    need(log["cosigned_by"] == sorted(cosigned), "cosigned-by")
    return {"code": code, "origin": origin, "size": int(size), "root": root, "by": cosigned}


def root_of(leaf, index, size, path):
    if size == 1:
        need(not path, "other-tree")
        return leaf
    need(path, "other-tree")
    k = 1
    while k * 2 < size:
        k *= 2
    rest, last = path[:-1], path[-1]
    if index < k:
        return node_hash(root_of(leaf, index, k, rest), last)
    return node_hash(last, root_of(leaf, index - k, size - k, rest))


def node_hash(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def who_signed(document, salt, signatures, nodes, used):
    if signatures is not None:
        need(isinstance(signatures, list) and signatures, "shape")
        body = read_json(document)
        need(isinstance(body, dict) and isinstance(body.get("parties"), list), "document")
        payload = base64.urlsafe_b64encode(document).rstrip(b"=").decode()
        names = []
        for each in signatures:
            need(isinstance(each, dict) and set(each) == {"protected", "signature"}, "shape")
            need(all(isinstance(value, str) for value in each.values()), "shape")
            jws = split_jws(f"{each['protected']}.{payload}.{each['signature']}")
            at = moment(jws[0].get("signed"))
            for node in nodes:
                if node.code in body["parties"] and node.signed(
                    jws, "tidewaiter-agreement+jws", at
                ):
                    names.append(node.code)
                    used.add(node.compact)
                    break
            else:
                raise Refused("signature")
        return names
    if re.fullmatch(rb"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", document):
        text = document.decode("ascii")
        try:
            jws = split_jws(text)
        except Refused:
            return []
        if jws[0].get("typ") == "tidewaiter-node+jws":
            return [Node(text).code]
        if jws[0].get("typ") == "tidewaiter+jws":
            event = read_json(jws[1])
            need(isinstance(event, dict), "document")
            for name in ("id", "type", "source", "recipient", "time"):
                need(isinstance(event.get(name), str), "document")
            need(event["source"].startswith("tidewaiter:"), "signature")
            source, at = event["source"][len("tidewaiter:") :], moment(event["time"])
            for node in nodes:
                if node.code == source and node.signed(jws, "tidewaiter+jws", at):
                    used.add(node.compact)
                    break
            else:
                raise Refused("signature")
            need(isinstance(event.get("salt"), str) and b64url(event["salt"]) == salt, "salt")
            return [source]
    return []


def read_paper(paper, logs, nodes, used):
    need(isinstance(paper, dict), "shape")
    names = set(paper)
    shown = {"entries", "document", "salt", "signed_by"}
    need(names == {"entries"} or names in (shown, shown | {"signatures"}), "shape")
    document = salt = None
    if "document" in paper:
        document, salt = b64url(paper["document"]), b64url(paper["salt"])
        need(len(salt) == 32, "shape")
        by = who_signed(document, salt, paper.get("signatures"), nodes, used)
        need(paper["signed_by"] == by, "signed-by")
    need(isinstance(paper["entries"], list) and paper["entries"], "shape")
    places = []
    for entry in paper["entries"]:
        need(isinstance(entry, dict), "shape")
        need(set(entry) == {"log", "index", "commitment", "path"}, "shape")
        need(whole(entry["log"]) < len(logs), "shape")
        need(entry["log"] not in [place[0] for place in places], "shape")
        log, index = logs[entry["log"]], whole(entry["index"])
        commitment = b64url(entry["commitment"])
        need(len(commitment) == 32 and isinstance(entry["path"], list), "shape")
        need(len(entry["path"]) <= 63, "size")
        path = [b64url(each) for each in entry["path"]]
        need(all(len(each) == 32 for each in path), "shape")
        if document is not None:
            said = log["code"].encode() + b"\n" + document
            need(hmac.digest(salt, said, "sha256") == commitment, "document")
        need(index < log["size"], "size")
        text = '{"commitment":"' + entry["commitment"] + '","v":1}'
        leaf = hashlib.sha256(b"\x00" + text.encode()).digest()
        need(root_of(leaf, index, log["size"], path) == log["root"], "other-tree")
        places.append((entry["log"], index))
    need(document is not None or len(places) == 1, "shape")
    return places


def verify(data):
    """What the file proves; Refused where it does not hold."""
    need(len(data) <= 64 * 2**20, "too-large")
    body = read_json(data)
    need(isinstance(body, dict) and "tidewaiter" in body, "not-a-proof")
    need(body["tidewaiter"] == "proof/1", "other-version")
    need(set(body) == {"tidewaiter", "nodes", "logs", "papers"}, "shape")
    for name, most in (("nodes", 1000), ("logs", 100), ("papers", 50_000)):
        need(isinstance(body[name], list) and 1 <= len(body[name]) <= most, "shape")
    need(all(isinstance(each, str) for each in body["nodes"]), "shape")
    need(len(set(body["nodes"])) == len(body["nodes"]), "shape")
    nodes = [Node(each) for each in body["nodes"]]
    whose = {node.thumbprint: node.code for node in nodes}
    need(all(whose[node.thumbprint] == node.code for node in nodes), "node-document")
    used = set()
    logs = [read_log(each, nodes, used) for each in body["logs"]]
    need(len({log["origin"] for log in logs}) == len(logs), "shape")
    papers = [read_paper(each, logs, nodes, used) for each in body["papers"]]
    need(used == {node.compact for node in nodes}, "not-needed")
    standing = [place for places in papers for place in places]
    need(len(set(standing)) == len(standing), "not-needed")
    need({log for log, _ in standing} == set(range(len(logs))), "not-needed")
    log, index = papers[0][0]
    return {
        "index": index,
        "size": logs[log]["size"],
        "cosigned_by": sorted(logs[log]["by"]),
        "keys": {node.thumbprint: node.code for node in nodes},
    }


if __name__ == "__main__":
    said = verify(Path(sys.argv[1]).read_bytes())
    sys.stdout.write(json.dumps(said) + "\n")
