"""A chain of custody as a file, never written over another.

write_jsonld(session, chain, Path("custody.jsonld"))
"""

from __future__ import annotations

from pathlib import Path

from unburnt.core.errors import MediumError, UsageError
from unburnt.model.custody import Chain
from unburnt.model.custody_prov import to_jsonld
from unburnt.workflow.session import Session


def write_jsonld(session: Session, chain: Chain, path: Path) -> None:
    """Write the chain as PROV and CASE JSON-LD (docs/spec/custody.md) to a new file.

    Raises UsageError when something is there already, MediumError when it cannot be written.
    """
    data = to_jsonld(chain, session.archive)
    try:
        with path.open("xb") as file:
            file.write(data)
    except FileExistsError as error:
        raise UsageError("A file of that name is there already.", "Choose another.") from error
    except OSError as error:
        raise MediumError("A file cannot be written.", "Check the disk and its space.") from error
