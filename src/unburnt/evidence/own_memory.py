"""Keeping the keys in this process from programs that we start, which run as the same user.

    close()        before a program of others, or one that reads hostile bytes, is started

Linux alone: no other program of the user can read our memory or our environment then, and no dump
of it is written. Never holds against the administrator of the machine.
"""

from __future__ import annotations

import ctypes
import sys

_DUMPABLE = 4  # <sys/prctl.h>


def close() -> None:
    """Close the memory of this process to programs of the same user, until it ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_DUMPABLE, 0, 0, 0, 0)
