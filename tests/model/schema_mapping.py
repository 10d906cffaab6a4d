"""The page docs/spec/schema-mapping.md, made from the schema files.

python -m tests.model.schema_mapping > docs/spec/schema-mapping.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from unburnt.model.schema import Property, Schema, SchemaSet, Vocabulary, builtin

HEAD = """# Schemas, properties and words

Made from the schema files; the rules are in [schema](schema.md). To make it anew:
`python -m tests.model.schema_mapping > docs/spec/schema-mapping.md`. The columns HURIDOCS and FtM
(FollowTheMoney) hold the code and the name of the same thing there; the labels are our own.
"""


def render(schema: SchemaSet) -> str:
    """Return the whole page."""
    lines = [HEAD, "## Schemas", ""]
    for kind in schema.schemas.values():
        lines += [*_schema(kind, schema), ""]
    lines += ["## Vocabularies", ""]
    for vocabulary in schema.vocabularies.values():
        lines += [*_vocabulary(vocabulary), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _schema(kind: Schema, schema: SchemaSet) -> Iterator[str]:
    yield f"### {kind.name}"
    yield ""
    about = [f"{kind.labels['en']} · {kind.labels['ru']}. {kind.reason}"]
    if kind.abstract:
        about.append("Abstract.")
    if len(kind.ancestors) > 1:
        about.append(f"With all of {', '.join(kind.ancestors[1:])}.")
    references = [
        f"{name} {code}" for name, code in (("HURIDOCS", kind.huridocs), ("FtM", kind.ftm)) if code
    ]
    if references:
        about.append(f"{'; '.join(references)}.")
    yield " ".join(about)
    own = [found for found in kind.properties.values() if _is_own(found, kind, schema)]
    if own:
        yield ""
        yield "| property | English | Russian | value | HURIDOCS | FtM |"
        yield "|---|---|---|---|---|---|"
        for found in own:
            yield _row(
                found.name,
                found.labels["en"],
                found.labels["ru"],
                _value(found),
                found.huridocs,
                found.ftm,
            )


def _is_own(found: Property, kind: Schema, schema: SchemaSet) -> bool:
    """Whether the property is described or restated here, not merely inherited."""
    return all(
        found is not schema.property(ancestor, found.name) for ancestor in kind.ancestors[1:]
    )


def _value(found: Property) -> str:
    details = {
        "term": found.vocabulary or "",
        "entity": ", ".join(found.range),
        "identifier": ", ".join(found.schemes),
    }
    kinds = [f"{kind}: {details[kind]}" if details.get(kind) else kind for kind in found.kinds]
    marks = [name for name in ("single", "sensitive") if getattr(found, name)]
    return " or ".join(kinds) + "".join(f"; {mark}" for mark in marks)


def _vocabulary(vocabulary: Vocabulary) -> Iterator[str]:
    yield f"### {vocabulary.name}"
    yield ""
    list_name = f" HURIDOCS {vocabulary.huridocs}." if vocabulary.huridocs else ""
    yield f"{vocabulary.labels['en']} · {vocabulary.labels['ru']}. {vocabulary.reason}{list_name}"
    yield ""
    yield "| code | English | Russian | elsewhere |"
    yield "|---|---|---|---|"
    for term in vocabulary.terms.values():
        elsewhere = term.huridocs or term.ftm or (f"gap: {term.reason}" if term.gap else None)
        yield _row(term.code, term.labels["en"], term.labels["ru"], elsewhere)


def _row(*cells: str | None) -> str:
    return "| " + " | ".join(_escaped(cells)) + " |"


def _escaped(cells: Iterable[str | None]) -> Iterator[str]:
    return ((cell or "").replace("|", "\\|") for cell in cells)


if __name__ == "__main__":
    sys.stdout.write(render(builtin()))
