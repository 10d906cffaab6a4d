"""The phrases of a chronology in English and Russian, and the order in which things are told.

    WORDS["en"].heard_from          ", who had it from "

Labels of schemas, properties and terms are not here: the schema has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrases:
    """What is said around the values in one language; `ties` by (kind, property that points)."""

    lang: str
    heard_from: str
    kept_apart: str
    confirmed: str
    one_voice: str
    at_least: str
    at_most: str
    stances: Mapping[str, str]
    rules: Mapping[str, str]
    ties: Mapping[tuple[str, str], str]


WORDS: Mapping[str, Phrases] = {
    "en": Phrases(
        lang="eng",
        heard_from=", who had it from ",
        kept_apart="a person whose name is kept apart [{}]",
        confirmed="confirmed by {} independent sources",
        one_voice="{} statements, but one source behind them: not confirmed",
        at_least="at least {}",
        at_most="at most {}",
        stances={
            "asserted": "says",
            "alleged": "alleges",
            "reported": "reports",
            "denied": "DENIES",
            "retracted": "takes back",
            "superseded": "replaces",
        },
        rules={
            "standing": "signed after a compromise",
            "stance": "only alleged or reported",
            "grades": "lower grades",
            "sources": "fewer sources",
            "recency": "written down earlier",
            "withdrawn": "withdrawn",
            "denied": "only denied",
        },
        ties={
            ("Involvement", "act"): "Part taken",
            ("ChainOfEvents", "event"): "Link",
            ("Intervention", "event"): "Help",
            ("Finding", "about"): "Our conclusion",
        },
    ),
    "ru": Phrases(
        lang="rus",
        heard_from=", со слов: ",
        kept_apart="лицо, чьё имя хранится отдельно [{}]",
        confirmed="подтверждено независимыми источниками: {}",
        one_voice="утверждений: {}, но за ними один источник: не подтверждено",
        at_least="не менее {}",
        at_most="не более {}",
        stances={
            "asserted": "утверждает",
            "alleged": "обвиняет",
            "reported": "сообщает",
            "denied": "ОТРИЦАЕТ",
            "retracted": "отзывает",
            "superseded": "заменяет",
        },
        rules={
            "standing": "подписано после компрометации",
            "stance": "лишь обвинение или пересказ",
            "grades": "оценки ниже",
            "sources": "источников меньше",
            "recency": "записано раньше",
            "withdrawn": "отозвано",
            "denied": "только отрицается",
        },
        ties={
            ("Involvement", "act"): "Причастность",
            ("ChainOfEvents", "event"): "Связь",
            ("Intervention", "event"): "Помощь",
            ("Finding", "about"): "Наш вывод",
        },
    ),
}

# What a reader asks first; everything else follows by name.
ORDER = (
    "type",
    "startDate",
    "endDate",
    "partOfDay",
    "location",
    "victim",
    "perpetrator",
    "target",
    "method",
    "wording",
    "summary",
    "description",
    "conclusion",
    "statedReason",
    "x-drugs-found",
    "charge",
    "maximumSentence",
    "numberOfVictims",
    "detained",
    "killed",
    "relatedEvent",
    "party",
)

# Told otherwise (names are the title, acts stand below their event) or of use to archivists only.
UNTOLD = frozenset({"name", "title", "event", "encompasses", "act", "remarks", "workNotes"})
