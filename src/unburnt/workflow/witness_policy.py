"""Which witnesses this device trusts: the policy, sealed among its settings.

    set_policy(session, data, proxy="")                   refused as a whole when a line is wrong
    policy = read_policy(session)                         None when nobody has set one
    trusted(session)                                      the keys of its witnesses

A policy is a person's decision about whom to trust, so it travels from hand to hand, not with the
archive: a site that could change it could make anything look witnessed.
"""

from __future__ import annotations

import re
from typing import Any

from unburnt.core.errors import UsageError
from unburnt.crypto.note import Verifier
from unburnt.crypto.policy import Policy, parse_policy
from unburnt.storage import proxy as proxies
from unburnt.storage import settings
from unburnt.workflow.session import Session

_WITNESS = "witness"
_URL = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?", re.ASCII)


def set_policy(session: Session, data: bytes, proxy: str | None = None) -> Policy:
    """Take a policy file into use; ForeignDataError for a malformed one, UsageError for addresses.

    `proxy` is a proxy (`storage.proxy`) such as Tor's, "" for none; None leaves the one that is
    set.
    """
    policy = parse_policy(data)
    for witness in policy.witnesses:
        if witness.url and _URL.fullmatch(witness.url) is None:
            raise UsageError(
                "An address in the policy is not one of a witness.",
                "Write http://HOST or https://HOST, with a path where there is one.",
            )
    stored = remembered(session)
    stored["policy"] = data.decode("utf-8")
    if proxy is not None:
        if proxy:
            proxies.parse(proxy)
        stored["proxy"] = proxy
    remember(session, stored)
    return policy


def read_policy(session: Session) -> Policy | None:
    """Return the policy in use, None when nobody has set one."""
    text = remembered(session).get("policy")
    return parse_policy(text.encode("utf-8")) if isinstance(text, str) else None


def policy_text(session: Session) -> str:
    """Return the policy in use as it was given; UsageError when there is none."""
    text = remembered(session).get("policy")
    if not isinstance(text, str):
        raise UsageError(
            "Nobody has said which witnesses to trust.", "Say so: unburnt witness policy FILE."
        )
    return text


def trusted(session: Session) -> tuple[Verifier, ...]:
    """Return the keys of the witnesses of the policy in use."""
    policy = read_policy(session)
    return policy.cosigners() if policy else ()


def remembered(session: Session) -> dict[str, Any]:
    """Return what this device remembers of witnesses: policy, proxy, what they last answered."""
    found = settings.read(session.root, session.keys.settings).get(_WITNESS, {})
    return dict(found)


def remember(session: Session, fields: dict[str, Any]) -> None:
    """Replace what this device remembers of witnesses."""
    stored = settings.read(session.root, session.keys.settings)
    stored[_WITNESS] = fields
    settings.write(session.root, session.keys.settings, stored)
