"""Tags and filters of every screen: moments, money, masses, words of codes, permissions."""

from datetime import date, datetime
from typing import Any

from babel import dates, numbers
from django import template
from django.template.loader_tags import BlockNode
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from tidewaiter import clock, quantity
from tidewaiter.web import assets

register = template.Library()


@register.simple_tag
def asset(name: str) -> str:
    """The address of a file of the package, its digest in the name."""
    return reverse("web:asset", args=[assets.asset(name).name])


@register.simple_tag
def moment(value: datetime | None, form: str = "short") -> str:
    """A moment in the node's time zone: to the minute, or `long` with seconds and zone."""
    if value is None:
        return "–"
    return format_html(
        '<time datetime="{}">{}</time>', clock.text(value), moment_in_words(value, form)
    )


def moment_in_words(value: datetime, form: str = "short") -> str:
    """The same without its markup, to stand in a sentence."""
    local = timezone.localtime(value)
    pattern = "d MMM y HH:mm:ss z" if form == "long" else "d MMM y HH:mm"
    shown: str = dates.format_datetime(local, pattern, tzinfo=local.tzinfo, locale=_locale())
    return shown


@register.simple_tag
def day(value: date | None) -> str:
    """A day."""
    if value is None:
        return "–"
    shown = dates.format_date(value, "d MMM y", locale=_locale())
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), shown)


class Again(template.Node):
    """The block of that name once more: a page's title is its heading too."""

    def __init__(self, name: str) -> None:
        self.block = BlockNode(name, template.NodeList())

    def render(self, context: template.Context) -> SafeString:
        """What the most derived block of that name shows."""
        return self.block.render(context)


@register.tag
def again(parser: template.base.Parser, token: template.base.Token) -> Again:
    """`{% again title %}` shows the block `title` a second time."""
    return Again(token.split_contents()[1])


@register.filter
def money(minor: int | None, currency: str) -> str:
    """Minor units with their currency: 123450 of EUR is 1,234.50 EUR."""
    if minor is None:
        return "–"
    digits = quantity.minor_digits(currency)
    return f"{_places(minor, digits, digits)} {currency}"


@register.filter
def mass(grams: int | None) -> str:
    """Grams as kilograms."""
    return "–" if grams is None else f"{_places(grams, 3, 0)} kg"


@register.filter
def amount(millionths: int | None, unit: str = "") -> str:
    """Millionths of a unit as a number with the unit."""
    return "–" if millionths is None else f"{_places(millionths, 6, 0)} {unit}".rstrip()


@register.filter
def number(value: float | None) -> str:
    """A number as the reader's language writes it."""
    return "–" if value is None else numbers.format_decimal(value, locale=_locale())


@register.filter
def percent(value: float | None) -> str:
    """A share from 0 to 1 in percent, whole."""
    return "–" if value is None else numbers.format_percent(value, locale=_locale())


@register.filter
def word(value: Any) -> str:
    """The words of a text marked by N_, in the reader's language."""
    return gettext(str(value)) if value else ""


@register.filter
def may(viewer: Any, permission: str) -> bool:
    """Whether the viewer holds the permission of that name."""
    return permission in viewer.permissions


def _places(value: int, places: int, least: int) -> str:
    """A whole number of smallest units with its decimals, exactly."""
    sign, plain = ("-" if value < 0 else ""), str(abs(value)).rjust(places + 1, "0")
    whole, rest = (plain[:-places], plain[-places:]) if places else (plain, "")
    kept = rest.rstrip("0").ljust(least, "0")
    grouped = numbers.format_decimal(int(whole), locale=_locale())
    return f"{sign}{grouped}{numbers.get_decimal_symbol(_locale()) if kept else ''}{kept}"


def _locale() -> str:
    return {"en": "en_GB"}.get(get_language() or "en", get_language() or "en_GB")


@register.filter
def beginning(text: str, start: str) -> bool:
    """Whether `text` begins with `start`."""
    return str(text).startswith(start)


@register.filter
def tone(level: str) -> str:
    """The tone of a notice for a level of Django's messages."""
    return {"success": "good", "warning": "warn", "error": "bad"}.get(level, "info")
