"""The vault opens to its passphrase alone, and an old one stands until the new one is whole."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from unburnt.core import canonical
from unburnt.core.errors import BrokenArchiveError, CannotOpenError, UsageError
from unburnt.crypto.passphrase import WEAK, fresh
from unburnt.model.roster_card import device_id
from unburnt.storage import settings, vault
from unburnt.storage.vault import DeviceKeys

Random = Callable[[int], bytes]


@pytest.fixture
def keys(random_bytes: Random) -> DeviceKeys:
    return replace(DeviceKeys.generate("office", random_bytes), archive="ab" * 32)


@pytest.fixture
def root(tmp_path: Path, keys: DeviceKeys, random_bytes: Random) -> Path:
    vault.write(tmp_path, keys, "pass", fresh(random_bytes, WEAK))
    return tmp_path


def file(root: Path) -> Path:
    return root / "device" / "vault.json"


def test_the_keys_come_back(root: Path, keys: DeviceKeys) -> None:
    read = vault.read(root, "pass")
    assert read == keys
    assert (read.signing.seed, read.identity.secret) == (keys.signing.seed, keys.identity.secret)
    assert read.device == device_id(keys.signing.public, keys.identity.recipient)


@pytest.mark.parametrize("wrong", ["", "Pass", "pass ", "pass\0", "пасс"])
def test_another_passphrase_opens_nothing(root: Path, wrong: str) -> None:
    with pytest.raises((CannotOpenError, UsageError)):
        vault.read(root, wrong)


def test_no_vault_is_told(tmp_path: Path) -> None:
    assert not vault.exists(tmp_path)
    with pytest.raises(UsageError, match="no device"):
        vault.read(tmp_path, "pass")


def test_no_key_lies_in_clear_or_in_a_message(root: Path, keys: DeviceKeys) -> None:
    data = file(root).read_bytes()
    for secret in (keys.signing.seed, keys.identity.secret, keys.index_key):
        assert secret not in data
        assert secret.hex().encode() not in data
        assert secret.hex() not in repr(keys)
    assert b"office" not in data
    assert file(root).stat().st_mode & 0o077 == 0
    assert (root / "device").stat().st_mode & 0o077 == 0


def document(root: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file(root).read_bytes())
    return found


DAMAGED: dict[str, Callable[[dict[str, Any]], object]] = {
    "no parameters": lambda d: d.pop("argon2id"),
    "no box": lambda d: d.pop("sealed"),
    "a box that is no base64": lambda d: d.__setitem__("sealed", "*"),
    "a box of another alphabet": lambda d: d.__setitem__("sealed", "é"),
    "a box that is a number": lambda d: d.__setitem__("sealed", 1),
    "parameters that are a list": lambda d: d.__setitem__("argon2id", []),
    "a cost that would take all memory": lambda d: d["argon2id"].__setitem__("memory_kib", 2**40),
    "a salt cut short": lambda d: d["argon2id"].__setitem__("salt", "00"),
}


@pytest.mark.parametrize("change", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_vault_is_told(root: Path, change: Callable[[dict[str, Any]], object]) -> None:
    fields = document(root)
    change(fields)
    file(root).write_bytes(canonical.encode(fields))
    with pytest.raises(BrokenArchiveError, match="damaged"):
        vault.read(root, "pass")


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"1", bytes(100), b"x" * 70_000])
def test_a_vault_that_is_none_is_told(root: Path, data: bytes) -> None:
    file(root).write_bytes(data)
    with pytest.raises(BrokenArchiveError, match="damaged"):
        vault.read(root, "pass")


def test_no_flipped_byte_gives_other_keys(root: Path, keys: DeviceKeys) -> None:
    data = file(root).read_bytes()
    for place in range(0, len(data), 23):
        flipped = bytearray(data)
        flipped[place] ^= 1
        file(root).write_bytes(flipped)
        with pytest.raises((BrokenArchiveError, CannotOpenError)):
            vault.read(root, "pass")
    file(root).write_bytes(data)
    assert vault.read(root, "pass") == keys


@pytest.mark.parametrize("step", ["open", "fsync", "rename"])
def test_the_old_vault_stands_until_the_new_one_is_whole(
    root: Path,
    keys: DeviceKeys,
    random_bytes: Random,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    def cut(*_: object, **__: object) -> None:
        raise OSError(5, "the power went")

    with monkeypatch.context() as broken:
        broken.setattr(Path if step == "rename" else os, step, cut)
        with pytest.raises(OSError, match="power"):
            vault.write(root, keys, "new", fresh(random_bytes, WEAK))
    assert vault.read(root, "pass") == keys
    vault.write(root, keys, "new", fresh(random_bytes, WEAK))
    assert vault.read(root, "new") == keys
    with pytest.raises(CannotOpenError):
        vault.read(root, "pass")
    assert [path.name for path in (root / "device").iterdir()] == ["vault.json"]


def test_nobody_without_the_vault_can_write_settings_that_the_device_believes(
    root: Path, keys: DeviceKeys, random_bytes: Random
) -> None:
    settings.write(root, keys.settings, {"sites": {"stick": {"path": "/media/stick"}}})
    kept = settings.read(root, vault.read(root, "pass").settings)
    settings.write(root, keys.identity, {"sites": {"stick": {"path": "/media/other"}}})
    with pytest.raises(CannotOpenError):
        settings.read(root, keys.settings)
    assert kept == {"sites": {"stick": {"path": "/media/stick"}}}
    other = DeviceKeys.generate("other", random_bytes)
    assert len({keys.settings.recipient, keys.identity.recipient, other.settings.recipient}) == 3
