#!/usr/bin/env python3
"""Check proofs of statements: this one file, Python 3.9 or newer, and the package `cryptography`.

    python3 verify_proof.py a.proof.json --device mfrggzdfmztwq2lknnwg23tpoa
    python3 verify_proof.py FOLDER --policy policy.txt --known checkpoint.txt --lang ru

It uses no network and trusts nothing inside a proof. Say which device you were told of by another
way than the proof (--device, --vkey, or a `log` line in the policy): without it nothing is green.
Exit code: 0 all are green, 1 one is refused, 2 something could not be looked at. Green never says
that a statement is true: only that it was written, with whose key, and where.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import re
import sys
import time
import unicodedata
from itertools import accumulate
from pathlib import Path
from typing import Any

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    print("Install the package `cryptography`, or open verify.html in a browser.", file=sys.stderr)
    sys.exit(2)

LIMIT = 4 * 2**20  # bytes of a proof; a usual one has about 3,000
FIELDS = """answers attribution author compartment credibility device entity lang
    locator property recorded_at reliability schema source stance value""".split()
HASH, ID, KINDS = "[0-9a-f]{64}", "[a-z2-7]{25}[aeimquy4]", ("rfc3161", "ots")
CHECKPOINT = r"(unburnt/([0-9a-f]{64})/([a-z2-7]{26}))\n([1-9][0-9]{0,9})\n([A-Za-z0-9+/]{43}=)\n"
NOTE = r"((?:[^\x00-\x09\x0b-\x1f\n]+\n)+)\n((?:— [!-*,-~]+ [A-Za-z0-9+/]+={0,2}\n){1,100})"
VKEY = r"([!-*,-~]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})"

WORDS = """
    The file is one record in its one legal spelling. = Файл — одна запись в единственном написании.
    The device's id is the digest of its keys. = Код устройства — отпечаток его ключей.
    It is the device you were told of. = Это то устройство, которое вам назвали.
    The device signed the checkpoint of its log. = Устройство подписало итог своего журнала.
    Enough of your witnesses saw the checkpoint. = Достаточно ваших свидетелей видели этот итог.
    The device signed the entry. = Устройство подписало запись журнала.
    The entry is in the log, at its place. = Запись стоит в журнале на своём месте.
    The fields shown are in the entry. = Показанные поля входят в эту запись.
    GREEN = ЗЕЛЁНЫЙ: всё проверенное верно
    OPEN = НЕ РЕШЕНО: подделки не видно, но с чьим устройством сравнить, вы не сказали
    REFUSED = ОТКЛОНЕНО
    passed = верно
    not checked = не проверено
    refused = отклонено
    It is malformed. = Оно испорчено.
    It is too large. = Слишком велико.
    It is not spelled in the one legal way. = Написано не единственно возможным образом.
    It is not a proof of this version. = Это не доказательство этой версии.
    It is another device than its log names. = Журнал называет другое устройство.
    It is another device than you named. = Это не то устройство, что назвали вы.
    It is another archive than you named. = Это не тот архив, что назвали вы.
    The device did not sign it. = Устройство этого не подписывало.
    It is older than the checkpoint you know. = Итог старше того, что вам известен.
    The log was shown to you in two versions. = Вам показали две разные версии журнала.
    A cosignature of your witness is false. = Подпись вашего свидетеля ложна.
    Not enough of your witnesses saw it. = Его видело слишком мало ваших свидетелей.
    It belongs to another log. = Запись из другого журнала.
    The path leads elsewhere. = Путь ведёт не туда.
    A field has a name out of its place. = Имя поля стоит не на своём месте.
    It claims another device than its entry. = Названо не то устройство, что в записи.
    The file is named after another statement. = Файл назван именем другого утверждения.
    whether it is true = правда ли это
    whether the device was revoked = не отозвано ли устройство
    whether it was later withdrawn or denied = не взято ли это назад и не опровергнуто ли позже
    what is withheld = то, что не показано
    cosignatures of others than your witnesses = подписи тех, кто не ваши свидетели
    witnesses: without a policy the log may have other versions = свидетели: вы не дали политику
    time tokens: check them with their own programs = метки времени: для них есть свои программы
    shown = показано
    Not checked = Не проверено
    seen by = видел
    No proof was found. = Доказательств не найдено.
    This cannot be read = Это не читается
"""
RUSSIAN = dict(re.findall(" *(.*) = (.*)\n", WORDS))


class Check:
    """One proof on its way through the eight steps; a step that fails raises, with its reason."""

    def __init__(self, data: bytes, trust: dict[str, Any], name: str = "") -> None:
        self.data, self.trust, self.name = data, trust, name
        self.steps: list[tuple[str, str, str]] = []  # title, status, reason
        self.fields: dict[str, Any] = {}
        self.seen: dict[str, int] = {}

    def run(self) -> str:
        """Make the steps in order; returns "GREEN", "OPEN" or "REFUSED"."""
        makers = (self.file, self.key, self.you, self.checkpoint, self.witnesses)
        for make in (*makers, self.entry, self.place, self.shown):
            try:
                self.steps.append((str(make.__doc__), make() or "passed", ""))
            except Exception as error:  # whatever goes wrong is a refusal
                reason = str(error) if str(error) in RUSSIAN else "It is malformed."
                self.steps.append((str(make.__doc__), "refused", reason))
                return "REFUSED"
        return "GREEN" if self.steps[2][1] == "passed" else "OPEN"

    def file(self) -> None:
        """The file is one record in its one legal spelling."""
        _need(len(self.data) <= LIMIT, "It is too large.")
        proof = self.proof = _decode(self.data)
        _need(proof["type"] == "unburnt/proof/v1", "It is not a proof of this version.")
        device, shown = proof["device"], proof["disclosure"]
        _need(len(proof) == 6 + ("tokens" in proof) and device.keys() == {"recipient", "signing"})
        _need(shown.keys() == {"bucket", "fields", "index", "path"})
        _need(type(shown["bucket"]) is type(shown["index"]) is int)
        fields, self.paths = shown["fields"], (proof["path"], shown["path"])
        _need(type(fields) is list and len(FIELDS) <= len(fields) <= 256)
        _need(all(type(path) is list and len(path) <= 64 for path in self.paths))
        texts = [("age1[0-9a-z]{58}", device["recipient"]), (HASH, device["signing"])]
        texts += [(HASH, text) for path in self.paths for text in path]
        for field in fields:
            opened = [("[a-z][a-z0-9_]{0,63}", field[0]), ("[0-9a-f]{32}", field[1])]
            texts += opened if type(field) is list else [(HASH, field)]
        _need(all(re.fullmatch(shape, text) for shape, text in texts))
        tokens = proof.get("tokens", [["ots", "b3Rz"]])
        _need(type(tokens) is list and {*map(type, tokens)} == {list} and len(tokens) <= 16)
        _need(all(kind in KINDS and _unbase64(token) for kind, token in tokens))

    def key(self) -> None:
        """The device's id is the digest of its keys."""
        keys = self.proof["device"]
        self.public = bytes.fromhex(keys["signing"])
        digest = _sha256(b"unburnt/device/v1\0", self.public, keys["recipient"].encode())
        self.device = base64.b32encode(digest[:16]).decode().rstrip("=").lower()

    def you(self) -> str:
        """It is the device you were told of."""
        self.text, self.cosigned = _read_note(self.proof["checkpoint"])
        found = re.fullmatch(CHECKPOINT, self.text)
        self.origin, self.archive, named, size, root = _need(found).groups()
        self.size, self.root = int(size), _unbase64(root)
        _need(named == self.device, "It is another device than its log names.")
        device, archive, logs = (self.trust[name] for name in ("device", "archive", "logs"))
        _need(archive in ("", self.archive), "It is another archive than you named.")
        right = device in ("", self.device) and (not logs or (self.origin, self.public) in logs)
        _need(right, "It is another device than you named.")
        return "passed" if logs or device else "not checked"

    def checkpoint(self) -> None:
        """The device signed the checkpoint of its log."""
        _need(self._signed(self.text, self.cosigned.pop(0)), "The device did not sign it.")
        for origin, size, root in self.trust["known"]:
            other = origin != self.origin or size < self.size
            _need(other or size == self.size, "It is older than the checkpoint you know.")
            _need(other or root == self.root, "The log was shown to you in two versions.")

    def witnesses(self) -> str:
        """Enough of your witnesses saw the checkpoint."""
        policy = self.trust["policy"]
        for name, key_id, blob in self.cosigned:
            for word, vkey, key in policy["witnesses"]:
                if (name, key_id) == (vkey, _sha256(vkey.encode(), b"\n\4", key)[:4]):
                    at = int.from_bytes(blob[:8], "big")
                    message = f"cosignature/v1\ntime {at}\n{self.text}".encode()
                    true = at < 2**37 and _verify(key, message, blob[8:])
                    _need(true, "A cosignature of your witness is false.")
                    self.seen[word] = max(at, self.seen.get(word, 0))
        enough = _has_seen(policy["quorum"], policy, self.seen)
        _need(enough, "Not enough of your witnesses saw it.")
        return "not checked" if policy["quorum"] == "none" else "passed"

    def entry(self) -> None:
        """The device signed the entry."""
        text, lines = _read_note(self.proof["entry"])
        _need(len(lines) == 1 and self._signed(text, lines[0]), "The device did not sign it.")
        header = _decode(text[:-1].encode())
        known = type(header["sequence"]) is type(header["suite"]) is int and header["suite"] == 1
        _need(known and header["type"] == "unburnt/entry/v1", "It is not a proof of this version.")
        named = (header["archive"], header["device"])
        _need(named == (self.archive, self.device), "It belongs to another log.")
        self.leaf, self.tree = _sha256(b"\0", text.encode()), header["statements"]
        self.sequence: int = header["sequence"]

    def place(self) -> None:
        """The entry is in the log, at its place."""
        root = _climb(self.leaf, self.sequence, self.size, self.paths[0])
        _need(root == self.root, "The path leads elsewhere.")

    def shown(self) -> None:
        """The fields shown are in the entry."""
        disclosure, made, last = self.proof["disclosure"], [], ""
        for place, field in enumerate(disclosure["fields"]):
            if isinstance(field, str):
                made.append(bytes.fromhex(field))
                continue
            name, salt, value = field
            newer = place >= len(FIELDS)  # fields of newer versions follow, in order of their names
            right = (name not in FIELDS and name > last) if newer else name == FIELDS[place]
            _need(right, "A field has a name out of its place.")
            last, self.fields[name] = name if newer else "", value
            made.append(_sha256(b"unburnt/field/v1\0", bytes.fromhex(salt), _encode([name, value])))
        identity = _sha256(b"unburnt/statement/v1\0", *made)
        self.statement, bucket = identity.hex(), disclosure["bucket"]
        root = _climb(_sha256(b"\0", identity), disclosure["index"], bucket, self.paths[1])
        tree = _encode({"bucket": bucket, "root": root.hex()})  # to Python itself True is 1
        _need(tree == _encode(self.tree), "The path leads elsewhere.")
        same = self.fields.get("device", self.device) == self.device
        _need(same, "It claims another device than its entry.")
        named = re.fullmatch(HASH + r"\.proof\.json", self.name) is None or self.name[:64]
        _need(named in (True, self.statement), "The file is named after another statement.")

    def unchecked(self) -> list[str]:
        """Return what none of the steps looked at, whatever the verdict."""
        asked = {"whether": True, "what is withheld": True, "time tokens": "tokens" in self.proof}
        asked["cosignatures of others"] = len(self.cosigned) > len(self.seen)
        asked["witnesses"] = self.steps[4][1] == "not checked"
        return [t for t in RUSSIAN for word, so in asked.items() if so and t.startswith(word)]

    def _signed(self, text: str, line: tuple[str, bytes, bytes]) -> bool:
        mine = (self.origin, _sha256(self.origin.encode(), b"\n\1", self.public)[:4])
        return line[:2] == mine and _verify(self.public, text.encode(), line[2])


def trusted(device: str, archive: str, vkeys: Any, policy: Any, known: Any) -> dict[str, Any]:
    """Return what proofs are compared with; ValueError when something of it cannot be read."""
    device, archive = ("".join(text.lower().split()) for text in (device, archive))
    _need(re.fullmatch(f"({ID})?/({HASH})?", f"{device}/{archive}"), "--device, --archive")
    read = _read_policy("quorum none" if policy is None else policy)
    logs = read["logs"] | {_read_vkey(text, 1) for text in vkeys}
    heads = [_need(re.match(CHECKPOINT, text), "--known").group(1, 4, 5) for text in known]
    seen = [(origin, int(size), _unbase64(root)) for origin, size, root in heads]
    return {"device": device, "archive": archive, "logs": logs, "policy": read, "known": seen}


def _read_policy(text: str) -> dict[str, Any]:  # c2sp.org/tlog-policy
    logs, quorum, used = set(), [], {"none"}
    witnesses: list[tuple[str, str, bytes]] = []
    groups: dict[str, tuple[int, list[str]]] = {"none": (0, [])}
    _need(not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text), "--policy")
    for line in text.split("\n"):
        kind, *rest = re.findall("[^ \t]+", line) or ["#"]
        names = {*(witness[0] for witness in witnesses), *groups}
        if kind == "log" and len(rest) in (1, 2):
            logs.add(_read_vkey(rest[0], 1))
        elif kind == "witness" and len(rest) in (2, 3) and rest[0] not in names:
            witnesses.append((rest[0], *_read_vkey(rest[1], 4)))
        elif kind == "group" and len(rest) >= 3 and rest[0] not in names:
            name, many, *inside = rest
            many = {"all": str(len(inside)), "any": "1"}.get(many, many)
            _need(re.fullmatch("[1-9][0-9]{0,3}", many) and int(many) <= len(inside), "--policy")
            _need(len(set(inside)) == len(inside) and set(inside) <= names - used, "--policy")
            groups[name] = (int(many), inside)
            used.update(inside)
        elif kind == "quorum" and len(rest) == 1 and rest[0] in names:
            quorum.append(rest[0])
        else:
            _need(kind.startswith("#"), "--policy")
    _need(len({one[2] for one in witnesses}) == len(witnesses) and len(quorum) == 1, "--policy")
    return {"logs": logs, "witnesses": witnesses, "groups": groups, "quorum": quorum[0]}


def _has_seen(name: str, policy: dict[str, Any], seen: dict[str, int]) -> bool:
    many, inside = policy["groups"].get(name, (1, ()))
    return name in seen or sum(_has_seen(one, policy, seen) for one in inside) >= many


def _read_vkey(text: str, kind: int) -> tuple[str, bytes]:  # c2sp.org/signed-note
    name, key_id, material = _need(re.fullmatch(VKEY, text.strip()), "vkey").groups()
    raw = _unbase64(material)
    _need(raw[0] == kind and _sha256(name.encode(), b"\n", raw)[:4].hex() == key_id, "vkey")
    return name, raw[1:]


def _read_note(text: str) -> tuple[str, list[tuple[str, bytes, bytes]]]:  # the same
    signed, block = _need(re.fullmatch(NOTE, text)).groups()
    blobs = [(name, _unbase64(blob)) for name, blob in re.findall("— (.*) (.*)\n", block)]
    return signed, [(name, blob[:4], blob[4:]) for name, blob in blobs]


def _verify(key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def _climb(node: bytes, index: int, size: int, path: list[str]) -> bytes:  # RFC 9162 2.1.3.2
    last = size - 1
    _need(0 <= index <= last, "The path leads elsewhere.")
    for sibling in map(bytes.fromhex, path):
        _need(last > 0, "The path leads elsewhere.")
        if index & 1 or index == last:
            node = _sha256(b"\1", sibling, node)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            node = _sha256(b"\1", node, sibling)
        index, last = index >> 1, last >> 1
    _need(last == 0, "The path leads elsewhere.")
    return node


def _decode(data: bytes) -> Any:  # canonical JSON (RFC 8785), whole numbers and NFC text only
    numbers: Any = dict.fromkeys(("parse_int", "parse_float", "parse_constant"), _whole)
    value = json.loads(data.decode(), object_pairs_hook=_object, **numbers)
    _need(_encode(value) == data, "It is not spelled in the one legal way.")
    return value


def _object(pairs: Any) -> Any:  # RFC 8785 sorts by UTF-16, Python by code points
    return dict(sorted(pairs, key=lambda pair: str(pair[0]).encode("utf-16-be")))


def _encode(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    plain = re.sub(r"\\(u....|.)", " ", text)
    steps = ((c in "[{") - (c in "]}") for c in re.sub('"[^"]*"', "", plain))
    _need(max(accumulate(steps), default=0) <= 32)  # levels
    _need(unicodedata.is_normalized("NFC", plain), "It is not spelled in the one legal way.")
    return text.encode()


def _whole(text: str) -> int:
    return int(_need(abs(int(text)) < 2**53 and text))


def _unbase64(text: str) -> bytes:
    raw = base64.b64decode(text, validate=True)
    _need(base64.b64encode(raw).decode() == text)
    return raw


def _need(condition: Any, reason: str = "It is malformed.") -> Any:
    if not condition:
        raise ValueError(reason)
    return condition


def _harmless(text: str) -> str:
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def _tell(name: str, check: Check, verdict: str, say: Any) -> None:
    print(f"\n{_harmless(name)}")
    for number, (title, status, reason) in enumerate(check.steps, 1):
        print(f"  {number}. {say(title)} [{say(status)}] {say(reason)}".rstrip())
    print(f"  {say(verdict)}")
    if verdict == "REFUSED":
        return
    print(f"    {check.statement}\n    {check.origin}  {check.sequence + 1} / {check.size}")
    for witness, at in check.seen.items():
        print(f"    {say('seen by')} {_harmless(witness)}: {time.asctime(time.gmtime(at))} UTC")
    for field, value in check.fields.items():
        print(f"    {say('shown')}: {field} = {_harmless(_encode(value).decode())}")
    for text in check.unchecked():
        print(f"    {say('Not checked')}: {say(text)}")


def main() -> int:
    """Check every proof named on the command line; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("paths", nargs="+", type=Path, help="proofs, or folders of *.proof.json")
    parser.add_argument("--device", default="", help="id of the device that you were told of")
    parser.add_argument("--archive", default="", help="id of the archive that you were told of")
    parser.add_argument("--vkey", action="append", default=[], help="verifier key of the device")
    parser.add_argument("--policy", type=Path, help="file with your witnesses and their quorum")
    parser.add_argument("--known", type=Path, action="append", default=[], help="a checkpoint")
    parser.add_argument("--lang", default=os.environ.get("LANG", "en"), help="ru or en")
    asked, verdicts = parser.parse_args(), []
    say = (lambda text: RUSSIAN.get(text, text)) if asked.lang.startswith("ru") else str
    try:
        policy = asked.policy.read_text("utf-8") if asked.policy else None
        known = [path.read_text("utf-8") for path in asked.known]
        trust = trusted(asked.device, asked.archive, asked.vkey, policy, known)
        for path in asked.paths:
            for file in sorted(path.rglob("*.proof.json")) if path.is_dir() else [path]:
                with file.open("rb") as stream:
                    check = Check(stream.read(LIMIT + 1), trust, file.name)
                verdicts.append(check.run())
                _tell(str(file), check, verdicts[-1], say)
    except (OSError, ValueError) as error:
        print(f"{say('This cannot be read')}: {_harmless(str(error))}", file=sys.stderr)
        return 2
    if not verdicts:
        print(say("No proof was found."), file=sys.stderr)
    return 1 if "REFUSED" in verdicts else 2 if "OPEN" in verdicts or not verdicts else 0


if __name__ == "__main__":
    sys.exit(main())
