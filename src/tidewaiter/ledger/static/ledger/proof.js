/* Judges proof documents (docs/proof.md) in the browser: the third reader beside ledger/proof.py and
   tests/ledger/verifier.py. `proof.judge(bytes, known)` answers {ok, faults, heads, papers, nodes};
   `proof.judging` does it in steps, for a page that shows how far it is. Needs noble.js, and nothing
   of the network. */
var proof = (function () {
  "use strict";
  var LARGEST = 64 * 1024 * 1024;
  var MOST = { logs: 100, nodes: 1000, papers: 50000 };
  var MAX = Number.MAX_SAFE_INTEGER;
  var EFFORT = Math.pow(2, 31), TRIED = 10000, VAIN = 100000, PASSED = 1000, LONGEST_KEY = 1000; // as in vouching.py
  var DEPTH = 32;
  var NODE = "tidewaiter-node+jws", MESSAGE = "tidewaiter+jws", AGREEMENT = "tidewaiter-agreement+jws";
  var ALGORITHMS = { "Ed25519": ["Ed25519", "EdDSA"], "P-256": ["ES256"] };
  var NEVER = ["crit", "jwk", "jku", "zip", "b64"];
  var COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;
  var utf8 = new TextEncoder();

  /* What does not hold: a code of docs/proof.md, where in the file, and whose. */
  function Fault(code, at, who) { this.code = code; this.at = at || ""; this.who = who || ""; }
  function need(condition, code, at, who) { if (!condition) { throw new Fault(code, at, who); } }

  /* A number that no reader keeps exactly, or that is not whole. */
  function Odd(text) { this.text = text; }

  function text(bytes) {
    try { return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes); }
    catch (error) { throw new Fault("not-json"); }
  }

  function bytes(string) { return utf8.encode(string); }

  function joined() {
    var length = 0, at = 0, i;
    for (i = 0; i < arguments.length; i++) { length += arguments[i].length; }
    var whole = new Uint8Array(length);
    for (i = 0; i < arguments.length; i++) { whole.set(arguments[i], at); at += arguments[i].length; }
    return whole;
  }

  function same(a, b) {
    if (a.length !== b.length) { return false; }
    for (var i = 0; i < a.length; i++) { if (a[i] !== b[i]) { return false; } }
    return true;
  }

  function hex(raw) {
    return Array.prototype.map.call(raw, function (each) { return (each + 256).toString(16).slice(1); }).join("");
  }

  function own(value, name) { return Object.prototype.hasOwnProperty.call(value, name); }
  function isObject(value) { return value !== null && typeof value === "object" && !Array.isArray(value) && !(value instanceof Odd); }
  function isText(value) { return typeof value === "string"; }
  function filled(value) { return isText(value) && value !== ""; }

  /* JSON, strictly: no member twice, not too deep, no half sign (RFC 8259, RFC 7493). */
  function json(source) {
    var at = 0;
    var number = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
    need(deepest(source) <= DEPTH, "too-deep");
    function blank() { while (at < source.length && " \t\n\r".indexOf(source[at]) >= 0) { at++; } }
    function expect(sign) { need(source[at] === sign, "not-json"); at++; }
    function word(name, value) { need(source.startsWith(name, at), "not-json"); at += name.length; return value; }
    function readString() {
      var end = at, before, value;
      need(source[at] === "\"", "not-json");
      do { // a quote behind an odd number of backslashes is part of the string
        end = source.indexOf("\"", end + 1);
        need(end > 0, "not-json");
        for (before = end; source[before - 1] === "\\"; before--) { /* counted */ }
      } while ((end - before) % 2);
      try { value = JSON.parse(source.slice(at, end + 1)); } catch (error) { throw new Fault("not-json"); }
      at = end + 1;
      need(!/[\ud800-\udbff](?![\udc00-\udfff])|(?:[^\ud800-\udbff]|^)[\udc00-\udfff]/.test(value), "not-json");
      return value;
    }
    function readNumber() {
      number.lastIndex = at;
      var found = number.exec(source);
      need(found, "not-json");
      at = number.lastIndex;
      var whole = found[1] === undefined && found[2] === undefined;
      return whole && Number.isSafeInteger(Number(found[0])) ? Number(found[0]) : new Odd(found[0].slice(0, 40));
    }
    function readObject() {
      var members = Object.create(null), name;
      expect("{"); blank();
      if (source[at] === "}") { at++; return members; }
      for (;;) {
        blank(); name = readString();
        blank(); expect(":");
        var value = readValue();
        need(!(name in members), "twice");
        members[name] = value;
        if (source[at] === "}") { at++; return members; }
        expect(",");
      }
    }
    function readArray() {
      var items = [];
      expect("["); blank();
      if (source[at] === "]") { at++; return items; }
      for (;;) {
        items.push(readValue());
        if (source[at] === "]") { at++; return items; }
        expect(",");
      }
    }
    function readValue() {
      blank();
      var sign = source[at], value;
      if (sign === "{") { value = readObject(); }
      else if (sign === "[") { value = readArray(); }
      else if (sign === "\"") { value = readString(); }
      else if (sign === "t") { value = word("true", true); }
      else if (sign === "f") { value = word("false", false); }
      else if (sign === "n") { value = word("null", null); }
      else { value = readNumber(); }
      blank();
      return value;
    }
    var value = readValue();
    need(at === source.length, "not-json");
    return value;
  }

  /* How deep arrays and objects nest, whatever else is wrong with the text. */
  function deepest(source) {
    var most = 0, level = 0, inside = false;
    for (var at = 0; at < source.length; at++) {
      var sign = source[at];
      if (inside) {
        if (sign === "\\") { at++; } else if (sign === "\"") { inside = false; }
      } else if (sign === "\"") { inside = true; }
      else if (sign === "[" || sign === "{") { level++; most = Math.max(most, level); }
      else if (sign === "]" || sign === "}") { level--; }
    }
    return most;
  }

  /* base64 of either alphabet, written the one way that it may be. */
  function decoder(signs, padded) {
    var values = {};
    for (var i = 0; i < 64; i++) { values[signs[i]] = i; }
    return function (coded, code, at) {
      need(isText(coded), code, at);
      var plain = coded;
      if (padded) {
        need(coded.length % 4 === 0, code, at);
        plain = coded.replace(/={1,2}$/, "");
        need(plain.length + (4 - plain.length % 4) % 4 === coded.length, code, at);
      }
      need(plain.length % 4 !== 1, code, at);
      var raw = new Uint8Array(Math.floor(plain.length * 3 / 4)), bits = 0, held = 0, place = 0;
      for (var n = 0; n < plain.length; n++) {
        need(own(values, plain[n]), code, at);
        bits = (bits << 6 | values[plain[n]]) & 0xffffff;
        held += 6;
        if (held >= 8) { held -= 8; raw[place++] = bits >> held & 255; }
      }
      need((bits & (1 << held) - 1) === 0, code, at);
      return raw;
    };
  }
  var LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  var base64url = decoder(LETTERS + "-_", false);
  var base64 = decoder(LETTERS + "+/", true);

  function encoded(raw) {
    var signs = LETTERS + "-_", out = "";
    for (var at = 0; at < raw.length; at += 3) {
      var left = Math.min(3, raw.length - at);
      var bits = raw[at] << 16 | (left > 1 ? raw[at + 1] << 8 : 0) | (left > 2 ? raw[at + 2] : 0);
      out += (signs[bits >> 18] + signs[bits >> 12 & 63] + signs[bits >> 6 & 63] + signs[bits & 63]).slice(0, left + 1);
    }
    return out;
  }

  /* A moment of RFC 3339 in UTC so that moments sort as texts. */
  function moment(said, code, at) {
    var found = isText(said) && /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(said);
    need(found && found[0].length === said.length, code || "shape", at);
    return found[1] + "." + (found[2] || "").padEnd(9, "0") + "Z";
  }

  /* RFC 8032 §5.1.7 as ledger/edwards.py has it: without the cofactor, never by a key of small order. */
  function ed25519(key, signature, signed) {
    if (key.length !== 32 || signature.length !== 64) { return false; }
    var Point = noble.ed25519.Point, order = Point.Fn.ORDER, R = signature.slice(0, 32), S = little(signature.slice(32));
    if (S >= order) { return false; }
    try {
      var A = Point.fromBytes(key, true), k = little(noble.sha512(joined(R, key, signed))) % order;
      if (A.isSmallOrder()) { return false; }
      return same(Point.BASE.multiplyUnsafe(S).subtract(A.multiplyUnsafe(k)).toBytes(), R);
    } catch (error) { return false; }
  }

  function little(raw) { return BigInt("0x" + hex(raw.slice().reverse())); }

  /* A compact JWS taken apart, not verified. */
  function parts(compact, code) {
    var three = compact.split(".");
    need(three.length === 3, code);
    var header = json(text(base64url(three[0], code)));
    need(isObject(header), code);
    return { header: header, payload: base64url(three[1], code), signature: base64url(three[2], code), signed: bytes(three[0] + "." + three[1]) };
  }

  function signedBy(jws, key, typ) {
    var head = jws.header;
    if (ALGORITHMS[key.curve].indexOf(head.alg) < 0 || head.typ !== typ) { return false; }
    if (Object.keys(head).some(function (name) { return NEVER.indexOf(name) >= 0 || name.startsWith("x5"); })) { return false; }
    if (jws.signature.length !== 64) { return false; }
    if (key.curve === "Ed25519") { return ed25519(key.raw, jws.signature, jws.signed); }
    try { return noble.p256.verify(jws.signature, jws.signed, key.raw, { lowS: false, prehash: true, format: "compact" }); }
    catch (error) { return false; }
  }

  function readKey(listed, code) {
    need(isText(listed.kty) && isText(listed.crv), code);
    var form = listed.kty + "/" + listed.crv;
    need(form === "OKP/Ed25519" || form === "EC/P-256", code);
    need(filled(listed.kid) && filled(listed.use), code);
    var names = form === "EC/P-256" ? ["x", "y"] : ["x"], raws = names.map(function (name) { return base64url(listed[name], code); });
    need(raws.every(function (raw) { return raw.length === 32; }), code);
    var bare = names.map(function (name) { return "\"" + name + "\":\"" + listed[name] + "\""; });
    var print = "{\"crv\":\"" + listed.crv + "\",\"kty\":\"" + listed.kty + "\"," + bare.join(",") + "}";
    return {
      kid: listed.kid, use: listed.use, curve: listed.crv,
      raw: raws.length === 1 ? raws[0] : joined(new Uint8Array([4]), raws[0], raws[1]),
      thumbprint: encoded(noble.sha256(bytes(print))),
      since: "nbf" in listed ? moment(listed.nbf, code) : "", until: "exp" in listed ? moment(listed.exp, code) : ""
    };
  }

  /* A node document that a key which it lists has signed; `unsigned` is the code where none has. */
  function readNode(compact, code, unsigned) {
    var jws = parts(compact, code), body = json(text(jws.payload));
    need(isObject(body) && isObject(body.log), code);
    var witness = "witness" in body ? body.witness : Object.create(null);
    need(isObject(witness), code);
    var signing = (Array.isArray(body.keys) ? body.keys : []).filter(function (each) { return isObject(each) && (each.use === "sig" || each.use === "recovery"); });
    var keys = signing.map(function (each) { return readKey(each, code); });
    var signer = keys.find(function (key) { return key.kid === jws.header.kid; });
    need(signer && signedBy(jws, signer, NODE), unsigned);
    need(isText(body.administration) && /^[A-Z]{2}$/.test(body.administration) && filled(body.log.vkey), code);
    var witnesses = Object.keys(witness).length > 0;
    need(!witnesses || filled(witness.vkey), code);
    moment(body.issued, code);
    return { compact: compact, administration: body.administration, name: isText(body.name) ? body.name : "", issued: body.issued, keys: keys, log: body.log.vkey, witness: witnesses ? witness.vkey : "", thumbprint: signer.thumbprint };
  }

  /* The keys that sign messages by their names, in the order of the documents. */
  function signersOf(nodes) {
    var by = new Map();
    nodes.forEach(function (node) {
      node.keys.forEach(function (key) {
        if (key.use !== "sig") { return; }
        if (!by.has(key.kid)) { by.set(key.kid, []); }
        by.get(key.kid).push({ node: node, key: key });
      });
    });
    return by;
  }

  /* What is to be done is counted: a file can be made to keep its reader busy. */
  function spend(reading, effort) { reading.left -= effort; need(reading.left >= 0, "too-large"); }

  /* The first document of these administrations that lists the key which signed, valid then. */
  function signer(jws, among, typ, at, reading) {
    var held = new Map(), found = reading.signers.get(jws.header.kid) || [];
    for (var n = 0; n < found.length; n++) {
      var node = found[n].node, key = found[n].key, name = key.curve + " " + hex(key.raw);
      spend(reading, PASSED);
      if (!among.has(node.administration)) { continue; }
      if (!held.has(name)) {
        spend(reading, TRIED + jws.signed.length);
        held.set(name, signedBy(jws, key, typ));
        if (!held.get(name)) { spend(reading, VAIN); }
      }
      if (held.get(name) && (!key.since || key.since <= at) && (!key.until || at < key.until)) { return node; }
    }
    return null;
  }

  /* No blank of Unicode; U+FEFF, which \s holds, is none. */
  function isName(name) { return name !== "" && !/[^\S\ufeff]|[\u0085+]/.test(name); }

  /* Null where it is none of this kind. */
  function verifierKey(vkey, kind) {
    var cut = vkey.split("+"), name = cut[0], digest = cut[1], raw;
    if (cut.length < 3 || vkey.length > 2 * LONGEST_KEY || Array.from(vkey).length > LONGEST_KEY || !isName(name)) { return null; }
    try { raw = base64(cut.slice(2).join("+"), "checkpoint"); } catch (error) { return null; }
    if (raw.length !== 33 || raw[0] !== kind) { return null; }
    var id = noble.sha256(joined(bytes(name + "\n"), raw)).slice(0, 4);
    if (digest !== hex(id)) { return null; }
    return { id: name + " " + hex(id), name: name, key: raw.slice(1), kind: kind };
  }

  function readNote(note, at) {
    need(bytes(note).length <= 1 << 20 && !/[\u0000-\u0009\u000b-\u001f]/.test(note), "checkpoint", at);
    var cut = note.lastIndexOf("\n\n");
    need(cut > 0 && note.endsWith("\n") && note.length > cut + 2, "checkpoint", at);
    var lines = note.slice(cut + 2, -1).split("\n");
    need(lines.length <= 100, "checkpoint", at);
    return { text: note.slice(0, cut + 1), lines: lines.map(function (line) { return readLine(line, at); }) };
  }

  function readLine(line, at) {
    need(line.startsWith("\u2014 "), "checkpoint", at);
    var rest = line.slice(2), cut = rest.indexOf(" ");
    need(cut > 0 && isName(rest.slice(0, cut)), "checkpoint", at);
    var raw = base64(rest.slice(cut + 1), "checkpoint", at);
    need(raw.length >= 5, "checkpoint", at);
    return { id: rest.slice(0, cut) + " " + hex(raw.slice(0, 4)), raw: raw };
  }

  function readHead(note, at) {
    var lines = note.text.split("\n");
    need(lines.length >= 4 && lines.slice(0, -1).every(Boolean), "checkpoint", at);
    need(/^(?:0|[1-9][0-9]{0,18})$/.test(lines[1]), "checkpoint", at);
    var root = base64(lines[2], "checkpoint", at);
    need(root.length === 32, "checkpoint", at);
    need(BigInt(lines[1]) < 1n << 63n, "checkpoint", at);
    need(Number(lines[1]) <= MAX, "size", at);
    return { origin: lines[0], size: Number(lines[1]), root: root };
  }

  /* The keys that may have signed a checkpoint; of two documents with one the first counts. */
  function verifiers(code, origin, nodes) {
    var found = {};
    nodes.forEach(function (node) {
      var ours = node.administration === code;
      if (!ours && !node.witness) { return; }
      var key = ours ? verifierKey(node.log, 1) : verifierKey(node.witness, 4);
      if (!key || (ours && key.name !== origin)) { return; }
      key.node = node;
      if (!own(found, key.id)) { found[key.id] = key; }
    });
    return found;
  }

  function readLog(log, at, reading) {
    members(log, at, ["administration", "checkpoint", "cosigned_by"]);
    need(isText(log.administration) && /^[A-Z]{2}$/.test(log.administration) && isText(log.checkpoint), "shape", at);
    texts(log.cosigned_by, at);
    var code = log.administration, note = readNote(log.checkpoint, at), head = readHead(note, at);
    var known = verifiers(code, head.origin, reading.nodes), seen = {}, strange = false, message = bytes(note.text);
    head.administration = code; head.keys = []; head.cosigned = [];
    var lines = note.lines.filter(function (line) {
      var first = own(known, line.id) && !own(seen, line.id);
      if (first) { seen[line.id] = true; reading.used[known[line.id].node.compact] = true; } else { strange = true; }
      return first;
    });
    lines.forEach(function (line) {
      var key = known[line.id];
      if (key.kind !== 1) { return; }
      need(ed25519(key.key, line.raw.slice(4), message), "other-key", at, code);
      head.keys.push({ vkey: key.node.log, thumbprint: key.node.thumbprint, by: code });
    });
    need(head.keys.length, "other-key", at, code);
    lines.forEach(function (line) {
      if (known[line.id].kind === 4) { head.cosigned.push(cosigned(line.raw, known[line.id], note.text, at)); }
    });
    need(!strange, "cosignature", at, code);
    head.cosigned.sort(function (a, b) { return a.by < b.by ? -1 : a.by > b.by ? 1 : a.time - b.time; });
    var names = head.cosigned.map(function (each) { return each.by; });
    need(JSON.stringify(names) === JSON.stringify(log.cosigned_by), "cosigned-by", at, code);
    need(!reading.heads.some(function (each) { return each.origin === head.origin; }), "shape", at);
    reading.heads.push(counted(head, at, reading));
  }

  function cosigned(raw, key, said, at) {
    need(raw.length === 76, "cosignature", at, key.node.administration);
    var time = BigInt("0x" + hex(raw.slice(4, 12)));
    need(time < 1n << 63n, "cosignature", at, key.node.administration);
    var message = bytes("cosignature/v1\ntime " + time + "\n" + said);
    need(ed25519(key.key, raw.slice(12), message), "cosignature", at, key.node.administration);
    return { by: key.node.administration, time: Number(time), vkey: key.node.witness, thumbprint: key.node.thumbprint };
  }

  /* The head with the witnesses that count, where the reader knows some. */
  function counted(head, at, reading) {
    var known = reading.known;
    function good(key, named) { return among(named, key.by, key.vkey) || among(known.thumbprints, key.by, key.thumbprint) || !(named.length || known.thumbprints.length); }
    if (!head.keys.some(function (key) { return good(key, known.logs); })) {
      reading.faults.push(new Fault("log-not-known", at, head.administration));
    }
    head.cosigned = head.cosigned.filter(function (each) { return good(each, known.witnesses); });
    if (known.witnesses.length && !head.cosigned.length) { reading.faults.push(new Fault("witness-not-known", at, head.administration)); }
    return head;
  }

  /* Whether a key is known, as anybody's or as that administration's. */
  function among(known, code, key) { return known.indexOf(key) >= 0 || known.indexOf(code + ":" + key) >= 0; }

  function members(value, at, required, optional) {
    need(isObject(value), "shape", at);
    required.forEach(function (name) { need(name in value, "shape", at); });
    Object.keys(value).forEach(function (name) { need(required.indexOf(name) >= 0 || (optional || []).indexOf(name) >= 0, "shape", at); });
  }

  function texts(value, at) { need(Array.isArray(value) && value.every(isText), "shape", at); }

  function whole(value, at) {
    need(!(value instanceof Odd), "size", at);
    need(Number.isSafeInteger(value) && value >= 0, "shape", at);
    return value;
  }

  function raw32(value, at) {
    var raw = base64url(value, "shape", at);
    need(raw.length === 32, "shape", at);
    return raw;
  }

  function readEntry(entry, at) {
    members(entry, at, ["log", "index", "commitment", "path"]);
    whole(entry.log, at); whole(entry.index, at);
    need(Array.isArray(entry.path), "shape", at);
    need(entry.path.length <= 63, "size", at);
    return { log: entry.log, index: entry.index, said: entry.commitment, commitment: raw32(entry.commitment, at), path: entry.path.map(function (each) { return raw32(each, at); }) };
  }

  function readPaper(paper, at, reading) {
    members(paper, at, ["entries"], ["document", "salt", "signatures", "signed_by"]);
    need(Array.isArray(paper.entries) && paper.entries.length, "shape", at);
    var entries = paper.entries.map(function (each) { return readEntry(each, at); });
    var shown = "document" in paper, document = null, salt = null, found = { kind: "withheld", facts: {}, signedBy: [] };
    var logs = entries.map(function (each) { return each.log; });
    need(new Set(logs).size === logs.length, "shape", at);
    if (shown) {
      members(paper, at, ["entries", "document", "salt", "signed_by"], ["signatures"]);
      document = base64url(paper.document, "shape", at); salt = raw32(paper.salt, at);
      if ("signatures" in paper) { readSignatures(paper.signatures, at); }
      texts(paper.signed_by, at);
      found = said(document, salt, paper, at, reading);
      need(JSON.stringify(found.signedBy) === JSON.stringify(paper.signed_by), "signed-by", at);
    } else { need(Object.keys(paper).length === 1 && entries.length === 1, "shape", at); }
    (found.signers || []).forEach(function (key, n) {
      var known = reading.known.thumbprints, who = found.signedBy[n];
      if (known.length && !among(known, who, key)) { reading.faults.push(new Fault("node-not-known", at, who)); }
    });
    found.document = document;
    found.places = entries.map(function (each) { return place(each, document, salt, at, reading); });
    return found;
  }

  function readSignatures(signatures, at) {
    need(Array.isArray(signatures) && signatures.length, "shape", at);
    signatures.forEach(function (each) {
      members(each, at, ["protected", "signature"]);
      need(isText(each.protected) && isText(each.signature), "shape", at);
    });
  }

  function place(entry, document, salt, at, reading) {
    need(entry.log < reading.heads.length, "shape", at);
    var head = reading.heads[entry.log];
    if (document) {
      var message = joined(bytes(head.administration + "\n"), document);
      need(same(noble.hmac(noble.sha256, salt, message), entry.commitment), "document", at, head.administration);
    }
    need(entry.index < head.size, "size", at, head.administration);
    var leaf = noble.sha256(joined(new Uint8Array([0]), bytes("{\"commitment\":\"" + entry.said + "\",\"v\":1}")));
    need(same(climb(leaf, entry.index, head.size, entry.path, at, head), head.root), "other-tree", at, head.administration);
    return { log: entry.log, administration: head.administration, index: entry.index, size: head.size };
  }

  /* The root that a path leads to (RFC 6962 §2.1.1). */
  function climb(leaf, index, size, path, at, head) {
    var turns = [];
    while (size > 1) {
      var left = 1;
      while (left * 2 < size) { left *= 2; }
      turns.push(index < left);
      if (index < left) { size = left; } else { index -= left; size -= left; }
    }
    need(turns.length === path.length, "other-tree", at, head.administration);
    return path.reduce(function (hash, sibling, step) {
      var isLeft = turns[turns.length - 1 - step], one = new Uint8Array([1]);
      return noble.sha256(isLeft ? joined(one, hash, sibling) : joined(one, sibling, hash));
    }, leaf);
  }

  /* What a paper is, by its own bytes alone, and who signed it. */
  function said(document, salt, paper, at, reading) {
    var facts = { digest: "sha256:" + hex(noble.sha256(document)) };
    try {
      if ("signatures" in paper) { return agreement(document, facts, paper.signatures, at, reading); }
      var compact = ascii(document), jws = null;
      if (compact !== null && COMPACT.test(compact)) { try { jws = parts(compact, "document"); } catch (error) { if (!(error instanceof Fault)) { throw error; } } }
      if (jws && jws.header.typ === NODE) {
        var node = readNode(compact, "document", "signature");
        return { kind: "node-document", facts: Object.assign(facts, { source: node.administration, time: node.issued }), signedBy: [node.administration], signers: [node.thumbprint], payload: jws.payload };
      }
      if (jws && jws.header.typ === MESSAGE) { return message(jws, salt, facts, at, reading); }
    } catch (error) {
      if (error instanceof Fault && !error.at) { throw new Fault(["signature", "salt", "too-large"].indexOf(error.code) >= 0 ? error.code : "document", at, error.who); }
      throw error;
    }
    return plain(document, facts);
  }

  function ascii(document) {
    var out = "";
    for (var at = 0; at < document.length; at += 4096) {
      var part = document.subarray(at, at + 4096);
      for (var n = 0; n < part.length; n++) { if (part[n] > 127) { return null; } }
      out += String.fromCharCode.apply(null, part);
    }
    return out;
  }

  function message(jws, salt, facts, at, reading) {
    var event = json(text(jws.payload)), names = ["id", "type", "source", "recipient", "time"];
    need(isObject(event) && names.every(function (name) { return isText(event[name]); }), "document");
    names.forEach(function (name) { facts[name] = event[name]; });
    var source = event.source.startsWith("tidewaiter:") ? event.source.slice(11) : null;
    var by = signer(jws, new Set([source]), MESSAGE, moment(event.time, "document"), reading);
    need(by, "signature", at, source || "");
    need(event.salt === encoded(salt), "salt", at);
    reading.used[by.compact] = true;
    return { kind: "message", facts: facts, signedBy: [source], signers: [by.thumbprint], payload: jws.payload };
  }

  function agreement(document, facts, signatures, at, reading) {
    var body = json(text(document));
    need(isObject(body) && Array.isArray(body.parties), "document");
    var payload = encoded(document);
    var among = new Set(body.parties.filter(isText));
    var by = signatures.map(function (each) {
      spend(reading, payload.length);
      var jws = parts(each.protected + "." + payload + "." + each.signature, "document");
      var one = signer(jws, among, AGREEMENT, moment(jws.header.signed, "document"), reading);
      need(one, "signature", at);
      reading.used[one.compact] = true;
      return one;
    });
    if (isText(body.title)) { facts.title = body.title; }
    return { kind: "agreement", facts: facts, signedBy: by.map(function (each) { return each.administration; }), signers: by.map(function (each) { return each.thumbprint; }), payload: document };
  }

  function plain(document, facts) {
    try {
      var body = json(text(document));
      if (isObject(body) && Object.keys(body).length === 3 && isText(body.audit) && "rows" in body && "digest" in body) {
        facts.day = body.audit;
        return { kind: "audit", facts: facts, signedBy: [], payload: document };
      }
      return { kind: "document", facts: facts, signedBy: [], payload: document };
    } catch (error) {
      if (!(error instanceof Fault)) { throw error; }
      return { kind: "document", facts: facts, signedBy: [], payload: null };
    }
  }

  function readNodes(listed, reading) {
    listed.forEach(function (compact, n) {
      var at = "nodes[" + n + "]", node;
      need(isText(compact), "shape", at);
      need(!reading.nodes.some(function (each) { return each.compact === compact; }), "shape", at);
      try { node = readNode(compact, "node-document", "node-document"); }
      catch (error) { if (error instanceof Fault) { throw new Fault("node-document", at); } throw error; }
      need(!reading.nodes.some(function (each) { return each.thumbprint === node.thumbprint && each.administration !== node.administration; }), "node-document", at);
      reading.nodes.push(node);
    });
    reading.signers = signersOf(reading.nodes);
  }

  /* Nothing stands in the file that nothing rests on, and nothing twice. */
  function nothingMore(reading) {
    reading.nodes.forEach(function (node, n) { need(own(reading.used, node.compact), "not-needed", "nodes[" + n + "]"); });
    var standing = {}, logs = {};
    reading.papers.forEach(function (paper) {
      paper.places.forEach(function (each) {
        var name = each.log + "/" + each.index;
        need(!own(standing, name), "not-needed");
        standing[name] = logs[each.log] = true;
      });
    });
    reading.heads.forEach(function (head, n) { need(own(logs, n), "not-needed", "logs[" + n + "]"); });
  }

  function opened(raw) {
    need(raw.length <= LARGEST, "too-large");
    var body = json(text(raw));
    need(isObject(body) && "tidewaiter" in body, "not-a-proof");
    need(body.tidewaiter === "proof/1", "other-version");
    members(body, "", ["logs", "nodes", "papers", "tidewaiter"]);
    Object.keys(MOST).forEach(function (name) {
      need(Array.isArray(body[name]) && body[name].length > 0 && body[name].length <= MOST[name], "shape", name);
    });
    return body;
  }

  /* In steps: yields [papers judged, papers], returns what the file proves. Never throws. */
  function* judging(raw, known) {
    var reading = { known: Object.assign({ logs: [], witnesses: [], thumbprints: [] }, known), nodes: [], signers: new Map(), left: EFFORT, used: {}, heads: [], papers: [], faults: [] };
    try {
      var body = opened(raw);
      readNodes(body.nodes, reading);
      body.logs.forEach(function (log, n) { readLog(log, "logs[" + n + "]", reading); });
      for (var n = 0; n < body.papers.length; n++) {
        reading.papers.push(readPaper(body.papers[n], "papers[" + n + "]", reading));
        yield [n + 1, body.papers.length];
      }
      nothingMore(reading);
    } catch (error) {
      reading.faults.push(error instanceof Fault ? error : new Fault("failed"));
    }
    return { ok: !reading.faults.length, faults: reading.faults, heads: reading.heads, papers: reading.papers, nodes: reading.nodes };
  }

  function judge(raw, known) {
    var steps = judging(raw, known), step;
    do { step = steps.next(); } while (!step.done);
    return step.value;
  }

  return { judge: judge, judging: judging, among: among, LARGEST: LARGEST };
}());
