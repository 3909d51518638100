"""What every answer carries, and what every screen may ask of its request.

Strict Content-Security-Policy and Permissions-Policy on every answer; `request.htmx` and
`request.shell` on every request; a Problem that a screen lets through becomes a page in the shell.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, get_script_prefix, reverse
from django.utils.cache import patch_vary_headers
from django.utils.functional import cached_property
from django.utils.translation import gettext

from tidewaiter.permission import Permission
from tidewaiter.problem import Problem
from tidewaiter.web import banners, menu

POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "base-uri 'none'",
        "connect-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "img-src 'self'",
        "object-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
    )
)
FEATURES: Final = (
    "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(),"
    " fullscreen=(self), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(),"
    " payment=(), usb=()"
)
THEME_COOKIE: Final = "tidewaiter-theme"
THEMES: Final = ("auto", "light", "dark")
log: Final = structlog.get_logger("tidewaiter.web")
Answer = Callable[[HttpRequest], HttpResponse]


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the menu as it is shown; `current` is what aria-current says, or ""."""

    label: str
    address: str
    current: str
    badge: int = 0


class Shell:
    """What the page shell shows around a screen."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def menu(self) -> list[Place]:
        """The viewer's menu; the entry that the page belongs to says so."""
        found = [(entry, _address(entry)) for entry in menu.shown(self._permissions)]
        shown = [(entry, address) for entry, address in found if address]
        here = max((each for _, each in shown if self._within(each)), key=len, default=None)
        return [
            Place(entry.label, each, self._current(each, here), entry.badge() if entry.badge else 0)
            for entry, each in shown
        ]

    @cached_property
    def banners(self) -> list[banners.Banner]:
        """What the rooms have to say on top of this page."""
        return banners.shown(self._request)

    @property
    def start(self) -> str:
        """Where the viewer's work begins: the first page that is open to them."""
        return self.menu[0].address if self.menu else get_script_prefix()

    @property
    def theme(self) -> str:
        """`light` or `dark` where the reader chose, else `auto`."""
        chosen = self._request.COOKIES.get(THEME_COOKIE, "auto")
        return chosen if chosen in THEMES else "auto"

    @property
    def themes(self) -> tuple[str, ...]:
        """Every choice."""
        return THEMES

    @property
    def languages(self) -> list[tuple[str, str]]:
        """Code and name of each language, the name in that language."""
        return [("en", "English"), ("fr", "Français")]

    @property
    def administration(self) -> str:
        """The code of the administration."""
        return settings.ADMINISTRATION

    @property
    def node(self) -> str:
        """The node's name for people."""
        return settings.NODE_NAME or settings.ADMINISTRATION

    @property
    def viewer_name(self) -> str:
        """Who has signed in; "" for a stranger."""
        return getattr(getattr(self._request, "viewer", None), "name", "")

    def _within(self, address: str) -> bool:
        path = self._request.path
        return path == address or (address.count("/") > 1 and path.startswith(address))

    def _current(self, address: str, here: str | None) -> str:
        """`aria-current` of an entry: the page itself, or the part that the page belongs to."""
        if address != here:
            return ""
        return "page" if address == self._request.path else "true"

    @property
    def _permissions(self) -> frozenset[Permission]:
        viewer = getattr(self._request, "viewer", None)
        return viewer.permissions if viewer is not None else frozenset()


def _address(entry: menu.Entry) -> str | None:
    """Where an entry leads; one that leads nowhere is left out, and the log says so."""
    try:
        return reverse(entry.url)
    except NoReverseMatch:
        log.error("menu entry leads nowhere", url=entry.url)
        return None


class ShellMiddleware:
    """Headers on every answer, and the shell on every request."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on with its shell, and answer with the headers."""
        request.shell = Shell(request)  # type: ignore[attr-defined]
        request.htmx = request.headers.get("HX-Request") == "true"  # type: ignore[attr-defined]
        response = self.answer(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", FEATURES)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Cache-Control", "no-store")
            patch_vary_headers(response, ["HX-Request"])
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A refusal in words, in the shell; anything else is not ours."""
        if not isinstance(error, Problem):
            return None
        return refusal(request, error)


def refusal(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The page of a refusal, with its status."""
    said = problem.said(gettext)
    return render(request, "web/problem.html", {"said": said}, status=problem.status)
