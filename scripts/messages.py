"""Write what follows from the words in the code: the catalogues to translate, and docs/cli.md.

    make messages    then translate what is empty or fuzzy in unburnt.po, and run it again

New texts arrive empty; texts that changed are marked fuzzy and not used until somebody has read
them. English is the original and has no catalogue.
"""

from __future__ import annotations

import io
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from unburnt.cli.main import unburnt
from unburnt.cli.manual import document

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "unburnt"
ROOMS = ("cli", "security")
LANGUAGES = ("ru",)
PAGE = ROOT / "docs" / "cli.md"
KEYWORDS = {"_": None, "N_": None}


def template() -> Catalog:
    """Return every text that is marked for translation, with where it stands."""
    catalog = Catalog(project="unburnt", charset="utf-8")
    for room in ROOMS:
        for name, _line, text, comments, context in extract_from_dir(
            SOURCE / room, [("**.py", "python")], keywords=KEYWORDS, directory_filter=_kept
        ):
            # Line numbers would change with every line of code above them.
            catalog.add(
                text, None, [(f"{room}/{name}", 0)], auto_comments=comments, context=context
            )
    return catalog


def merged(language: str, texts: Catalog) -> Catalog:
    """Return the catalogue of a language, brought up to date with the texts."""
    path = catalogue(language)
    if path.exists():
        with path.open("rb") as file:
            known = read_po(file, locale=language)
    else:
        known = Catalog(locale=language, project="unburnt", charset="utf-8")
    known.update(texts, update_creation_date=False)
    known.header_comment = "# What unburnt says, in another language. Written by: make messages"
    known.project, known.version, known.fuzzy = "unburnt", "1", False
    known.msgid_bugs_address = known.last_translator = known.language_team = ""
    return known


def spelled(known: Catalog) -> bytes:
    """Return a catalogue as the bytes of its .po file."""
    out = io.BytesIO()
    write_po(out, known, width=100, omit_header=False, include_lineno=False, ignore_obsolete=True)
    return out.getvalue()


def compiled(known: Catalog) -> bytes:
    """Return a catalogue as the bytes of its .mo file; fuzzy texts are left out."""
    out = io.BytesIO()
    write_mo(out, known)
    return out.getvalue()


def catalogue(language: str) -> Path:
    """Return where the texts of a language are."""
    return SOURCE / "locale" / language / "LC_MESSAGES" / "unburnt.po"


def main() -> None:
    """Write everything."""
    texts = template()
    for language in LANGUAGES:
        known, path = merged(language, texts), catalogue(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(spelled(known))
        path.with_suffix(".mo").write_bytes(compiled(known))
    PAGE.write_text(document(unburnt), encoding="utf-8")


def _kept(folder: str) -> bool:
    return not folder.endswith("__pycache__")


if __name__ == "__main__":
    main()
