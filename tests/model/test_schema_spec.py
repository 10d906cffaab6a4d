"""The pages of the schema say what the schema files say."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.model.schema_mapping import render
from tests.repository import ROOT
from unburnt.model import values
from unburnt.model.schema import builtin

SPEC = (ROOT / "docs" / "spec" / "schema.md").read_text(encoding="utf-8")
MAPPING = (ROOT / "docs" / "spec" / "schema-mapping.md").read_text(encoding="utf-8")


def test_the_mapping_page_is_the_one_made_from_the_files() -> None:
    assert render(builtin()) == MAPPING, "run: python -m tests.model.schema_mapping"


def test_every_schema_stands_in_the_table_of_the_specification() -> None:
    table = SPEC.partition("## Ours, HURIDOCS, FollowTheMoney")[2].partition("### Traps")[0]
    first = [line.split("|")[1] for line in table.splitlines() if line.startswith("| ")]
    named = {name.strip() for cell in first for name in cell.split(",")} - {"ours"}
    concrete = {name for name, schema in builtin().schemas.items() if not schema.abstract}
    assert named == concrete


def test_the_table_names_the_schema_an_entity_is_exported_as() -> None:
    rows = re.findall(r"^\| ([A-Z][^|]*) \|[^|]*\| ([^|]*) \|", SPEC, re.MULTILINE)
    exported = {
        name.strip(): name.strip() if target == "the same" else target.strip()
        for names, target in rows
        for name in names.split(",")
    }
    for name, schema in builtin().schemas.items():
        if not schema.abstract:
            assert (schema.ftm or "–") == exported[name], name


def test_every_kind_of_value_stands_in_the_table() -> None:
    table = SPEC.partition("## Values")[2].partition("\n## ")[0]
    assert re.findall(r"^\| ([a-z]+) \| `", table, re.MULTILINE) == list(values.KINDS)


def test_the_complete_example_may_be_written() -> None:
    example = SPEC.partition("```json\n")[2].partition("```")[0]
    lines: list[tuple[str, str, dict[str, Any]]] = [
        json.loads(line) for line in example.splitlines()
    ]
    assert len(lines) > 10
    for schema, name, value in lines:
        builtin().check_value(schema, name, value)


def test_the_key_table_knows_every_key() -> None:
    table = SPEC.partition("## Keys of a schema file")[2].partition("\n## ")[0]
    named = set(re.findall(r"^\| `([a-z]+)`", table, re.MULTILINE)) | {"common"}
    assert named == {
        *("label", "reason", "abstract", "extends", "ftm", "huridocs", "type", "vocabulary"),
        *("range", "schemes", "single", "sensitive", "terms", "common", "broader", "gap"),
        "retired",
    }
