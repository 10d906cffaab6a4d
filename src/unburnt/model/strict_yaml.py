"""A small, strict part of YAML: nested keys, lists, words, and nothing that surprises.

    parse("acts:\n  arrest: {en: Arrest, gap: false}\n")
    -> {"acts": {"arrest": {"en": "Arrest", "gap": False}}}

Doubled keys, anchors, deep nesting and large files are refused. Only an unquoted `true` or `false`
is more than text: the label "No", the number 030101 and the date 2018-01-22 stay as written.
Hostile text raises ForeignDataError and nothing else.
"""

from __future__ import annotations

import re
from typing import Any, Never

import yaml

from unburnt.core.errors import ForeignDataError

MAX_BYTES = 1 << 20
MAX_DEPTH = 50  # levels of brackets, columns of indentation; libyaml's composer overruns its stack

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is ten times faster


def parse(text: str) -> Any:
    """Return the dicts, lists, strings and booleans that a YAML text writes."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        _refuse(f"it is larger than {MAX_BYTES} bytes")
    _check_depth(text)
    try:
        node = yaml.compose(text, Loader=_LOADER)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ForeignDataError(
            "A file is not readable YAML.", "Correct the file or take the original."
        ) from error
    return _plain(node, set())


def _check_depth(text: str) -> None:
    depth = 0
    for mark in re.finditer(r"[\[{\]}]", text):
        depth = depth + 1 if mark[0] in "[{" else max(depth - 1, 0)
        if depth > MAX_DEPTH:
            _refuse("its brackets are nested too deeply")
    if re.search(rf"(?m)^[ \t?:-]{{{MAX_DEPTH + 1}}}", text):
        _refuse("its lines are indented too deeply")


def _plain(node: Any, seen: set[int]) -> Any:
    if id(node) in seen:
        _refuse("anchors and aliases are not allowed")
    seen.add(id(node))
    if isinstance(node, yaml.ScalarNode):
        is_boolean = not node.style and node.value in ("true", "false")
        return node.value == "true" if is_boolean else str(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, seen) for item in node.value]
    if not isinstance(node, yaml.MappingNode):
        _refuse("it is empty")
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = _plain(key_node, seen)
        if not isinstance(key, str):
            _refuse("a key is not a word")
        if key in found:
            _refuse("a key stands twice")
        found[key] = _plain(value_node, seen)
    return found


def _refuse(why: str) -> Never:
    raise ForeignDataError(
        f"A YAML file cannot be used: {why}.", "Correct the file or take the original."
    )
