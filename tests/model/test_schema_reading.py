"""Schema files that break one rule each are refused; a child inherits and restates."""

from __future__ import annotations

import pytest

from unburnt.core.errors import ForeignDataError
from unburnt.model.schema import load

SOUND = """
schemas:
  Thing:
    abstract: true
    label: {en: Thing, ru: Объект}
    reason: Named things.
    properties:
      name:
        label: {en: Name, ru: Имя}
        type: [text, term]
        vocabulary: acts
        reason: To find it again.
  Person:
    extends: [Thing]
    label: {en: Person, ru: Человек}
    reason: People.
    properties:
      name: {type: text, huridocs: "903", single: true}
vocabularies:
  acts:
    label: {en: Acts, ru: Деяния}
    reason: To count.
    huridocs: MT4
    terms:
      against-liberty: {en: Liberty, ru: Свобода, huridocs: "MT4 03"}
      arrest: {en: Arrest, ru: Арест, huridocs: "MT4 030101", broader: against-liberty}
      arson: {en: Arson, ru: Поджог, gap: true, reason: Missing in list 4.}
"""

# A change to the sound file above (what is replaced, by what) and a word of the refusal.
BROKEN = {
    "a schema without a label": (
        "    label: {en: Person, ru: Человек}\n",
        "",
        "not a list of keys",
    ),
    "a label in one language": ("{en: Person, ru: Человек}", "{en: Person}", "no label in ru"),
    "a label that a comma cut in two": (
        "{en: Acts, ru: Деяния}",
        "{en: Acts, ru: Деяния, иные}",
        "not a language",
    ),
    "a blank label": ("{en: Acts, ru: Деяния}", '{en: Acts, ru: " "}', "no label in ru"),
    "a schema without a reason": ("    reason: People.\n", "", "no reason"),
    "a property without a reason": ("        reason: To find it again.\n", "", "no reason"),
    "a vocabulary without a reason": ("    reason: To count.\n", "", "no reason"),
    "a gap without a reason": (", reason: Missing in list 4.", "", "no reason"),
    "an unknown key of a file": ("schemas:\n", "schemes: {}\nschemas:\n", "has a key"),
    "an unknown key of a schema": ("    abstract: true", "    abstrakt: true", "has a key"),
    "an unknown key of a property": ("single: true", "sinlge: true", "has a key"),
    "an unknown key of a term": ("gap: true", "gab: true", "has a key"),
    "a flag that is a word": ("abstract: true", "abstract: maybe", "true or false"),
    "a parent that is missing": ("extends: [Thing]", "extends: [Ghost]", "is missing"),
    "a schema that is its own parent": ("extends: [Thing]", "extends: [Person]", "its own child"),
    "a kind that is missing": ("type: [text, term]", "type: [text, tremor]", "type of"),
    "no kind at all": ("        type: [text, term]\n        vocabulary: acts\n", "", "has no type"),
    "a kind twice": ("type: [text, term]", "type: [text, term, term]", "type of"),
    "a child with a kind of its own": ("type: text,", "type: date,", "takes kinds"),
    "terms without a vocabulary": ("        vocabulary: acts\n", "", "the kind term needs one"),
    "a vocabulary that is missing": ("vocabulary: acts", "vocabulary: facts", "that is missing"),
    "an entity without a range": ("[text, term]", "[text, term, entity]", "entity needs one"),
    "a range that is missing": (
        "type: [text, term]",
        "type: [text, term, entity]\n        range: [Ghost]",
        "points to a schema",
    ),
    "schemes without identifiers": (
        "        vocabulary: acts\n",
        "        vocabulary: acts\n        schemes: [inn]\n",
        "schemes belong",
    ),
    "a field number with letters": ('"903"', '"9o3"', "shape of a reference"),
    "a term's reference to a field": ('"MT4 030101"', '"2109"', "looks like MT4 030101"),
    "a term's reference with half a pair": ('"MT4 030101"', '"MT4 03010"', "looks like"),
    "a reference to the inverted list": ('"MT4 030101"', '"MT41 02"', "list 41"),
    "a reference to another list": ('"MT4 030101"', '"MT5 0404"', "another list"),
    "a reference twice": ('"MT4 030101"', '"MT4 03"', "referred to twice"),
    "neither reference nor gap": (', huridocs: "MT4 030101"', "", "either a HURIDOCS reference"),
    "both reference and gap": ("gap: true", 'gap: true, huridocs: "MT4 01"', "either a HURIDOCS"),
    "a broader term that is missing": ("broader: against-liberty", "broader: x", "no broader"),
    "a term broader than itself": (
        '"MT4 03"}',
        '"MT4 03", broader: arrest}',
        "no broader",
    ),
    "a local code that is shipped": ("arson:", "x-arson:", "not a word"),
    "a code with blanks": ("arson:", "arson of property:", "not a word"),
    "a shared term that is not common": (
        "    terms:\n",
        "    common: [other]\n    terms:\n",
        "no common term",
    ),
    "a schema in small letters": ("  Person:", "  person:", "CamelCase"),
    "a property in capitals": ("      name: {type", "      Name: {type", "camelCase"),
    "text instead of keys": ("{en: Person, ru: Человек}", "Person", "not a list of keys"),
    "a list where one word belongs": ("huridocs: MT4\n", "huridocs: [MT4]\n", "not text"),
    "an object where words belong": ("extends: [Thing]", "extends: {Thing: 1}", "list of words"),
}


def test_the_file_that_is_broken_below_is_sound() -> None:
    schema = load({"sound.yaml": SOUND})
    assert list(schema.schemas) == ["Thing", "Person"]
    assert list(schema.terms) == ["against-liberty", "arrest", "arson"]


@pytest.mark.parametrize(("old", "new", "word"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_refused(old: str, new: str, word: str) -> None:
    assert SOUND.count(old) == 1
    with pytest.raises(ForeignDataError, match=word):
        load({"broken.yaml": SOUND.replace(old, new)})


def test_a_schema_is_described_once_over_all_files() -> None:
    with pytest.raises(ForeignDataError, match="twice"):
        load({"one.yaml": SOUND, "two.yaml": SOUND})


def test_a_code_belongs_to_one_vocabulary() -> None:
    second = SOUND.replace("  acts:", "  deeds:").partition("vocabularies:")[2]
    with pytest.raises(ForeignDataError, match="used twice"):
        load({"one.yaml": SOUND, "two.yaml": "vocabularies:" + second})


def test_a_code_is_not_the_name_of_a_vocabulary() -> None:
    with pytest.raises(ForeignDataError, match="used twice"):
        load({"one.yaml": SOUND.replace("arson:", "acts:")})


def test_a_child_restates_a_property_and_keeps_the_rest() -> None:
    schema = load({"sound.yaml": SOUND})
    parent, child = schema.property("Thing", "name"), schema.property("Person", "name")
    assert parent is not None
    assert child is not None
    assert (parent.kinds, parent.huridocs, parent.single) == (("text", "term"), None, False)
    assert (child.kinds, child.huridocs, child.single) == (("text",), "903", True)
    assert child.reason == parent.reason
    assert schema.schemas["Person"].ancestors == ("Person", "Thing")


def test_parents_must_agree_on_a_property() -> None:
    other = (
        "  Other:\n    label: {en: O, ru: О}\n    reason: R.\n    properties:\n"
        "      name: {label: {en: Name, ru: Имя}, type: date, reason: R.}\n"
    )
    text = SOUND.replace("vocabularies:", other + "vocabularies:")
    load({"a.yaml": text})
    with pytest.raises(ForeignDataError, match="disagree about name"):
        load({"a.yaml": text.replace("extends: [Thing]", "extends: [Thing, Other]")})
