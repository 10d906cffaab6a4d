"""Settings of one device, sealed to the device itself: where its sites are, when it last saw them.

    settings = read(root, keys.settings)       # {} when there are none
    write(root, keys.settings, settings)

Where copies lie is as sensitive as what they hold, so it is in no roster and on no site. Settings
are not part of the archive: losing them loses no record. They are sealed to an identity whose
recipient only the unlocked device knows, so that nobody else can write them; not to the device's
published one, to which anybody could seal another list of sites.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from unburnt.core import canonical
from unburnt.core.errors import ForeignDataError, MediumError
from unburnt.crypto import sealing
from unburnt.crypto.sealing import Identity
from unburnt.storage.vault import FOLDER, replace

_SETTINGS = "settings.age"
_LIMIT = 2**20


def read(root: Path, identity: Identity) -> dict[str, Any]:
    """Return the settings; CannotOpenError when this device did not write them."""
    path = root / FOLDER / _SETTINGS
    if not path.exists():
        return {}
    try:
        sealed = path.read_bytes()
    except OSError as error:
        raise MediumError("The device's settings cannot be read.", "Check the disk.") from error
    settings: dict[str, Any] = canonical.decode(sealing.unseal(sealed, [identity]), _LIMIT)
    if not isinstance(settings, dict):
        raise ForeignDataError("The device's settings are malformed.", "Add the sites again.")
    return settings


def write(root: Path, identity: Identity, settings: dict[str, Any]) -> None:
    """Replace the settings as a whole."""
    sealed = sealing.seal(canonical.encode(settings), [identity.recipient])
    replace(root / FOLDER / _SETTINGS, sealed)
