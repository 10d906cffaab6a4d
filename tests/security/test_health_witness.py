"""Health of witnesses: silent without a policy, never green while something is only claimed."""

from __future__ import annotations

import pytest

from unburnt.security.finding import Level, describe
from unburnt.security.health import SENTENCES
from unburnt.security.health_witness import WitnessState, remarks

CASES = {
    "nobody is trusted": (None, {}),
    "all is cosigned": (WitnessState(7, 7), {"witness-sound": Level.GREEN}),
    "nothing is cosigned": (WitnessState(7, 0, ("w",)), {"witness-behind": Level.AMBER}),
    "one log waits": (WitnessState(7, 6, ("w",)), {"witness-behind": Level.AMBER}),
    "somebody saw another history": (
        WitnessState(7, 7, (), ("w",)),
        {"witness-alarm": Level.RED},
    ),
    "another history, and some is claimed": (
        WitnessState(7, 3, ("v",), ("w",)),
        {"witness-alarm": Level.RED, "witness-behind": Level.AMBER},
    ),
}


@pytest.mark.parametrize(("state", "codes"), CASES.values(), ids=CASES.keys())
def test_health_of_witnesses(state: WitnessState | None, codes: dict[str, Level]) -> None:
    found = remarks(state)
    assert {finding.code: finding.level for finding in found} == codes
    assert all("{" not in describe(finding, SENTENCES) for finding in found)
