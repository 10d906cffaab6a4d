"""Pages that open from a stick, anywhere, in any year: HTML without a program in it.

    page("Chronology", "en", [heading(2, "Arrest"), paragraph("…")], back="../index.html")

Whatever is foreign goes through `text`; nothing else makes markup. No script, no image, no address
is ever fetched, and a policy in the page forbids it to the browser. Addresses found in values stay
words: a click must not tell the other side who reads.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from html import escape
from typing import NewType
from urllib.parse import quote

from unburnt.core.text import printable

Html = NewType("Html", str)  # markup that was made here, never foreign words

STYLE = """
:root{color-scheme:light dark;--line:#8886;--soft:#8881;--for:#2a7;--against:#c63}
*{box-sizing:border-box}
body{font:1rem/1.5 system-ui,"Noto Sans","DejaVu Sans",sans-serif;max-width:68rem;margin:0 auto;
padding:1rem 1.25rem 4rem;overflow-wrap:break-word}
h1{font-size:1.7rem;line-height:1.25;margin:.6rem 0 1rem}
h2{font-size:1.25rem;line-height:1.3;margin:2.2rem 0 .5rem}
h3{font-size:1.05rem;margin:1.3rem 0 .3rem}
h4{font-size:1rem;margin:.9rem 0 .2rem}
nav{display:flex;flex-wrap:wrap;gap:.1rem 1rem;border-bottom:1px solid var(--line);padding:.3rem 0}
p,ul,ol,dl{margin:.4rem 0}
ul,ol{padding-inline-start:1.3rem}
ul.voices{list-style:none;padding-inline-start:.9rem;border-inline-start:3px solid var(--line)}
ul.voices.against{border-color:var(--against)}
.note{color:color-mix(in srgb,currentColor 72%,transparent);font-size:.93rem}
.mark{border:1px solid var(--against);border-radius:.3rem;padding:0 .35rem;font-size:.85rem;
white-space:nowrap}
.box{border:1px solid var(--line);border-radius:.4rem;padding:.5rem .9rem;margin:.6rem 0}
.sides{display:grid;grid-template-columns:repeat(auto-fit,minmax(17rem,1fr));gap:.7rem}
.sides>.box{margin:0}
table{border-collapse:collapse;width:100%;margin:.6rem 0;font-size:.93rem}
th,td{border-bottom:1px solid var(--line);padding:.35rem .5rem;text-align:start;vertical-align:top}
th{background:var(--soft)}
code,.hash{font-family:ui-monospace,"DejaVu Sans Mono",monospace;font-size:.84rem;
overflow-wrap:anywhere}
pre{background:var(--soft);padding:.6rem .8rem;white-space:pre-wrap;overflow-wrap:anywhere}
td .hash{display:inline-block;min-width:min(34rem,36vw)}td:first-child a{overflow-wrap:anywhere}
@media (max-width:44rem){table,tbody,tr,td{display:block;width:100%}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
tr{border-bottom:2px solid var(--line);padding:.4rem 0}td{border:0;padding:.1rem 0}
td .hash{min-width:0}
td[data-label]:not(:empty)::before{content:attr(data-label) ": ";font-weight:600}}
@page{margin:15mm}
@media print{:root{color-scheme:light}td .hash{min-width:0}
body{max-width:none;padding:0;font-size:10pt}
nav{display:none}a{color:inherit;text-decoration:none}h2,h3,h4{break-after:avoid}
.box,tr,li{break-inside:avoid}thead{display:table-header-group}table{font-size:8.5pt}
.sides{grid-template-columns:1fr 1fr}}
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'"
)


def text(words: object) -> Html:
    """Return foreign words as markup that shows exactly them, line breaks kept as blanks."""
    return Html(escape(printable(str(words).replace("\n", " ")), quote=True))


def lines(words: str) -> Html:
    """Return foreign words of several lines, with their line ends."""
    return Html("<br>".join(text(line) for line in words.split("\n")))


def preformatted(words: str) -> Html:
    """Return words of several lines for an element that keeps line ends."""
    return Html("\n".join(text(line) for line in words.split("\n")))


def join(parts: Iterable[Html]) -> Html:
    """Return pieces of markup as one."""
    return Html("".join(parts))


def tag(name: str, *inside: Html, **attributes: str) -> Html:
    """Return an element; attribute names ending in _ are Python's, - is written as _."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{text(value)}"' for key, value in attributes.items()
    )
    return Html(f"<{name}{written}>{''.join(inside)}</{name}>")


def heading(level: int, words: object, *more: Html, id_: str = "") -> Html:
    """Return a heading; `id_` is what links lead to."""
    attributes = {"id": id_} if id_ else {}
    return tag(f"h{level}", text(words), *more, **attributes)


def paragraph(words: object, class_: str = "") -> Html:
    """Return a paragraph of foreign words."""
    return tag("p", text(words), **({"class": class_} if class_ else {}))


def link(path: str, words: object) -> Html:
    """Return a link to a file of the pack, relative to the page, never to an address."""
    head, mark, place = path.partition("#")
    return tag("a", text(words), href=f"{quote(head)}{mark}{quote(place)}")


def items(parts: Iterable[Html], class_: str = "") -> Html:
    """Return a list; nothing when there is nothing in it."""
    inside = [tag("li", part) for part in parts]
    return tag("ul", *inside, **({"class": class_} if class_ else {})) if inside else Html("")


def table(headings: Sequence[str], rows: Iterable[Sequence[Html]]) -> Html:
    """Return a table that becomes a list of records where the window is narrow."""
    head = tag("thead", tag("tr", *(tag("th", text(name), scope="col") for name in headings)))
    body = [
        tag(
            "tr",
            *(tag("td", cell, data_label=name) for name, cell in zip(headings, row, strict=True)),
        )
        for row in rows
    ]
    return tag("table", head, tag("tbody", *body))


def digest(value: str) -> Html:
    """Return a hash, set so that it breaks where it must."""
    return tag("span", text(value), class_="hash")


def page(title: str, language: str, parts: Iterable[Html], nav: Iterable[Html] = ()) -> bytes:
    """Return a whole page as bytes."""
    along = [*nav]
    head = (
        '<!doctype html>\n<html lang="'
        + text(language)
        + '">\n<head>\n<meta charset="utf-8">\n'
        + f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        + '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        + '<meta name="referrer" content="no-referrer">\n'
        + f"<title>{text(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
    )
    body = join([*([tag("nav", *along)] if along else []), tag("main", heading(1, title), *parts)])
    return f"{head}{body}\n</body>\n</html>\n".encode()
