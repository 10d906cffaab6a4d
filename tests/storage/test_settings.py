"""Settings are for this device alone, and are replaced as a whole or not at all."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from unburnt.core.errors import CannotOpenError, ForeignDataError, MediumError
from unburnt.crypto import sealing
from unburnt.crypto.sealing import Identity
from unburnt.storage import settings
from unburnt.storage.vault import FOLDER

IDENTITY = Identity.from_secret(hashlib.sha256(b"device").digest())
OTHER = Identity.from_secret(hashlib.sha256(b"other").digest())
SITES: dict[str, Any] = {"sites": {"stick": {"path": "/media/стик", "seen": 7}}}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / FOLDER).mkdir()
    settings.write(tmp_path, IDENTITY, SITES)
    return tmp_path


def test_they_come_back(root: Path) -> None:
    assert settings.read(root, IDENTITY) == SITES


def test_none_are_an_empty_set(tmp_path: Path) -> None:
    assert settings.read(tmp_path, IDENTITY) == {}


def test_where_copies_lie_is_not_in_clear(root: Path) -> None:
    assert b"media" not in (root / FOLDER / "settings.age").read_bytes()


def test_another_device_opens_nothing(root: Path) -> None:
    with pytest.raises(CannotOpenError):
        settings.read(root, OTHER)


def test_damage_is_not_opened(root: Path) -> None:
    path = root / FOLDER / "settings.age"
    data = path.read_bytes()
    for spoilt in (data[:-1], data[:-1] + bytes([data[-1] ^ 1]), b""):
        path.write_bytes(spoilt)
        with pytest.raises(CannotOpenError):
            settings.read(root, IDENTITY)


@pytest.mark.parametrize("content", [b"", b"{", b'{"b":1,"a":1}', b"[]", b"1"])
def test_what_is_no_settings_is_refused(root: Path, content: bytes) -> None:
    sealed = sealing.seal(content, [IDENTITY.recipient])
    (root / FOLDER / "settings.age").write_bytes(sealed)
    with pytest.raises(ForeignDataError):
        settings.read(root, IDENTITY)


def test_a_medium_that_fails_is_told(root: Path) -> None:
    path = root / FOLDER / "settings.age"
    path.unlink()
    path.mkdir()
    with pytest.raises(MediumError):
        settings.read(root, IDENTITY)


def test_a_crash_keeps_the_old_ones(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(*_: object) -> None:
        raise OSError(5, "the power went")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", cut)
        with pytest.raises(OSError, match="power"):
            settings.write(root, IDENTITY, {})
    assert settings.read(root, IDENTITY) == SITES
    settings.write(root, IDENTITY, {})
    assert settings.read(root, IDENTITY) == {}
