"""The schema: what statements can be about, asked by those who write, read and show them.

    schema = builtin()
    schema.check_value("Person", "birthDate", {"date": "1957"})      # or UsageError: what is legal
    schema.label("Person.birthDate", "ru")                           # "Дата рождения"
    schema.is_known("Person", "favouriteColour")                     # False: shown, never dropped

Format and rules: docs/spec/schema.md. It is strict about what is written and never about what is
read, and it cannot say whether an entity that is pointed to has the right schema: for that, see
`fits`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, Never

from unburnt.core.errors import UsageError
from unburnt.model import values
from unburnt.model.schema_parts import Labels, Property, Schema, Term, Vocabulary
from unburnt.model.schema_reading import read

__all__ = ["Property", "Schema", "SchemaSet", "Term", "Vocabulary", "builtin", "load"]

LOCAL = "x-"  # whatever begins with it is nobody's business but the archive's own
_LOCAL_WORD = re.compile(r"x-[A-Za-z0-9][A-Za-z0-9-]{0,61}")
_LISTED = re.compile(r"(?:[0-9]{2})+")


@dataclass(frozen=True, slots=True)
class SchemaSet:
    """All schemas and vocabularies of one version; made by `load`."""

    schemas: Mapping[str, Schema]
    vocabularies: Mapping[str, Vocabulary]
    terms: Mapping[str, Term]
    _listed: Mapping[str, Term]

    def is_known(self, schema: str, property: str | None = None) -> bool:
        """Say whether this version knows a schema, or a property of it."""
        found = self.schemas.get(schema)
        return found is not None and (property is None or property in found.properties)

    def property(self, schema: str, property: str) -> Property | None:
        """Return the property of a schema, or None when this version does not know it."""
        found = self.schemas.get(schema)
        return found.properties.get(property) if found is not None else None

    def is_a(self, schema: str, ancestor: str) -> bool:
        """Say whether `schema` is `ancestor` or descends from it."""
        found = self.schemas.get(schema)
        return found is not None and ancestor in found.ancestors

    def is_single(self, schema: str, property: str) -> bool:
        """Say whether only one value of this property can be true."""
        found = self.property(schema, property)
        return found is not None and found.single

    def fits(self, schema: str, property: str, target: str) -> bool:
        """Say whether an entity of schema `target` may be the value of this property.

        True wherever this version does not know one of the three.
        """
        found = self.property(schema, property)
        if found is None or target not in self.schemas:
            return True
        return any(self.is_a(target, allowed) for allowed in found.range)

    def check_value(self, schema: str, property: str, value: Mapping[str, Any]) -> None:
        """Raise UsageError, with the legal next step, unless this may be written as a statement."""
        kind = values.check(value)
        found = self.schemas.get(schema)
        if found is None or found.abstract:
            if _LOCAL_WORD.fullmatch(schema):
                return
            _refuse_unknown("kind of entity", schema, self._concrete())
        wanted = found.properties.get(property)
        if wanted is None:
            if _LOCAL_WORD.fullmatch(property):
                return
            _refuse_unknown(f"property of {schema}", property, found.properties)
        if kind not in wanted.kinds:
            raise UsageError(
                f"{schema}.{property} does not take a value of kind {kind}.",
                f"Give a value of kind {' or '.join(wanted.kinds)}.",
            )
        if kind == "term" or (kind == "identifier" and wanted.schemes):
            self._check_word(wanted, kind, value)

    def label(self, code: str, language: str) -> str:
        """Return the words for a term, schema, vocabulary or `Schema.property` in a language.

        English where the language has none; the code itself where this version does not know it.
        """
        labels = self._labels(code)
        return code if labels is None else labels.get(language) or labels["en"]

    def broader(self, code: str) -> tuple[str, ...]:
        """Return the headings above a term, nearest first; none for a code that is not known."""
        above = []
        term = self.terms.get(code)
        while term is not None and term.broader is not None:
            above.append(term.broader)
            term = self.terms.get(term.broader)
        return tuple(above)

    def term_for_huridocs(self, thesaurus: str, code: str) -> Term | None:
        """Return our term for a code such as ("MT4", "030102010000"), or for its nearest heading.

        None where we have neither, and always for MT41, whose codes must not be trusted.
        """
        code = code.strip()
        while code:
            found = self._listed.get(f"{thesaurus} {code}")
            if found is not None:
                return found
            code = code[:-2] if _LISTED.fullmatch(code) else ""
        return None

    def _concrete(self) -> list[str]:
        return [name for name, schema in self.schemas.items() if not schema.abstract]

    def _check_word(self, wanted: Property, kind: str, value: Mapping[str, Any]) -> None:
        if kind == "term":
            code, allowed = value["term"], self.vocabularies[wanted.vocabulary or ""].terms
            term = allowed.get(code)
            if (term is not None and not term.retired) or code.startswith(LOCAL):
                return
            offered = [word for word, other in allowed.items() if not other.retired]
            if term is not None:
                raise UsageError(
                    "This term is no longer offered.", f"Choose one of {_some(offered, code)}."
                )
            _refuse_unknown(f"term of {wanted.vocabulary}", code, offered)
        elif value["scheme"] not in wanted.schemes and not value["scheme"].startswith(LOCAL):
            _refuse_unknown(f"scheme for {wanted.name}", value["scheme"], wanted.schemes)

    def _labels(self, code: str) -> Labels | None:
        for found in (self.terms, self.schemas, self.vocabularies):
            part = found.get(code)
            if part is not None:
                return part.labels
        schema, _, name = code.partition(".")
        property_ = self.property(schema, name)
        return property_.labels if property_ is not None else None


def load(texts: Mapping[str, str]) -> SchemaSet:
    """Return what the YAML texts (file name -> text) describe together.

    Raises ForeignDataError for a text that breaks the rules of docs/spec/schema.md.
    """
    schemas, vocabularies = read(texts)
    terms = {code: term for v in vocabularies.values() for code, term in v.terms.items()}
    return SchemaSet(
        MappingProxyType(schemas),
        MappingProxyType(vocabularies),
        MappingProxyType(terms),
        MappingProxyType(_by_huridocs(vocabularies.values())),
    )


@cache
def builtin() -> SchemaSet:
    """Return the schema that this version ships."""
    folder = resources.files("unburnt.model") / "schema"
    texts = {}
    for place in (folder, folder / "vocabularies"):
        for file in place.iterdir():
            if file.name.endswith(".yaml"):
                texts[f"{place.name}/{file.name}"] = file.read_text(encoding="utf-8")
    return load(dict(sorted(texts.items())))


def _by_huridocs(vocabularies: Iterable[Vocabulary]) -> dict[str, Term]:
    """Map "MT4 030101" to our term; 90, 98 and 99 mean the same in all of their lists."""
    shared = {"other": "90", "not-applicable": "98", "unknown": "99"}
    found = {}
    for vocabulary in vocabularies:
        if vocabulary.huridocs is None:
            continue
        for code, term in vocabulary.terms.items():
            if term.huridocs is not None:
                found[term.huridocs] = term
            elif code in shared:
                found[f"{vocabulary.huridocs} {shared[code]}"] = term
    return found


def _some(words: Iterable[str], near: str) -> str:
    """Return a few of our own words to choose from, those like `near` first."""
    every = list(words)
    chosen = get_close_matches(near[:64], every, n=3, cutoff=0.5) or every[:8]
    return ", ".join(chosen) + (", ..." if len(chosen) < len(every) else "")


def _refuse_unknown(what: str, word: str, known: Iterable[str]) -> Never:
    # The word itself is not repeated: it may be a name that was typed into the wrong field.
    raise UsageError(
        f"This is not a {what}.",
        f"Use {_some(known, word)}; or begin it with {LOCAL} to keep it as your own.",
    )
