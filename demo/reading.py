"""Reading one heading of the case as a device can tell it: what several scenes show.

heading_of(stage, world, "analyst", "act-car", "startDate").contested
"""

from __future__ import annotations

from demo.stage import Stage
from demo.world import World
from unburnt.model.chronology import Heading
from unburnt.workflow.recall import telling


def heading_of(stage: Stage, world: World, label: str, handle: str, name: str) -> Heading:
    """Return one heading of an entity, as a device can tell it."""
    told = telling(world.sessions[label], stage.language)
    found = told.view(world.entity(handle)).headings
    return next(heading for heading in found if heading.property == name)
