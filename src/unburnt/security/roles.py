"""What gives people away in statements, and what statements make of them: tables of the schema.

    "phone" in IDENTITY                            tells who somebody is
    ROLE_LINKS["Act", "victim"] == "victim"        what the value of that property is
    PLACES["victim"] == Place.VICTIM               where that puts them in the order of warning
    REASONS["victim"]                              the same, for people

Each pair is (schema, property); a test holds them against the schema. Words only, no reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

from unburnt.security.finding import _


class Place(IntEnum):
    """Where somebody stands in the order of warning."""

    SOURCE = 1
    DEFENDER = 2
    VICTIM = 3
    OTHER = 4


PEOPLE = frozenset({"Person", "Group"})
BEHIND_WHICH_PEOPLE_ARE = frozenset({"UserAccount"})  # when it is a source

IDENTITY = frozenset(
    "name alias previousName weakAlias firstName secondName middleName fatherName motherName"
    " lastName username phone email address addressEntity photo birthDate birthPlace idNumber"
    " passportNumber identityDocument taxNumber innCode registrationNumber".split()
)
"""Properties that tell who somebody is, alone or a few together."""

IDENTITY_LINKS = {
    ("Identification", "holder"),
    ("UserAccount", "owner"),
    ("Vehicle", "owner"),
    ("Evidence", "depicts"),
}
"""Properties of other things whose value is somebody whom that thing gives away."""

ROLE_LINKS = {
    ("Information", "source"): "source",
    ("Evidence", "receivedFrom"): "source",
    ("Origin", "giver"): "source",
    ("Message", "sender"): "author",
    ("Document", "author"): "author",
    ("Evidence", "author"): "author",
    ("Message", "author"): "author",
    ("Consent", "person"): "consent",
    ("Consent", "onBehalfOf"): "consent",
    ("Evidence", "capturedBy"): "worker",
    ("Consent", "takenBy"): "worker",
    ("Finding", "decidedBy"): "worker",
    ("Intervention", "party"): "worker",
    ("Representation", "agent"): "worker",
    ("Act", "victim"): "victim",
    ("Intervention", "victim"): "victim",
    ("SecurityIncident", "target"): "victim",
}
"""What somebody is by being the value of a property; an Article's author is public already."""

ACCUSING = {("Involvement", "perpetrator"), ("Act", "perpetrator")}
STAFF = {
    ("Employment", "employee"): "employer",
    ("Membership", "member"): "organization",
    ("Directorship", "director"): "organization",
}
"""Who belongs to an organisation: the property with the person, the one with the organisation."""

TIES = frozenset(
    {
        *STAFF,
        *((schema, organization) for (schema, _person), organization in STAFF.items()),
        ("Position", "organization"),
        ("Occupancy", "post"),
        ("Occupancy", "holder"),
    }
)
"""The links that are followed from a tie to both its ends."""

WITNESS = "witness-to-case"
NOT_A_DEFENDER = "not-a-defender"

PLACES = {
    "source": Place.SOURCE,
    "attribution": Place.SOURCE,
    "author": Place.SOURCE,
    "consent": Place.SOURCE,
    "member": Place.DEFENDER,
    "defender": Place.DEFENDER,
    "staff": Place.DEFENDER,
    "worker": Place.DEFENDER,
    "victim": Place.VICTIM,
    "witness": Place.VICTIM,
}
OURS = frozenset(reason for reason, place in PLACES.items() if place is Place.DEFENDER)

REASONS: Mapping[str, str] = {
    "source": _("is a source there"),
    "attribution": _("passed something on that is told there"),
    "author": _("wrote a paper or message that is kept there"),
    "consent": _("gave a consent there, which shows that they spoke with the group"),
    "member": _("is one of the group's own people"),
    "defender": _("is a defender"),
    "staff": _("belongs to an organisation of defenders"),
    "worker": _("took in, decided or intervened there"),
    "victim": _("is a victim there"),
    "witness": _("is a witness there"),
    "accused": _("is named as a perpetrator"),
    "official": _("held a post in a public body"),
    "unknown-to-you": _("is an entity of which nothing is said where this device can read"),
    "named": _("is named there"),
}
