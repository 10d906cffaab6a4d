"""What people write by hand or send as YAML: cases, schemas, whom to ask for the time."""

from __future__ import annotations

from contextlib import suppress

from tests.publish.pack_world import PAGE
from unburnt.core.errors import UnburntError
from unburnt.evidence import authorities
from unburnt.model import strict_yaml
from unburnt.model.schema_reading import read
from unburnt.workflow.record import load_case

_SCHEMA = """
vocabularies:
  colours:
    label: {en: Colours, ru: Цвета}
    reason: to tell them
    terms:
      red: {en: red, ru: красный}
      dark-red: {en: dark red, ru: тёмно-красный, broader: red}
schemas:
  Thing:
    label: {en: Thing, ru: Вещь}
    reason: to try
    properties:
      colour:
        label: {en: Colour, ru: Цвет}
        type: term
        vocabulary: colours
        reason: it is seen
"""
_TIME = """
quorum: "2"
proxy: socks5h://127.0.0.1:9050
calendars:
  - {name: alice, url: "https://alice.btc.calendar.opentimestamps.org"}
authorities:
  - {name: freetsa, url: "https://freetsa.org/tsr", roots: freetsa.pem}
"""
SEEDS = [PAGE.encode(), _SCHEMA.encode(), _TIME.encode()]


def fuzz(data: bytes) -> None:
    """Read it as each."""
    text = data.decode("utf-8", "replace")
    with suppress(UnburntError):
        load_case(text, bytes)
    with suppress(UnburntError):
        read({"page.yaml": text})
    with suppress(UnburntError):
        authorities.read(strict_yaml.parse(text), lambda name: data)
