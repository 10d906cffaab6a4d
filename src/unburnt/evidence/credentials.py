"""Content credentials (C2PA) inside a file: who signed it, and whether it was changed since.

    verdict(stream, "image/jpeg", anchors=None)
    ->  Finding("contentCredentials", {"term": "c2pa-edited", "note": "signer: …; made with: …"})

Specification: docs/spec/media.md, "Content credentials". Runs in the examining child. Fetches
nothing: a manifest that lies on a server stays there, and no revocation is asked for. A signature
proves who signed and that nothing changed since; never that what is shown is true.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

from unburnt.evidence.findings import Finding, Report, one_line
from unburnt.evidence.media_libraries import library, tool

KINDS = frozenset(
    "image/jpeg image/png image/webp image/tiff image/svg+xml image/heic image/avif image/gif"
    " video/mp4 video/quicktime video/x-msvideo audio/wav audio/mpeg audio/mp4"
    " application/pdf".split()
)
_OFFLINE = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}}
_MAX_JSON = 4 * 2**20
_UNTRUSTED = "signingCredential.untrusted"


def credentials(stream: BinaryIO, kind: str, anchors: str | None) -> Report:
    """Return the verdict on the credentials in a file; `anchors` is a trust list in PEM."""
    made_by = tool("c2pa-python")
    term, note = _judged(stream, kind, anchors)
    value = {"term": term, "note": one_line(note, 2000)} if note else {"term": term}
    found = Finding("contentCredentials", value, "asserted", {"metadata": "C2PA", "tool": made_by})
    return Report((found,), tools=(made_by,))


def _judged(stream: BinaryIO, kind: str, anchors: str | None) -> tuple[str, str]:
    c2pa = library("c2pa")
    settings: dict[str, Any] = dict(_OFFLINE)
    if anchors:
        settings["trust"] = {"user_anchors": anchors}
    context = c2pa.Context(c2pa.Settings.from_dict(settings))
    try:
        with c2pa.Reader(kind, stream, context=context) as reader:
            spelled = reader.json()
    except Exception as error:  # the library has an error class for each reason, none public
        return _without(str(error))
    if len(spelled) > _MAX_JSON:
        return "c2pa-unreadable", "The manifest is larger than 4 MiB."
    return judge(json.loads(spelled))


def _without(why: str) -> tuple[str, str]:
    if why.startswith("ManifestNotFound"):
        return "c2pa-none", ""
    if why.startswith("Remote"):
        return "c2pa-elsewhere", "The file names a server for its manifest; it was not asked."
    return "c2pa-unreadable", why


def judge(found: Mapping[str, Any]) -> tuple[str, str]:
    """Return (term, note) for what the library says of a manifest store.

    Only the active manifest decides; what is wrong with an ingredient is told in the note.
    """
    active = found.get("manifests", {}).get(found.get("active_manifest"), {})
    results = found.get("validation_results") or {}
    codes = _codes((results.get("activeManifest") or {}).get("failure", []))
    state = found.get("validation_state")
    if "claimSignature.mismatch" in codes or any(c.startswith("claimSignature.") for c in codes):
        term = "c2pa-bad-signature"
    elif any(code.endswith((".mismatch", "Hash.malformed", ".missing")) for code in codes):
        term = "c2pa-edited"
    elif state == "Trusted" and not codes:
        term = "c2pa-good"
    elif set(codes) <= {_UNTRUSTED} and state in ("Valid", "Trusted"):
        term = "c2pa-untrusted-signer"
    else:
        term = "c2pa-unreadable" if state != "Invalid" else "c2pa-bad-signature"
    return term, "; ".join(_told(active, results, codes))


def _told(active: Mapping[str, Any], results: Mapping[str, Any], codes: list[str]) -> Iterable[str]:
    signature = active.get("signature_info") or {}
    for label, key in (("signer", "common_name"), ("organisation", "issuer"), ("signed", "time")):
        if signature.get(key):
            yield f"{label}: {one_line(signature[key])}"
    makers = [
        f"{one.get('name', '')} {one.get('version', '')}".strip()
        for one in active.get("claim_generator_info") or []
        if isinstance(one, dict)
    ] or [active.get("claim_generator") or ""]
    if any(makers):
        yield f"made with: {one_line(', '.join(makers))}"
    if codes:
        yield f"found: {one_line(', '.join(codes))}"
    inner = [
        code
        for delta in results.get("ingredientDeltas") or []
        for code in _codes((delta.get("validationDeltas") or {}).get("failure", []))
    ]
    if inner:
        yield f"in an ingredient: {one_line(', '.join(sorted(set(inner))))}"


def _codes(failures: Iterable[Any]) -> list[str]:
    return [str(one.get("code", "")) for one in failures if isinstance(one, dict)]
