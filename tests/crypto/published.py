"""Other people's test vectors, as they lie in the shared data."""

from __future__ import annotations

import gzip
import json
from typing import Any

from tests.shared_data import shared


def wycheproof(name: str) -> list[dict[str, Any]]:
    """Return the test groups of one Wycheproof file, such as "ed25519"."""
    with gzip.open(shared(f"vectors/wycheproof/{name}_test.json.gz")) as file:
        groups: list[dict[str, Any]] = json.load(file)["testGroups"]
    return groups
