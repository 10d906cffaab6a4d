"""The pages around a case: the contents with every file and hash, what is withheld, how to verify.

    index(front, files)              # bytes of index.html
    read_index(data)                 # {"data/photo.jpg": ("3bbc…", 26)}, strictly
    how_to_verify(front, "ru")       # in both languages, in every pack

The contents are written so that a checker can read them back: nothing on the page can say one thing
to a person and another to a program.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from urllib.parse import quote

from unburnt.core.errors import ForeignDataError
from unburnt.publish import pages
from unburnt.publish.case import at_most
from unburnt.publish.case_pages import Told
from unburnt.publish.how_words import HOW
from unburnt.publish.pack_words import speaker
from unburnt.publish.pages import Html, text

INDEX = "index.html"
_NOT_PROVEN = ("true", "complete", "when", "who", "sent", "admissible")
_ROW = re.compile(
    r'<tr><td data-label="[^"]*"><a href="([^"]*)">([^<]*)</a></td>'
    r'<td data-label="[^"]*">([0-9]+)</td>'
    r'<td data-label="[^"]*"><span class="hash">([0-9a-f]{64})</span></td></tr>'
)


@dataclass(frozen=True, slots=True)
class Front:
    """What the first page says of a pack; `missing` are phrases of `pack_words` (without-…)."""

    title: str
    archive: str
    device: str
    recipient: str  # the other half of the device's id
    made: str
    language: str
    missing: tuple[str, ...] = ()


def index(front: Front, told: Told, files: Mapping[str, tuple[str, int]]) -> bytes:
    """Return the first page; `files` maps each path of the pack to its SHA-256 and size."""
    say = told.say
    read = [
        pages.join(
            [
                pages.tag("strong", pages.link(f"data/{name}.html", say(name))),
                Html(" — "),
                text(say(f"about-{name}")),
            ]
        )
        for name in told.pages
    ]
    withheld = pages.tag("strong", pages.link("redactions.html", say("redactions")))
    read.append(pages.join([withheld, Html(" — "), text(say("about-redactions"))]))
    read.append(pages.link("data/statements.csv", say("table")))
    tools = [pages.link(f"HOW-TO-VERIFY.{code}.html", say(f"how-{code}")) for code in ("en", "ru")]
    if "verify.html" in files:
        tools.append(pages.link("verify.html", say("verifier")))
    missing = [text(say(phrase)) for phrase in front.missing]
    counts = {"statements": len(told.case.records), "originals": len(told.exhibits)}
    rows = [
        (pages.link(path, path), text(size), pages.digest(digest))
        for path, (digest, size) in sorted(files.items())
    ]
    parts = [
        pages.paragraph(say("court-pack"), "note"),
        pages.paragraph(say("packed", made=front.made, device=front.device, archive=front.archive)),
        pages.paragraph(say("counts", **counts)),
        pages.items(read),
        pages.heading(2, say("how")),
        pages.items(tools),
        pages.heading(2, say("not-included")),
        pages.items(missing) or pages.paragraph(say("all-included")),
        pages.heading(2, say("not-proven")),
        pages.items(text(say(f"not-{name}")) for name in _NOT_PROVEN),
        pages.heading(2, say("files")),
        pages.paragraph(say("files-note"), "note"),
        pages.table([say("file"), say("bytes"), say("sha256")], rows),
    ]
    return pages.page(front.title, front.language, parts)


def read_index(data: bytes) -> dict[str, tuple[str, int]]:
    """Return path → (SHA-256, size) of every file the contents name; ForeignDataError else."""
    try:
        written = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _malformed() from error
    _, _, body = written.rpartition("<tbody>")
    body, mark, _ = body.partition("</tbody>")
    found: dict[str, tuple[str, int]] = {}
    end = 0
    for row in _ROW.finditer(body):
        path = unescape(row[2])
        if row.start() != end or path in found or unescape(row[1]) != quote(path):
            raise _malformed()
        if len(row[3]) > 19:
            raise _malformed()
        found[path] = (row[4], int(row[3]))
        end = row.end()
    if not mark or end != len(body):
        raise _malformed()
    return found


def redactions(front: Front, told: Told, fields: tuple[str, ...]) -> bytes:
    """Return the page of what is withheld: reasons, kinds and numbers."""
    say = told.say
    names = ("reason", "kind", "count", "count-against")
    rows = [
        (
            text(say(f"reason-{reason}")),
            text(told.schemas.label(kind, front.language)),
            text(one.count),
            text(one.against),
        )
        for (reason, kind), one in sorted(told.case.withheld.items())
    ]
    shown = (
        pages.table([say(name) for name in names], rows)
        if rows
        else pages.paragraph(say("no-redactions"))
    )
    behind = told.case.behind
    parts = [
        shown,
        pages.paragraph(
            say("behind-sources", count=at_most(behind.count), against=at_most(behind.against))
            if behind.count
            else say("nothing-behind-sources")
        ),
        pages.paragraph(say("fields-withheld", fields=", ".join(fields) or "—")),
        pages.paragraph(say("names-shown" if told.case.names else "names-withheld")),
        pages.paragraph(say("unread"), "note"),
    ]
    back = [pages.link(INDEX, say("index"))]
    return pages.page(say("redactions"), front.language, parts, back)


def how_to_verify(front: Front, language: str) -> bytes:
    """Return the page that says how to check a pack, in a language."""
    say = speaker(language)
    parts: list[Html] = []
    for kind, words in HOW[language]:
        said = words.replace("ARCHIVE", front.archive).replace("DEVICE", front.device)
        if kind == "pre":
            parts.append(pages.tag("pre", pages.tag("code", pages.preformatted(said))))
        elif kind == "h2":
            parts.append(pages.heading(2, said))
        else:
            parts.append(pages.paragraph(said))
    return pages.page(say("how"), language, parts, [pages.link(INDEX, say("index"))])


def _malformed() -> ForeignDataError:
    return ForeignDataError(
        "The contents of the pack are malformed.", "Ask whoever gave it to you for a whole copy."
    )
