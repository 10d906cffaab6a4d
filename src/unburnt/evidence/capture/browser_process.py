"""The process of a browser: its number and the folder of its profile, and its end.

    pid, profile = find(browser, Error)        (11717, "/tmp/playwright_chromiumdev_profile-2vyagJ")
    kill(pid)                                  from any thread

The driver tells neither, so the browser is asked. Never kills what it was not told of.
"""

from __future__ import annotations

import os
import re
import signal
from contextlib import suppress
from typing import Any


def find(browser: Any, fault: Any) -> tuple[int, str]:
    """Return the number of the browser's process and the folder of its profile; 0, "" if none."""
    with suppress(fault, LookupError, TypeError, ValueError):
        session = browser.new_browser_cdp_session()
        known = session.send("SystemInfo.getProcessInfo")["processInfo"]
        words = session.send("SystemInfo.getInfo")["commandLine"]
        session.detach()
        pid = next((int(one["id"]) for one in known if one["type"] == "browser"), 0)
        profile = re.search(r"--user-data-dir=(.*?playwright_[\w-]+)", words)
        return pid, profile[1] if profile else ""
    return 0, ""


def kill(pid: int) -> None:
    """Kill the browser with its children, which it leads; nothing where its number is not known."""
    if not pid:
        return
    with suppress(OSError):
        leads = hasattr(os, "killpg") and os.getpgid(pid) == pid
        (os.killpg if leads else os.kill)(pid, signal.SIGKILL)
