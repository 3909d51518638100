"""Why: the sentence of each reason code, worded when it is read, in the reader's language.

A code comes with parameters; what is kept never holds a sentence. Profiles bring their own words.
"""

from collections.abc import Callable, Mapping
from typing import Final

from tidewaiter.problem import N_, Word

Parameters = Mapping[str, str | int | float]
Words = Callable[[str], str | None]  # a profile's id to its reason in the reader's language

CONTROLLED: Final = N_("Earlier controls ({controls}) – {subject}: {share} % not conform")
UNKNOWN: Final = N_("Never controlled before – {subject}")
SUBJECTS: Final[dict[str, str]] = {
    "office": N_("office {value}"),
    "procedure": N_("procedure {value}"),
    "import_type": N_("type of import {value}"),
    "import_use": N_("use {value}"),
    "payment_type": N_("payment {value}"),
    "transport_mode": N_("mode of transport {value}"),
    "declarant": N_("declarant {value}"),
    "importer": N_("importer {value}"),
    "exporter": N_("exporter {value}"),
    "goods": N_("goods {value}"),
    "heading": N_("heading {value}"),
    "departure": N_("departure {value}"),
    "origin": N_("origin {value}"),
    "tax_type": N_("tax type {value}"),
    "goods_origin": N_("these goods from this origin ({value})"),
    "importer_goods": N_("this importer with these goods ({value})"),
    "exporter_goods": N_("this exporter with these goods ({value})"),
    "office_goods": N_("these goods at this office ({value})"),
    "pattern": N_("the same goods, origin, departure, tax type and mass ({value})"),
}
SENTENCES: Final[dict[str, str]] = {
    "model.value": N_("The declared value stands out"),
    "model.net_mass": N_("The net mass stands out"),
    "model.unit_value": N_("The declared value a kilogram stands out"),
    "model.unit_value_gap": N_("The declared value a kilogram is {value} times the usual one"),
    "model.gross_net": N_("The gross mass is {value} times the net mass"),
    "model.unit_mass": N_("The mass of one unit stands out"),
    "model.tax_rate": N_("The rate of duty ({value} %) gives a motive"),
    "model.departure_is_not_origin": N_("Departure and origin, taken together, stand out"),
    "model.chapter": N_("Goods of chapter {value}"),
    "signal.partner.consignment": N_("{partner} warned of this very consignment ({subject})"),
    "signal.partner.party_mark": N_("{partner} warned of this trader with this mark ({subject})"),
    "signal.partner.party_goods": N_("{partner} warned of this trader with such goods ({subject})"),
    "signal.partner.goods_mark": N_("{partner} warned of such goods with this mark ({subject})"),
    "signal.partner.party": N_("{partner} warned of this trader ({subject})"),
    "signal.partner.mark": N_("{partner} warned of this mark ({subject})"),
    "signal.partner.goods": N_("{partner} warned of such goods ({subject})"),
    "signal.forgotten": N_("{partner} warned of it; what it said has been deleted since"),
    "signal.own.consignment": N_("We found an offence in this very consignment ({subject})"),
    "signal.own.party_mark": N_("We found an offence of this trader with this mark ({subject})"),
    "signal.own.party_goods": N_("We found an offence of this trader with such goods ({subject})"),
    "signal.own.goods_mark": N_("We found an offence in such goods with this mark ({subject})"),
    "signal.own.party": N_("We found an offence of this trader ({subject})"),
    "signal.own.mark": N_("We found an offence with this mark ({subject})"),
    "signal.own.goods": N_("We found an offence in such goods ({subject})"),
}
OFFENCES: Final[dict[str, str]] = {
    "counterfeit": N_("counterfeit"),
    "piracy": N_("piracy"),
    "undervaluation": N_("undervaluation"),
    "misdescription": N_("misdescription"),
    "origin": N_("wrong origin"),
    "smuggling": N_("smuggling"),
    "drugs": N_("drugs"),
    "weapons": N_("weapons"),
    "wildlife": N_("wildlife"),
    "other": N_("another offence"),
}
CERTAINTIES: Final[dict[str, str]] = {
    "suspected": N_("suspected"),
    "confirmed": N_("confirmed"),
}
KINDS: Final[dict[str, str]] = {  # what a signal is of
    "ucr": N_("consignment {value}"),
    "container": N_("container {value}"),
    "seal": N_("seal {value}"),
    "transport_document": N_("transport document {value}"),
    "party": N_("trader {value}"),
    "name": N_("trader {value}"),
    "hs2": N_("goods of chapter {value}"),
    "hs4": N_("goods of heading {value}"),
    "hs6": N_("goods {value}"),
    "hs4_origin": N_("goods of heading {value}"),
    "hs6_origin": N_("goods {value}"),
    "mark": N_("mark {value}"),
}
HASHED: Final = N_("named by a pseudonym")


def word(code: str, parameters: Parameters, say: Word, profile: Words) -> str:
    """The sentence of a code with its parameters; `say` translates, `profile` knows the profiles.

    A code of another release, or of a profile that is gone, is shown as it is.
    """
    if code.startswith("profile."):
        words = profile(code.removeprefix("profile."))
        return _filled(words, parameters) if words else code
    if code.startswith(("model.controls.", "model.unknown.")):
        pattern = CONTROLLED if code.startswith("model.controls.") else UNKNOWN
        subject = SUBJECTS.get(code.rpartition(".")[2], "{value}")
        told = {**parameters, "subject": _filled(say(subject), parameters)}
        return _filled(say(pattern), told)
    sentence = SENTENCES.get(code)
    if sentence is None:
        return code
    told = dict(parameters)
    if code.startswith("signal."):
        told["subject"] = _subject(parameters, say)
    return _filled(say(sentence), told)


def _subject(parameters: Parameters, say: Word) -> str:
    offence = OFFENCES.get(str(parameters.get("offence")), OFFENCES["other"])
    certainty = CERTAINTIES.get(str(parameters.get("certainty")), CERTAINTIES["suspected"])
    return ", ".join(
        [say(offence), say(certainty), *named(str(parameters.get("subjects", "")), say)]
    )


def named(subjects: str, say: Word) -> list[str]:
    """What a word is about, each once; `subjects` is a line of kind and value each."""
    parts = []
    for line in subjects.split("\n"):
        kind, _, value = line.partition(" ")
        if value.startswith("kh:"):
            parts.append(say(HASHED))
        elif kind in KINDS:
            parts.append(_filled(say(KINDS[kind]), {"value": value}))
    return list(dict.fromkeys(parts))


def _filled(pattern: str, parameters: Parameters) -> str:
    try:
        return pattern.format_map(parameters)
    except (KeyError, IndexError, ValueError):
        return pattern
