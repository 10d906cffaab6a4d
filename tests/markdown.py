"""What a documentation page links to, and the anchors it offers.

    links("see [the log](spec/log.md#leaf)")  -> [(1, "spec/log.md#leaf")]
    anchors("## The leaf\n")                  -> {"the-leaf"}

Reads as much of Markdown as these pages use; code, fenced or inline, links to nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

INLINE_LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
REFERENCE = re.compile(r"^\s{0,3}\[[^\]^]+\]:\s*<?([^\s>]+)")
INLINE_CODE = re.compile(r"(`+).+?\1")
FENCE = re.compile(r"^\s*(```+|~~~+)")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$")


def links(page: str) -> list[tuple[int, str]]:
    """Return line number and target of every link, in the order of the page."""
    found = []
    for number, line in _prose(page):
        bare = INLINE_CODE.sub("", line)
        targets = INLINE_LINK.findall(bare) + REFERENCE.findall(bare)
        found += [(number, target) for target in targets]
    return found


def anchors(page: str) -> set[str]:
    """Return the names of all headings as forges spell them; a repeated one gets -1, -2, ..."""
    seen: Counter[str] = Counter()
    names = set()
    for _, line in _prose(page):
        if heading := HEADING.match(line):
            slug = re.sub(r"[^\w\- ]", "", heading[1].lower()).replace(" ", "-")
            names.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
            seen[slug] += 1
    return names


def _prose(page: str) -> Iterator[tuple[int, str]]:
    """Yield the numbered lines outside fenced code."""
    fence = ""
    for number, line in enumerate(page.splitlines(), start=1):
        mark = FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence):
            fence = ""
        elif not fence:
            yield number, line
