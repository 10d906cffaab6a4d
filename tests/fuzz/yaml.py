"""YAML: maps of tables, pages of a case."""

from __future__ import annotations

from unburnt.model import strict_yaml, table_map_reading

SEEDS = [
    b"acts:\n  arrest: {en: Arrest, gap: false}\n  list: [a, 'b', \"c\"]\n",
    b"text: |\n  two\n  lines\nmore: >\n  folded\n",
]


def fuzz(data: bytes) -> None:
    """Read it, and as a map of a table."""
    text = data.decode("utf-8", "replace")
    strict_yaml.parse(text)
    table_map_reading.parse(text)
