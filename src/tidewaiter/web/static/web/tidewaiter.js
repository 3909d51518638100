/* What the keyboard does (web/keys.html), and manners of live lists. Every page works without it. */
(function () {
  "use strict";
  var root = document.documentElement;
  var keys = document.querySelector("[data-keys]");
  var before = null;
  root.classList.add("has-script");
  if (keys) { keys.hidden = true; }

  var current = document.querySelector(".menu a[aria-current]");
  if (current && current.parentNode.parentNode.scrollWidth > current.parentNode.parentNode.clientWidth) {
    document.querySelector(".menu").scrollLeft = current.offsetLeft - 40;
  }

  function showKeys(open) {
    if (!keys) { return; }
    if (open) { before = document.activeElement; }
    keys.hidden = !open;
    if (open) { keys.focus(); } else if (before && before.focus) { before.focus(); }
  }

  function typing(element) {
    if (/^(checkbox|radio|submit|button)$/.test(element.type || "") && element.tagName !== "SELECT") { return false; }
    return /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) || element.isContentEditable;
  }

  function rows() {
    return Array.prototype.filter.call(document.querySelectorAll("[data-rows] tbody tr, [data-rows] > li, [data-rows] > article"), function (row) {
      return row.querySelector("a[href]") && row.offsetParent !== null;
    });
  }

  function step(by) {
    var all = rows();
    if (!all.length) { return; }
    var here = all.findIndex(function (row) { return row.contains(document.activeElement); });
    var next = here < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, here + by));
    var link = all[next].querySelector("a[href]");
    link.focus();
    link.scrollIntoView({ block: "nearest" });
  }

  /* The box of the row where the focus is. */
  function tick() {
    var row = document.activeElement.closest("[data-rows] tbody tr");
    var box = row && row.querySelector("input[type=checkbox]");
    if (box) { box.checked = !box.checked; }
    return Boolean(box);
  }

  function go(selector) {
    var found = document.querySelector(selector);
    if (found) { found.focus(); }
    return Boolean(found);
  }

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) { return; }
    if (event.key === "Escape") {
      var box = document.querySelector(".account[open]");
      if (keys && !keys.hidden) { showKeys(false); }
      else if (box) { box.removeAttribute("open"); box.querySelector("summary").focus(); }
      else if (typing(event.target)) { event.target.blur(); }
      return;
    }
    if (typing(event.target)) { return; }
    if (event.key === "j") { step(1); }
    else if (event.key === "k") { step(-1); }
    else if (event.key === "x") { if (!tick()) { return; } }
    else if (event.key === "/") {
      if (!go("[data-filter] input:not([type=hidden]), [data-filter] select")) { return; }
    }
    else if (event.key === "g") { go(".menu a[aria-current], .menu a"); }
    else if (event.key === "?") { showKeys(!keys || keys.hidden); }
    else { return; }
    event.preventDefault();
  });

  document.addEventListener("click", function (event) {
    var box = document.querySelector(".account[open]");
    if (event.target.closest("[data-keys-open]")) { event.preventDefault(); showKeys(true); }
    else if (event.target.closest("[data-keys-close]")) { showKeys(false); }
    if (box && !box.contains(event.target)) { box.removeAttribute("open"); }
  });

  /* A list that nobody looks at, or in which somebody types or ticked a row, waits with its next look. */
  document.addEventListener("htmx:beforeRequest", function (event) {
    var element = event.detail.elt;
    var live = /every/.test(element.getAttribute("hx-trigger") || "");
    if (live && (document.hidden || element.querySelector("input[name]:checked") || (typing(document.activeElement) && element.contains(document.activeElement)))) {
      event.preventDefault();
    }
  });
}());
