"""The browser tests' instrument: a real Chromium on a live node, and `inspect` for every screen.

`inspect(page, path)` looks at one screen at two sizes, by day and night, in both languages, and
fails on a console error, a request that leaves the origin, a serious finding of axe-core, and a
page that is wider than its window. Pictures go to TIDEWAITER_PICTURES, where that is set.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests import chromium

SIZES = ((1280, 720), (375, 812))
THEMES = ("light", "dark")
LANGUAGES = ("en", "fr")
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    *(["--no-sandbox"] if os.geteuid() == 0 else []),
]
SERIOUS = {"serious", "critical"}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@dataclass
class NodePage:
    """A browser's page on the live node, and how to sign in there."""

    page: Any
    url: str
    faults: list[str] = field(default_factory=list)

    def signed_in(self, *roles: str, office: str | None = None) -> "NodePage":
        """The same page, with somebody of these roles signed in."""
        from django.contrib.auth import get_user_model

        from tidewaiter import clock
        from tidewaiter.identity import actions

        name = "-".join(roles)
        if not get_user_model().objects.filter(name=name).exists():
            actions.add_person(name=name, roles=roles, office=office, at=clock.real())
        return self.as_person(name)

    def as_person(self, name: str) -> "NodePage":
        """The same page, with that person signed in."""
        from django.conf import settings
        from django.contrib.auth import (
            BACKEND_SESSION_KEY,
            HASH_SESSION_KEY,
            SESSION_KEY,
            get_user_model,
        )
        from django.contrib.sessions.backends.db import SessionStore

        person = get_user_model().objects.get(name=name)
        session = SessionStore()
        session[SESSION_KEY] = str(person.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        session.save()
        self.cookie(settings.SESSION_COOKIE_NAME, session.session_key or "")
        return self

    def cookie(self, name: str, value: str) -> None:
        """Set a cookie of the node."""
        self.page.context.add_cookies([{"name": name, "value": value, "url": self.url}])

    def open(self, path: str) -> Any:
        """Go to a path of the node, wait until it stands, and give the page."""
        self.page.goto(self.url + path, wait_until="load")
        return self.page


@pytest.fixture(scope="session")
def chromium_browser() -> Iterator[Any]:
    """One browser for the whole run."""
    from playwright.sync_api import sync_playwright

    # Playwright's loop runs in this thread, and Django takes that for async code
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium.found(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def node_page(chromium_browser: Any, live_server: Any) -> Iterator[NodePage]:
    """A fresh page on a live node; what the console says and what leaves the origin is noted."""
    yield from _opened(chromium_browser, live_server.url)


@pytest.fixture
def plain_page(chromium_browser: Any, live_server: Any) -> Iterator[NodePage]:
    """The same in a browser without script."""
    yield from _opened(chromium_browser, live_server.url, java_script_enabled=False)


def _opened(browser: Any, url: str, **options: Any) -> Iterator[NodePage]:
    context = browser.new_context(locale="en-GB", reduced_motion="reduce", **options)
    page = context.new_page()
    made = NodePage(page, url)
    page.on("console", lambda said: _heard(made, said))
    page.on("pageerror", lambda error: made.faults.append(f"script error: {error}"))
    page.on("request", lambda request: _left(made, request.url))
    yield made
    context.close()


def inspect(
    node: NodePage,
    path: str,
    *,
    sizes: tuple[tuple[int, int], ...] = SIZES,
    themes: tuple[str, ...] = THEMES,
    languages: tuple[str, ...] = LANGUAGES,
    status: int = 200,
) -> None:
    """Look at one screen in every way; fails with all that is wrong with it."""
    wrong = findings(node, path, sizes=sizes, themes=themes, languages=languages, status=status)
    assert not wrong, "\n".join(wrong)


def findings(
    node: NodePage,
    path: str,
    *,
    sizes: tuple[tuple[int, int], ...] = SIZES,
    themes: tuple[str, ...] = THEMES,
    languages: tuple[str, ...] = LANGUAGES,
    status: int = 200,
) -> list[str]:
    """All that is wrong with one screen, looked at in every way.

    It is asked for once a language; size and theme change under it, as a window and a system do.
    """
    wrong: list[str] = []
    for language in languages:
        node.cookie("django_language", language)
        node.cookie("tidewaiter-theme", themes[0])
        node.faults.clear()
        answer = node.page.goto(node.url + path, wait_until="load")
        if answer.status != status:
            wrong.append(f"{path} {language}: answered {answer.status}")
        for theme in themes:
            dress(node.page, theme)
            for size in sizes:
                node.page.set_viewport_size({"width": size[0], "height": size[1]})
                found = look(node.page, language, theme)
                # what axe finds hangs on size and colours, hardly on the language
                if language == languages[0] or (theme, size) == (themes[0], sizes[0]):
                    found += axe(node.page)
                wrong += [f"{path} {size[0]}px {theme} {language}: {finding}" for finding in found]
                _picture(node.page, path, size, theme, language)
        faults = [each for each in node.faults if status == 200 or "status of" not in each]
        wrong += [f"{path} {language}: {fault}" for fault in faults]
    return list(dict.fromkeys(wrong))


def dress(page: Any, theme: str) -> None:
    """The page by day or night, as the server sends it where that theme is asked for."""
    page.evaluate(
        """theme => {
            document.documentElement.dataset.theme = theme;
            document.querySelector("meta[name=color-scheme]").content = theme;
        }""",
        theme,
    )


def look(page: Any, language: str = "en", theme: str = "light") -> list[str]:
    """What is wrong with the page as it stands: its width, headings, language and theme."""
    found = []
    if page.locator("html").get_attribute("lang") != language:
        found.append(f"the page is not in {language}")
    if page.locator("html").get_attribute("data-theme") != theme:
        found.append(f"the page is not {theme}")
    if page.locator("h1").count() != 1:
        found.append(f"{page.locator('h1').count()} headings of the first rank")
    root = "document.documentElement"
    wide = page.evaluate(f"{root}.scrollWidth - {root}.clientWidth")
    if wide > 0:
        found.append(f"{wide} px wider than its window")
    return found


def axe(page: Any) -> list[str]:
    """The serious and critical findings of axe-core."""
    from axe_playwright_python.sync_playwright import Axe

    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(Axe().axe_script)
    options = {"runOnly": TAGS, "resultTypes": ["violations"]}
    found = page.evaluate("options => axe.run(options)", options)["violations"]
    return [
        f"axe {each['id']}: {each['help']}: "
        + "; ".join(f"{' '.join(node['target'])} ({_why(node)})" for node in each["nodes"][:4])
        for each in found
        if each["impact"] in SERIOUS
    ]


def _why(node: dict[str, Any]) -> str:
    return " ".join(node.get("failureSummary", "").split())[:200]


def _heard(node: NodePage, said: Any) -> None:
    if said.type in {"error", "warning"}:
        node.faults.append(f"console: {said.text}")


def _left(node: NodePage, url: str) -> None:
    if urlsplit(url).scheme in {"http", "https"} and not url.startswith(node.url + "/"):
        node.faults.append(f"a request left the origin: {url}")


def _picture(page: Any, path: str, size: tuple[int, int], theme: str, language: str) -> None:
    folder = os.environ.get("TIDEWAITER_PICTURES")
    if not folder:
        return
    name = re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-") or "start"
    target = Path(folder) / f"{name}-{size[0]}-{theme}-{language}.png"
    target.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=target, full_page=True)
