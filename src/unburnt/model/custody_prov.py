"""A chain of custody as JSON-LD: W3C PROV with the names of CASE/UCO, one spelling, by ids only.

    to_jsonld(chain, archive)      bytes of one canonical JSON object {"@context": …, "@graph": […]}

Mapping: docs/spec/custody.md, "PROV and CASE". It holds no site, no giver, and no name of a person
but what somebody typed as a receiver, a purpose or a note.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from unburnt.core import canonical
from unburnt.core.ids import is_id
from unburnt.crypto.hashing import digest
from unburnt.model.custody import Chain, Link

CONTEXT = {
    "case-investigation": "https://ontology.caseontology.org/case/investigation/",
    "prov": "http://www.w3.org/ns/prov#",
    "uco-action": "https://ontology.unifiedcyberontology.org/uco/action/",
    "uco-core": "https://ontology.unifiedcyberontology.org/uco/core/",
    "uco-identity": "https://ontology.unifiedcyberontology.org/uco/identity/",
    "uco-observable": "https://ontology.unifiedcyberontology.org/uco/observable/",
    "uco-tool": "https://ontology.unifiedcyberontology.org/uco/tool/",
    "uco-types": "https://ontology.unifiedcyberontology.org/uco/types/",
    "uco-vocabulary": "https://ontology.unifiedcyberontology.org/uco/vocabulary/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_URN = "urn:unburnt:"  # followed by the archive's id: nobody has to look anything up

Node = dict[str, Any]


def to_jsonld(chain: Chain, archive: str) -> bytes:
    """Return the file: canonical JSON and a line feed, nodes in the order of their ids."""
    base = f"{_URN}{archive}:"
    nodes: dict[str, Node] = {}
    for node in _nodes(chain):
        nodes.setdefault(node["@id"], node)
    context = {**CONTEXT, "kb": base, "unburnt": f"{base}term:"}
    graph = [nodes[name] for name in sorted(nodes)]
    return canonical.encode({"@context": context, "@graph": graph}) + b"\n"


def _nodes(chain: Chain) -> Iterator[Node]:
    yield _evidence(chain)
    for number, link in enumerate(chain.links):
        if link.kind == "quiet":
            continue  # computed for the reader; it is no act of anybody
        yield from _agents(link)
        yield from _event(chain, link, _name(chain, number, link))
        for result in link.result:
            yield {"@id": f"kb:evidence-{result}", "@type": ["prov:Entity", "uco-observable:File"]}


def _evidence(chain: Chain) -> Node:
    size = next((link.size for link in chain.links if link.size is not None), None)
    hashes = [
        {
            "@id": f"kb:hash-{value}",
            "@type": "uco-types:Hash",
            "uco-types:hashMethod": {
                "@type": "uco-vocabulary:HashNameVocab",
                "@value": "SHA256",
            },
            "uco-types:hashValue": {"@type": "xsd:hexBinary", "@value": value},
        }
        for value in chain.digests
    ]
    facet: Node = {
        "@id": f"kb:content-{chain.evidence}",
        "@type": "uco-observable:ContentDataFacet",
        "uco-observable:hash": hashes,
    }
    if size is not None:
        facet["uco-observable:sizeInBytes"] = {"@type": "xsd:integer", "@value": str(size)}
    return {
        "@id": f"kb:evidence-{chain.evidence}",
        "@type": ["prov:Entity", "uco-observable:File"],
        "uco-core:hasFacet": [facet],
    }


def _name(chain: Chain, number: int, link: Link) -> str:
    """Return a name for an event that is the same in every export that holds it."""
    if link.event is not None:
        return link.event
    seat = f"{link.device}/{link.sequence}/{link.kind}/{','.join(link.result)}"
    return digest("unburnt/custody-event/v1", f"{chain.evidence}/{seat}".encode()).hex()[:32]


def _agents(link: Link) -> Iterator[Node]:
    yield {"@id": f"kb:member-{link.author}", "@type": ["prov:Agent", "uco-identity:Identity"]}
    if link.tool is not None:
        yield {
            "@id": _tool(link.tool),
            "@type": ["prov:SoftwareAgent", "uco-tool:Tool"],
            "uco-core:name": link.tool,
        }


def _tool(tool: str) -> str:
    return f"kb:tool-{digest('unburnt/tool/v1', tool.encode()).hex()[:32]}"


def _event(chain: Chain, link: Link, name: str) -> Iterator[Node]:
    evidence = {"@id": f"kb:evidence-{chain.evidence}"}
    agents = [{"@id": f"kb:member-{link.author}"}]
    record: Node = {
        "@id": f"kb:record-{name}",
        "@type": ["prov:Entity", "case-investigation:ProvenanceRecord"],
        "case-investigation:exhibitNumber": chain.evidence,
        "prov:wasGeneratedBy": {"@id": f"kb:event-{name}"},
        "uco-core:description": link.kind,
        "uco-core:object": [evidence],
    }
    results = [{"@id": f"kb:evidence-{result}"} for result in link.result]
    event: Node = {
        "@id": f"kb:event-{name}",
        "@type": ["prov:Activity", "case-investigation:InvestigativeAction"],
        "prov:used": [evidence],
        "uco-action:object": [evidence],
        "uco-action:performer": agents[0],
        "uco-action:result": [{"@id": record["@id"]}, *results],
        "uco-core:name": link.kind,
        "unburnt:device": link.device,
        "unburnt:marks": sorted(link.marks),
        "unburnt:recordedAt": link.recorded_at,
        "unburnt:sequence": link.sequence,
        **dict(_details(link)),
    }
    if link.tool is not None:
        agents.append({"@id": _tool(link.tool)})
        event["uco-action:instrument"] = [{"@id": _tool(link.tool)}]
    event["prov:wasAssociatedWith"] = agents
    if _INSTANT.fullmatch(link.when):
        moment = {"@type": "xsd:dateTime", "@value": link.when}
        event |= {"prov:atTime": moment, "uco-action:startTime": moment}
    else:
        event["unburnt:happened"] = link.when
    yield event
    yield record


def _details(link: Link) -> Iterable[tuple[str, Any]]:
    """Yield what PROV and CASE have no word for."""
    answers = f"kb:event-{link.answers}" if link.answers else None
    found = {
        "unburnt:purpose": link.purpose,
        "unburnt:note": link.note,
        "unburnt:by": link.by,
        "unburnt:receiver": link.receiver,
        "unburnt:receiverIsId": True if link.receiver and is_id(link.receiver) else None,
        "unburnt:digest": link.digest,
        "unburnt:object": link.object,
        "unburnt:origin": link.source if link.kind == "acquired" else None,
        "unburnt:acknowledges": {"@id": answers} if answers else None,
        "unburnt:checkpoint": link.place.covered if link.place and link.kind == "stored" else None,
        "unburnt:existedBy": link.place.existed_by if link.place else None,
    }
    return ((name, value) for name, value in found.items() if value is not None)
