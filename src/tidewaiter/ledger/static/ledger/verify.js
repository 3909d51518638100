/* The page /verify/: a file is chosen or dropped, judged by proof.js, and shown. Nothing is sent. */
(function () {
  "use strict";
  var page = document.querySelector("[data-verify]");
  if (!page || !window.proof || !window.noble) { return; } // a browser too old for one of them
  var result = page.querySelector("[data-result]"), drop = page.querySelector("[data-drop]");
  var input = document.getElementById("file"), known = document.getElementById("known"), wrong = document.getElementById("known-error");
  var language = document.documentElement.lang || "en", locale = language === "en" ? "en-GB" : language;
  var SHOWN = 100, LONGEST = 200000, WORD = 200, turn = 0, last = null;
  var words = {}, faults = {};

  var list = document.getElementById("verify-words").content;
  list.querySelectorAll("[data-word]").forEach(function (each) { words[each.dataset.word] = each.textContent; });
  list.querySelectorAll("[data-fault]").forEach(function (each) {
    faults[each.dataset.fault] = { title: each.querySelector("b").textContent, remedy: each.querySelector("i").textContent };
  });
  page.hidden = false;
  document.querySelector("[data-without-script]").hidden = true;

  function filled(sentence, values) {
    return sentence.replace(/\{([a-z]+)\}/g, function (all, name) { return values && name in values ? values[name] : all; });
  }
  function word(name, values) { return filled(words[name], values); }
  function number(value) { return new Intl.NumberFormat(locale).format(value); }
  function listed(names) { return names.join(", "); }
  function moment(at) {
    var date = typeof at === "number" ? new Date(at * 1000) : new Date(at.replace(/(\.\d{3})\d*Z$/, "$1Z"));
    if (isNaN(date)) { return String(at); }
    return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium", timeZone: "UTC" }).format(date) + " UTC";
  }

  /* Signs that hide, or turn the writing round: by their names, so that no text shows another than it is. */
  function visible(text) {
    return String(text).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, function (sign) {
      return "\\u" + sign.charCodeAt(0).toString(16).padStart(4, "0");
    });
  }

  /* A text out of the file within a sentence of ours. */
  function cited(text) {
    var signs = Array.from(text.slice(0, 2 * WORD));
    return visible(signs.slice(0, WORD).join("")) + (signs.length > WORD || text.length > 2 * WORD ? "\u2026" : "");
  }

  /* An element with its attributes and what is in it: texts as texts, never as markup. */
  function made(tag, attributes) {
    var element = document.createElement(tag);
    Object.keys(attributes || {}).forEach(function (name) { element.setAttribute(name, attributes[name]); });
    for (var i = 2; i < arguments.length; i++) {
      if (arguments[i] !== null && arguments[i] !== undefined) { element.append(typeof arguments[i] === "string" ? visible(arguments[i]) : arguments[i]); }
    }
    return element;
  }

  function notice(tone, title, text, remedy) {
    return made("div", { "class": "notice notice--" + tone, role: tone === "bad" ? "alert" : "status" },
      made("p", { "class": "notice-title" }, title), text ? made("p", {}, text) : null,
      remedy ? made("p", { "class": "notice-remedy" }, remedy) : null);
  }

  function state(tone, label) { return made("span", { "class": "state state--" + tone }, label); }
  function code(text) { return made("code", { "class": "copy", translate: "no" }, text); }

  function panel(name, tone) {
    var heading = made("h2", { id: "result-" + name }, word(name));
    return made("section", { "class": "panel" + (tone ? " panel--" + tone : ""), "aria-labelledby": "result-" + name }, heading);
  }

  function table(names, rows, label) {
    var head = made("tr", {}), body = made("tbody", {});
    names.forEach(function (each) { head.append(made("th", { scope: "col" }, word(each))); });
    rows.forEach(function (cells) {
      var row = made("tr", {});
      cells.forEach(function (cell, place) {
        row.append(place ? made("td", { "data-label": word(names[place]) }, cell) : made("th", { scope: "row" }, cell));
      });
      body.append(row);
    });
    return made("div", { "class": "table-wrap", role: "region", "aria-label": label, tabindex: "0" },
      made("table", { "class": "table table--stack" }, made("thead", {}, head), body));
  }

  function named(paper) {
    var facts = {}, kind = paper.kind;
    Object.keys(paper.facts).forEach(function (name) { facts[name] = cited(paper.facts[name]); });
    if (facts.time) { facts.time = moment(facts.time); }
    if (facts.source) { facts.source = facts.source.replace(/^tidewaiter:/, ""); }
    if (kind === "agreement" && !facts.title) { kind = "agreement-bare"; }
    return { title: word(kind, facts), more: words[kind + "-more"] ? word(kind + "-more", facts) : code(facts.digest) };
  }

  /* JSON a member a line; names, texts and numbers stay sign for sign what was signed. */
  function laidOut(json) {
    var level = 0, before = "";
    function line() { return "\n" + "  ".repeat(level); }
    return json.replace(/\s*("(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s"\[\]{},:]+)\s*/g, function (all, sign) {
      var empty = (before === "{" && sign === "}") || (before === "[" && sign === "]");
      var out = before === "{" || before === "[" ? (empty ? "" : line()) : before === "," ? line() : before === ":" ? " " : "";
      if (sign === "}" || sign === "]") { level--; out = empty ? "" : line(); }
      if (sign === "{" || sign === "[") { level++; }
      before = sign;
      return out + sign;
    });
  }

  function whatItSays(paper) {
    if (!paper.payload) { return null; }
    var said = new TextDecoder("utf-8").decode(paper.payload.subarray(0, LONGEST));
    if (paper.payload.length > LONGEST) { said += "\u2026"; }
    try { JSON.parse(said); said = laidOut(said); } catch (error) { /* shown as it is */ }
    return made("details", {}, made("summary", {}, word("says")), made("pre", { tabindex: "0", translate: "no" }, said));
  }

  function papers(found) {
    var box = panel("papers", "green");
    var rows = found.papers.slice(0, SHOWN).map(function (paper) {
      var name = named(paper), places = made("div", {});
      paper.places.forEach(function (each) {
        places.append(made("div", { "class": "nowrap" }, word("place", { log: each.administration, index: number(each.index), size: number(each.size) })));
      });
      var cell = made("div", {}, made("strong", {}, name.title), made("div", { "class": "hint" }, name.more), whatItSays(paper));
      return [cell, listed(paper.signedBy) || word("nobody"), places];
    });
    box.append(table(["paper", "signed-by", "entry"], rows, word("papers")));
    if (found.papers.length > SHOWN) {
      box.append(made("p", { "class": "hint" }, word("more", { papers: number(found.papers.length - SHOWN) })));
    }
    return box;
  }

  function heads(found) {
    var box = panel("heads");
    box.append(table(["log", "entries", "cosigned"], found.heads.map(function (head) {
      var by = made("div", {});
      head.cosigned.forEach(function (each) { by.append(made("div", {}, word("cosignature", { witness: each.by, time: moment(each.time) }))); });
      if (!head.cosigned.length) { by.append(word("nobody")); }
      return [made("div", {}, made("strong", {}, head.administration), made("div", { "class": "hint" }, head.origin)), number(head.size), by];
    }), word("heads")));
    return box;
  }

  /* Every key that something in the file rests on, and by whom it is known. */
  function rested(found) {
    var rows = [];
    found.nodes.forEach(function (node) { rows.push({ who: node.administration, use: "node", key: node.thumbprint, thumbprint: node.thumbprint }); });
    found.heads.forEach(function (head) {
      head.keys.forEach(function (key) { rows.push({ who: head.administration, use: "log", key: key.vkey, thumbprint: key.thumbprint }); });
      head.cosigned.forEach(function (each) { rows.push({ who: each.by, use: "witness", key: each.vkey, thumbprint: each.thumbprint }); });
    });
    rows.sort(function (a, b) { return a.who < b.who ? -1 : a.who > b.who ? 1 : 0; });
    return rows.filter(function (row, place) {
      return rows.findIndex(function (each) { return each.use === row.use && each.key === row.key; }) === place;
    });
  }

  function keys(found, pins) {
    var box = panel("keys"), rows = made("dl", { "class": "fields fields--narrow" });
    var all = pins.logs.concat(pins.witnesses);
    rested(found).forEach(function (row) {
      var vouched = proof.among(pins.thumbprints, row.who, row.thumbprint);
      var how = proof.among(all, row.who, row.key) || (vouched && row.use === "node") ? "known" : vouched ? "vouched" : "unknown";
      var name = made("dt", {}, word("use-" + row.use, { who: row.who }) + " ", state(how === "unknown" ? "warn" : "good", word(how)));
      rows.append(made("div", {}, name, made("dd", {}, code(row.key))));
    });
    box.append(rows);
    return box;
  }

  function verdict(found, pinned) {
    var first = found.papers[0].places[0], by = found.heads[first.log].cosigned.map(function (each) { return each.by; });
    var values = { log: first.administration, index: number(first.index), size: number(first.size), papers: number(found.papers.length), witnesses: listed(by) };
    values.paper = named(found.papers[0]).title;
    var cosigned = by.length ? word("cosigned-by", values) : word("cosigned-by-nobody", values);
    var shown = [notice("good", word("holds"), word(found.papers.length > 1 ? "many" : "one", values), cosigned)];
    if (!pinned) { shown.push(notice("warn", word("whose"), word("whose-text"), word("whose-remedy"))); }
    return shown;
  }

  function show(found, pins) {
    var pinned = pins.logs.length + pins.witnesses.length + pins.thumbprints.length > 0;
    result.textContent = "";
    if (found.ok) {
      result.append.apply(result, verdict(found, pinned));
      result.append(papers(found), heads(found), keys(found, pins));
    } else {
      var seen = {};
      found.faults.forEach(function (fault) {
        var said = faults[fault.code] || faults.failed, values = { who: cited(fault.who) };
        var name = fault.code + fault.who;
        if (seen[name] || Object.keys(seen).length > 9) { return; }
        seen[name] = true;
        var box = notice("bad", word("holds-not"), filled(said.title, values), filled(said.remedy, values));
        if (fault.at) { box.append(made("p", { "class": "hint" }, word("where", { at: fault.at }))); }
        box.dataset.code = fault.code;
        result.append(box);
      });
      if (found.heads.length && /-not-known$/.test(found.faults[0].code)) { result.append(keys(found, pins)); }
    }
    result.dataset.judged = found.ok ? "holds" : found.faults[0].code;
  }

  /* The keys pasted, by what they are; the lines that are none are named. */
  function pasted() {
    var pins = { logs: [], witnesses: [], thumbprints: [] }, bad = [];
    known.value.split(/\s+/).filter(Boolean).forEach(function (line) {
      var coded = line.split("+").slice(2).join("+"), kind = -1;
      try { kind = coded.length === 44 ? atob(coded).charCodeAt(0) : -1; } catch (error) { kind = -1; }
      if (kind === 1) { pins.logs.push(line); }
      else if (kind === 4) { pins.witnesses.push(line); }
      else if (/^(?:[A-Z]{2}:)?[A-Za-z0-9_-]{43}$/.test(line)) { pins.thumbprints.push(line); }
      else { bad.push(line); }
    });
    wrong.hidden = !bad.length;
    wrong.textContent = bad.length ? word("bad-key", { line: bad[0].slice(0, 80) }) : "";
    known.closest(".field").classList.toggle("field--bad", bad.length > 0);
    return bad.length ? null : pins;
  }

  function judge() {
    var pins = pasted(), mine = ++turn;
    if (!last || !pins) { return; }
    delete result.dataset.judged;
    var steps = proof.judging(last, pins), busy = made("p", { "class": "hint" });
    result.textContent = "";
    result.append(busy);
    (function on() {
      if (mine !== turn) { return; }
      var until = Date.now() + 40, step;
      do { step = steps.next(); } while (!step.done && Date.now() < until);
      if (step.done) { show(step.value, pins); return; }
      busy.textContent = word("busy", { done: number(step.value[0]), papers: number(step.value[1]) });
      setTimeout(on);
    }());
  }

  function take(file) {
    if (!file) { return; }
    var mine = ++turn;
    if (file.size > proof.LARGEST) {
      last = null;
      show({ ok: false, faults: [{ code: "too-large", at: "", who: "" }], heads: [] }, { logs: [], witnesses: [], thumbprints: [] });
      return;
    }
    file.arrayBuffer().then(function (buffer) {
      if (mine === turn) { last = new Uint8Array(buffer); judge(); }
    }, function () { if (mine === turn) { last = new Uint8Array(0); judge(); } });
  }

  input.addEventListener("change", function () { take(input.files[0]); });
  known.addEventListener("input", judge);
  ["dragenter", "dragover"].forEach(function (name) {
    document.addEventListener(name, function (event) { event.preventDefault(); drop.classList.add("panel--info"); });
  });
  document.addEventListener("dragleave", function (event) { if (!event.relatedTarget) { drop.classList.remove("panel--info"); } });
  document.addEventListener("drop", function (event) {
    event.preventDefault();
    drop.classList.remove("panel--info");
    if (event.dataTransfer.files.length) { input.value = ""; take(event.dataTransfer.files[0]); }
  });
}());
