"""The vault: the private keys of one device, sealed under its passphrase.

    device/vault.json     {"argon2id": parameters and salt, "sealed": base64 of an age v1 file that
                          the identity derived from the passphrase opens}

    keys = DeviceKeys.generate(label, os.urandom)
    write(root, keys, passphrase, parameters)
    keys = read(root, passphrase)              # CannotOpenError for a wrong passphrase

A sealed vault is all that a seized, locked device holds of its keys. Never writes a key in clear.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from unburnt.core import canonical
from unburnt.core.errors import BrokenArchiveError, ForeignDataError, MediumError, UsageError
from unburnt.crypto import sealing
from unburnt.crypto.hashing import expand
from unburnt.crypto.passphrase import Parameters, derive
from unburnt.crypto.sealing import Identity
from unburnt.crypto.signing import SigningKey
from unburnt.model.roster_card import device_id

FOLDER = "device"
_VAULT = "vault.json"
_LIMIT = 64 * 1024


@dataclass(frozen=True, slots=True)
class DeviceKeys:
    """Signing key, age identity and index key of a device; `archive` once it belongs to one."""

    label: str
    signing: SigningKey = field(repr=False)
    identity: Identity = field(repr=False)
    index_key: bytes = field(repr=False)
    archive: str | None = None

    @classmethod
    def generate(cls, label: str, random: Callable[[int], bytes]) -> DeviceKeys:
        """Return fresh keys."""
        return cls(label, SigningKey.generate(random), Identity.generate(random), random(32))

    @property
    def device(self) -> str:
        """The device's id, which follows from its public keys."""
        return device_id(self.signing.public, self.identity.recipient)

    @property
    def settings(self) -> Identity:
        """The identity that this device seals its own settings to.

        Its recipient is published nowhere: who has the disk but not the keys can seal no others.
        """
        return Identity.from_secret(expand(self.index_key, _SETTINGS, 32))


_SETTINGS = b"unburnt/settings/v1\0"


def exists(root: Path) -> bool:
    """Tell whether a device's vault lies in the folder."""
    return (root / FOLDER / _VAULT).is_file()


def check(root: Path) -> None:
    """Raise UsageError unless a device's vault lies in the folder."""
    if not exists(root):
        raise UsageError(
            "This folder holds no device of an archive.",
            "Give the folder of an archive with --archive, or make one: unburnt found.",
        )


def write(root: Path, keys: DeviceKeys, passphrase: str, parameters: Parameters) -> None:
    """Seal the keys under the passphrase; an older vault is replaced only by a whole new one."""
    folder = root / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    content = canonical.encode(
        {
            "archive": keys.archive,
            "identity": keys.identity.secret.hex(),
            "index_key": keys.index_key.hex(),
            "label": keys.label,
            "signing": keys.signing.seed.hex(),
        }
    )
    box = sealing.seal(content, [derive(passphrase, parameters).recipient])
    # One file, so that no crash can leave a vault beside the parameters of another.
    document = {"argon2id": parameters.to_dict(), "sealed": base64.b64encode(box).decode("ascii")}
    replace(folder / _VAULT, canonical.encode(document))


def read(root: Path, passphrase: str) -> DeviceKeys:
    """Return the keys; CannotOpenError for a wrong passphrase, UsageError without a vault."""
    check(root)
    try:
        document = canonical.decode((root / FOLDER / _VAULT).read_bytes()[:_LIMIT], _LIMIT)
        parameters = Parameters.from_dict(document["argon2id"])
        box = base64.b64decode(document["sealed"], validate=True)
    except OSError as error:
        raise MediumError("The device's vault cannot be read.", "Check the disk.") from error
    except (ForeignDataError, KeyError, TypeError, ValueError) as error:
        raise BrokenArchiveError(
            "The device's vault is damaged.",
            "Restore the file device/vault.json, or join the archive again with new keys.",
        ) from error
    fields = canonical.decode(sealing.unseal(box, [derive(passphrase, parameters)]), _LIMIT)
    return DeviceKeys(
        label=fields["label"],
        signing=SigningKey.from_seed(bytes.fromhex(fields["signing"])),
        identity=Identity.from_secret(bytes.fromhex(fields["identity"])),
        index_key=bytes.fromhex(fields["index_key"]),
        archive=fields["archive"],
    )


def replace(path: Path, data: bytes) -> None:
    """Write a small file whole: temporary file, fsync, rename, fsync of the folder."""
    temporary = path.with_name(f".tmp-{path.name}-{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
