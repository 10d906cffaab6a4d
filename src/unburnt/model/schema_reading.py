"""Read schema files: YAML texts in, checked parts out. Keys and rules: docs/spec/schema.md.

    read({"acts.yaml": "…"})  ->  ({"Act": Schema(…), …}, {"acts": Vocabulary(…), …})

Unknown keys, missing labels or reasons, dangling references and two terms of one code are refused
with ForeignDataError. It never opens a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Never

from unburnt.core.errors import ForeignDataError
from unburnt.model import strict_yaml
from unburnt.model.schema_parts import Labels, Property, Schema, Term, Vocabulary
from unburnt.model.values import KINDS

COMMON = "common"  # the vocabulary whose terms others may share
LANGUAGES = ("en", "ru")

_NAME = re.compile(r"[A-Z][A-Za-z0-9]{0,63}")
_PROPERTY = re.compile(r"[a-z][A-Za-z0-9]{0,63}")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,63}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_FIELD = re.compile(r"[0-9]{3,4}")
_LIST = re.compile(r"MT[1-9][0-9]?")
_LISTED_TERM = re.compile(r"(MT[1-9][0-9]?) ((?:[0-9]{2}){1,6})")
_SERIES = re.compile(r"[0-9]{1,2}xx|[0-9]{3}")
_FTM_PROPERTY = re.compile(r"[A-Z][A-Za-z]*\.[a-z][A-Za-z0-9]*")
_INVERTED_LIST = "MT41"  # its codes mean opposite things in different languages

_FILE_KEYS = frozenset({"schemas", "vocabularies"})
_SCHEMA_KEYS = frozenset(
    {"abstract", "extends", "ftm", "huridocs", "label", "properties", "reason"}
)
_PROPERTY_KEYS = frozenset(
    {"ftm", "huridocs", "label", "range", "reason", "schemes", "sensitive", "single", "type"}
) | {"vocabulary"}
_VOCABULARY_KEYS = frozenset({"common", "huridocs", "label", "reason", "terms"})
_TERM_KEYS = frozenset({"broader", "ftm", "gap", "huridocs", "reason", "retired", *LANGUAGES})


def read(texts: Mapping[str, str]) -> tuple[dict[str, Schema], dict[str, Vocabulary]]:
    """Return all schemas and vocabularies that the texts (file name -> YAML) describe together."""
    schemas: dict[str, dict[str, Any]] = {}
    vocabularies: dict[str, dict[str, Any]] = {}
    for name, text in texts.items():
        data = _object(strict_yaml.parse(text), _FILE_KEYS, name)
        for key, found in (("schemas", schemas), ("vocabularies", vocabularies)):
            for entry, keys in _object(data.get(key, {}), None, name).items():
                if entry in found:
                    _refuse(f"{entry} is described twice")
                found[entry] = keys
    read_vocabularies = _vocabularies(vocabularies)
    return _schemas(schemas, read_vocabularies), read_vocabularies


# --- vocabularies ---------------------------------------------------------------------------------


def _vocabularies(described: Mapping[str, Any]) -> dict[str, Vocabulary]:
    own = {name: _own_terms(name, keys) for name, keys in described.items()}
    owners: dict[str, str] = {}
    for name, terms in own.items():
        for code in terms:
            if owners.setdefault(code, name) != name or code in described:
                _refuse(f"the code {code} is used twice")
    shared = own.get(COMMON, {})
    found = {}
    for name, keys in described.items():
        terms = {**own[name], **{code: shared[code] for code in _shared(keys, shared, name)}}
        found[name] = Vocabulary(
            name,
            _labels(keys, name),
            _reason(keys, name),
            MappingProxyType(terms),
            _matching(keys, "huridocs", _LIST, name),
        )
        _check_vocabulary(found[name], own[name])
    return found


def _shared(keys: dict[str, Any], shared: Mapping[str, Term], where: str) -> Iterator[str]:
    for code in _words(keys, "common", where):
        if code not in shared:
            _refuse(f"{where} shares {code}, which is no common term")
        yield code


def _own_terms(name: str, described: Any) -> dict[str, Term]:
    keys = _object(described, _VOCABULARY_KEYS, name)
    terms = {}
    for code, about in _object(keys.get("terms"), None, name).items():
        if not _CODE.fullmatch(code) or code.startswith("x-"):
            _refuse(f"{name}: a code is not a word of letters, digits and hyphens")
        terms[code] = _term(code, _object(about, _TERM_KEYS, code))
    return terms


def _term(code: str, about: dict[str, Any]) -> Term:
    huridocs = _text(about, "huridocs", code)
    if huridocs is not None and not _LISTED_TERM.fullmatch(huridocs):
        _refuse(f"{code}: a HURIDOCS reference looks like MT4 030101")
    if huridocs is not None and huridocs.startswith(_INVERTED_LIST):
        _refuse(f"{code}: list 41 means opposite things in different languages; use names")
    gap = _flag(about, "gap", code)
    reason = _reason(about, code) if gap or "reason" in about else None
    return Term(
        code,
        _both_languages({language: about.get(language) for language in LANGUAGES}, code),
        _text(about, "broader", code),
        huridocs,
        _text(about, "ftm", code),
        gap,
        reason,
        _flag(about, "retired", code),
    )


def _check_vocabulary(vocabulary: Vocabulary, own: Mapping[str, Term]) -> None:
    """Refuse dangling `broader`, doubled references, and terms that neither refer nor own a gap."""
    references: set[str] = set()
    for term in own.values():
        _check_broader(vocabulary.name, own, term)
        if vocabulary.huridocs is None:
            continue
        if (term.huridocs is None) != term.gap:
            _refuse(f"{term.code} needs either a HURIDOCS reference or gap: true with a reason")
        if term.huridocs is not None:
            if term.huridocs.partition(" ")[0] != vocabulary.huridocs:
                _refuse(f"{term.code} refers to another list than {vocabulary.huridocs}")
            if term.huridocs in references:
                _refuse(f"{term.huridocs} is referred to twice")
            references.add(term.huridocs)


def _check_broader(where: str, own: Mapping[str, Term], term: Term) -> None:
    passed = {term.code}
    while term.broader is not None:
        if term.broader not in own or term.broader in passed:
            _refuse(f"{where}: {term.broader} is no broader term of {term.code}")
        term = own[term.broader]
        passed.add(term.code)


# --- schemas --------------------------------------------------------------------------------------


def _schemas(
    described: Mapping[str, Any], vocabularies: Mapping[str, Vocabulary]
) -> dict[str, Schema]:
    found: dict[str, Schema] = {}
    for name in described:
        _build(name, described, found, ())
    for schema in found.values():
        for property_ in schema.properties.values():
            _check_property(f"{schema.name}.{property_.name}", property_, found, vocabularies)
    return found


def _build(
    name: str, described: Mapping[str, Any], found: dict[str, Schema], below: tuple[str, ...]
) -> Schema:
    """Build a schema after its parents; `below` are the children that wait for it."""
    if name in found:
        return found[name]
    if name not in described or name in below:
        _refuse(f"{below[-1] if below else name} extends {name}, which is missing or its own child")
    if not _NAME.fullmatch(name):
        _refuse("a schema's name is not one word in CamelCase")
    keys = _object(described[name], _SCHEMA_KEYS, name)
    parents = [
        _build(parent, described, found, (*below, name)) for parent in _words(keys, "extends", name)
    ]
    properties = _inherited(name, parents)
    for word, about in _object(keys.get("properties", {}), None, name).items():
        if not _PROPERTY.fullmatch(word):
            _refuse(f"{name}: a property's name is not one word in camelCase")
        where = f"{name}.{word}"
        own = _object(about, _PROPERTY_KEYS, where)
        properties[word] = _property(word, own, properties.get(word), where)
    ancestors = (name, *(ancestor for parent in parents for ancestor in parent.ancestors))
    found[name] = Schema(
        name,
        _labels(keys, name),
        _reason(keys, name),
        MappingProxyType(properties),
        tuple(dict.fromkeys(ancestors)),
        _flag(keys, "abstract", name),
        _text(keys, "ftm", name),
        _matching(keys, "huridocs", _SERIES, name),
    )
    return found[name]


def _inherited(name: str, parents: list[Schema]) -> dict[str, Property]:
    properties: dict[str, Property] = {}
    for parent in reversed(parents):  # the first parent wins
        for word, property_ in parent.properties.items():
            other = properties.get(word)
            if other is not None and other.kinds != property_.kinds:
                _refuse(f"{name}: its parents disagree about {word}")
            properties[word] = property_
    return properties


def _property(word: str, own: dict[str, Any], parent: Property | None, where: str) -> Property:
    """Return a property; what a child leaves out is its parent's."""
    kinds = tuple(_words(own, "type", where))
    if parent is not None and kinds and not set(kinds) <= set(parent.kinds):
        _refuse(f"{where} takes kinds that its parent does not")
    if parent is None:
        if not kinds:
            _refuse(f"{where} has no type")
        parent = Property(word, _labels(own, where), kinds, _reason(own, where))
    kinds = kinds or parent.kinds
    return Property(
        word,
        _labels(own, where) if "label" in own else parent.labels,
        kinds,
        _reason(own, where) if "reason" in own else parent.reason,
        _text(own, "vocabulary", where) or (parent.vocabulary if "term" in kinds else None),
        tuple(_words(own, "range", where)) or (parent.range if "entity" in kinds else ()),
        tuple(_words(own, "schemes", where)) or (parent.schemes if "identifier" in kinds else ()),
        _flag(own, "single", where) or parent.single,
        _flag(own, "sensitive", where) or parent.sensitive,
        _matching(own, "huridocs", _FIELD, where) or parent.huridocs,
        _matching(own, "ftm", _FTM_PROPERTY, where) or parent.ftm,
    )


def _check_property(
    where: str,
    property_: Property,
    schemas: Mapping[str, Schema],
    vocabularies: Mapping[str, Vocabulary],
) -> None:
    kinds = property_.kinds
    if not set(kinds) <= set(KINDS) or len(set(kinds)) != len(kinds):
        _refuse(f"{where} needs a type of {', '.join(KINDS)}")
    if ("term" in kinds) != (property_.vocabulary is not None):
        _refuse(f"{where}: a vocabulary belongs to the kind term, and the kind term needs one")
    if property_.vocabulary is not None and property_.vocabulary not in vocabularies:
        _refuse(f"{where} uses a vocabulary that is missing")
    if ("entity" in kinds) != bool(property_.range):
        _refuse(f"{where}: a range belongs to the kind entity, and the kind entity needs one")
    if not set(property_.range) <= schemas.keys():
        _refuse(f"{where} points to a schema that is missing")
    if property_.schemes and "identifier" not in kinds:
        _refuse(f"{where}: schemes belong to the kind identifier")


# --- keys -----------------------------------------------------------------------------------------


def _object(data: Any, allowed: frozenset[str] | None, where: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        _refuse(f"{where} is not a list of keys")
    if allowed is not None and not data.keys() <= allowed:
        _refuse(f"{where} has a key that is not one of {', '.join(sorted(allowed))}")
    return data


def _labels(keys: dict[str, Any], where: str) -> Labels:
    return _both_languages(_object(keys.get("label"), None, where), where)


def _both_languages(labels: Mapping[str, Any], where: str) -> Labels:
    for language in (*LANGUAGES, *labels):
        if not _LANGUAGE.fullmatch(language):  # mostly a comma in a label without quotes
            _refuse(f"{where} has a label in something that is not a language")
        words = labels.get(language)
        if not isinstance(words, str) or not words.strip():
            _refuse(f"{where} has no label in {language}")
    return MappingProxyType(dict(labels))


def _reason(keys: dict[str, Any], where: str) -> str:
    reason = _text(keys, "reason", where)
    if reason is None or not reason.strip():
        _refuse(f"{where} has no reason")
    return reason


def _text(keys: dict[str, Any], key: str, where: str) -> str | None:
    found = keys.get(key)
    if found is not None and not isinstance(found, str):
        _refuse(f"{where}: {key} is not text")
    return found


def _matching(keys: dict[str, Any], key: str, shape: re.Pattern[str], where: str) -> str | None:
    found = _text(keys, key, where)
    if found is not None and not shape.fullmatch(found):
        _refuse(f"{where}: {key} does not have the shape of a reference")
    return found


def _words(keys: dict[str, Any], key: str, where: str) -> list[str]:
    found = keys.get(key, [])
    found = [found] if isinstance(found, str) else found
    if not isinstance(found, list) or not all(isinstance(word, str) for word in found):
        _refuse(f"{where}: {key} is not a list of words")
    return found


def _flag(keys: dict[str, Any], key: str, where: str) -> bool:
    found = keys.get(key, False)
    if not isinstance(found, bool):
        _refuse(f"{where}: {key} is true or false")
    return found


def _refuse(why: str) -> Never:
    raise ForeignDataError(
        f"A schema file breaks the rules: {why}.", "See docs/spec/schema.md and correct the file."
    )
