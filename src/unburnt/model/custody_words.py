"""A chain of custody in plain sentences, in English and Russian.

    sentence(link, WORDS["en"], name)      "heron on laptop: exported it; for: appeal (claimed)"

`name(id)` spells a member, device or entity for this reader. The phrases say what was recorded and
no more: not that it is true, and not that nothing else happened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from unburnt.core.ids import is_id
from unburnt.model.custody import CLAIMED, Link

Name = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class CustodyPhrases:
    """What is said around the values; `kinds` by event, `marks` by mark."""

    who: str
    who_told: str
    quiet: str
    existed: str
    kinds: Mapping[str, str]
    details: Mapping[str, str]
    marks: Mapping[str, str]


WORDS: Mapping[str, CustodyPhrases] = {
    "en": CustodyPhrases(
        who="{author} on {device}: ",
        who_told="{by}, as {author} on {device} wrote: ",
        quiet="— no access was recorded for {days} days; that does not show that there was none",
        existed="existed by {}",
        kinds={
            "acquired": "took it in; it rests on {source}",
            "hashed": "hashed it: SHA-256 {digest}, {size} bytes",
            "sealed": "sealed it in the object {object}",
            "stored": "signed for it: entry {sequence}",
            "verified": "verified it",
            "viewed": "showed it",
            "derived": "made a copy of another kind from it",
            "redacted": "made a redacted copy of it",
            "exported": "exported it",
            "transferred": "handed it over",
            "acknowledged": "acknowledged having received it",
            "timestamped": "had its time witnessed",
            "withdrawn": "withdrew it at the giver's request",
            "gap": "noted a gap",
        },
        details={
            "covered": "covered by the signed checkpoint of {}",
            "sites": "at {} sites when last synced, {} of them checked whole",
            "tool": "with {}",
            "receiver": "to: {}",
            "purpose": "for: {}",
            "digest": "SHA-256 {}",
            "answers": "of the handing-over {}",
            "result": "result: {}",
            "note": "note: {}",
        },
        marks={
            "claimed": "claimed",
            "retroactive": "ENTERED AFTERWARDS, on {}",
            "disordered": "ITS CLOCK WENT BACKWARDS",
            "behind": "CLAIMS A TIME BEFORE WHAT IT HAD SEEN OF OTHER DEVICES",
            "of-nothing": "ACKNOWLEDGED, WITHOUT SAYING OF WHAT",
            "unconfirmed": "AFTER COMPROMISE, UNCONFIRMED",
            "taken-back": "TAKEN BACK",
            "unacknowledged": "NOT ACKNOWLEDGED",
            "not-receiver": "NOT SIGNED BY THE RECEIVER",
            "told": "only told, nobody signed it",
            "mismatch": "NOT THE DIGEST OF THIS EVIDENCE",
        },
    ),
    "ru": CustodyPhrases(
        who="{author}, устройство {device}: ",
        who_told="{by}, по записи {author} (устройство {device}): ",
        quiet="— доступ не записан дней подряд: {days}; это не значит, что его не было",
        existed="существовало не позднее {}",
        kinds={
            "acquired": "принято в архив; основание: {source}",
            "hashed": "вычислена контрольная сумма: SHA-256 {digest}, байт: {size}",
            "sealed": "запечатано в объект {object}",
            "stored": "заверено подписью: запись журнала {sequence}",
            "verified": "проверено",
            "viewed": "показано",
            "derived": "изготовлена производная копия",
            "redacted": "изготовлена копия с изъятиями",
            "exported": "выгружено",
            "transferred": "передано",
            "acknowledged": "получение подтверждено",
            "timestamped": "заверено время",
            "withdrawn": "отозвано по просьбе передавшего",
            "gap": "отмечен пробел",
        },
        details={
            "covered": "охвачено подписанной контрольной точкой: {}",
            "sites": "мест хранения при последнем обмене: {}, из них проверено целиком: {}",
            "tool": "программа: {}",
            "receiver": "кому: {}",
            "purpose": "цель: {}",
            "digest": "SHA-256 {}",
            "answers": "по передаче {}",
            "result": "результат: {}",
            "note": "примечание: {}",
        },
        marks={
            "claimed": "со слов устройства",
            "retroactive": "ВНЕСЕНО ЗАДНИМ ЧИСЛОМ, {}",
            "disordered": "ЧАСЫ ШЛИ НАЗАД",
            "behind": "УКАЗАНО ВРЕМЯ РАНЬШЕ ТОГО, ЧТО УЖЕ БЫЛО ПОЛУЧЕНО С ДРУГИХ УСТРОЙСТВ",
            "of-nothing": "ПОДТВЕРЖДЕНО БЕЗ УКАЗАНИЯ, ЧТО ИМЕННО",
            "unconfirmed": "ПОСЛЕ КОМПРОМЕТАЦИИ, НЕ ПОДТВЕРЖДЕНО",
            "taken-back": "ЗАПИСЬ ОТОЗВАНА",
            "unacknowledged": "НЕ ПОДТВЕРЖДЕНО ПОЛУЧАТЕЛЕМ",
            "not-receiver": "ПОДПИСАНО НЕ ПОЛУЧАТЕЛЕМ",
            "told": "только со слов, подписи нет",
            "mismatch": "КОНТРОЛЬНАЯ СУММА НЕ ЭТОГО ДОКАЗАТЕЛЬСТВА",
        },
    ),
}


def sentence(link: Link, words: CustodyPhrases, name: Name) -> str:
    """Return one event as a sentence without its date, marks at the end."""
    if link.kind == "quiet":
        return words.quiet.format(days=link.days)
    who = words.who_told if link.by else words.who
    by = _spelled(link.by or "", name)
    parts = [
        who.format(by=by, author=name(link.author), device=name(link.device))
        + words.kinds[link.kind].format(
            source=name(link.source or ""),
            digest=link.digest,
            size=link.size,
            object=link.object,
            sequence=link.sequence,
        ),
        *_details(link, words, name),
    ]
    said = "; ".join(parts)
    if link.place is not None and link.place.existed_by:
        said += f" ({words.existed.format(link.place.existed_by)})"
    if CLAIMED in link.marks:
        said += f" ({words.marks[CLAIMED]})"
    marks = [words.marks[mark].format(link.recorded_at) for mark in link.marks if mark != CLAIMED]
    return said + (f" [{', '.join(marks)}]" if marks else "")


def _details(link: Link, words: CustodyPhrases, name: Name) -> list[str]:
    details = words.details
    found = []
    if link.kind == "stored" and link.place is not None:
        if link.place.covered is not None:
            found.append(details["covered"].format(link.place.covered))
        found.append(details["sites"].format(link.place.sites, link.place.checked))
    if link.event is not None and link.digest:
        found.append(details["digest"].format(link.digest))
    for key in ("tool", "receiver", "purpose", "answers", "note"):
        text = getattr(link, key)
        if text is not None:
            found.append(details[key].format(_spelled(text, name)))
    if link.result:
        found.append(details["result"].format(", ".join(map(name, link.result))))
    return found


def _spelled(text: str, name: Name) -> str:
    return name(text) if is_id(text) else text
