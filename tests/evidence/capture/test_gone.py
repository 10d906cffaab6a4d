"""Gone is said only when the server or the page says so; not reached is never gone."""

from __future__ import annotations

import pytest

from unburnt.evidence.capture.gone import (
    CHANGED,
    FIRST,
    GONE,
    SAME,
    UNREACHABLE,
    Look,
    platforms,
    verdict,
)

POST = "https://example.org/post"
LONG = "A long article about error pages, which quotes “page not found”. " * 20

CASES = {
    "a first look": (Look(POST, 200, "words", "t", "m"), None, FIRST),
    "the same words and pictures": (Look(POST, 200, "words", "t", "m"), ("t", "m"), SAME),
    "other words": (Look(POST, 200, "words", "u", "m"), ("t", "m"), CHANGED),
    "another picture under the same words": (Look(POST, 200, "w", "t", "n"), ("t", "m"), CHANGED),
    "not found": (Look(POST, 404, "words"), ("t", "m"), GONE),
    "gone for good": (Look(POST, 410, ""), None, GONE),
    "blocked by law": (Look(POST, 451, ""), None, GONE),
    "still gone": (Look(POST, 404, "", "t", "m"), ("t", "m"), GONE),
    "back again": (Look(POST, 200, "words", "t", "m"), ("gone", "m"), CHANGED),
    "a short page that says it": (Look(POST, 200, "404\nPage  Not Found"), ("t", "m"), GONE),
    "a long page that quotes it": (Look(POST, 200, LONG, "t", "m"), ("t", "m"), SAME),
    "a deleted post on VK": (
        Look("https://vk.com/wall-1_2", 200, "ВКонтакте\nЗапись удалена " + LONG),
        None,
        GONE,
    ),
    "VK's words elsewhere": (Look(POST, 200, "Запись удалена " + LONG), None, FIRST),
    "a video taken down": (
        Look("https://www.youtube.com/watch?v=x", 200, "Video unavailable " + LONG),
        None,
        GONE,
    ),
    "a suspended account": (Look("https://x.com/a", 200, "Account suspended"), None, GONE),
    "a blocked channel": (
        Look("https://t.me/a", 200, "This channel can't be displayed because it violated"),
        None,
        GONE,
    ),
    "content that is not available": (
        Look("https://www.facebook.com/1", 200, "This content isn't available right now"),
        None,
        GONE,
    ),
    "a login instead": (
        Look("https://www.instagram.com/accounts/login/?next=/p/1", 200, "words"),
        ("t", "m"),
        UNREACHABLE,
    ),
    "a wall of words": (
        Look("https://www.facebook.com/1", 200, "You must log in to continue."),
        None,
        UNREACHABLE,
    ),
    "forbidden": (Look(POST, 403, "words"), ("t", "m"), UNREACHABLE),
    "too many requests": (Look(POST, 429, "words"), None, UNREACHABLE),
    "a fault of the server": (Look(POST, 502, "words"), ("t", "m"), UNREACHABLE),
    "no answer": (Look(POST, 0, ""), ("t", "m"), UNREACHABLE),
}


@pytest.mark.parametrize(("look", "before", "outcome"), CASES.values(), ids=CASES.keys())
def test_a_look_is_judged(look: Look, before: tuple[str, str] | None, outcome: str) -> None:
    judged = verdict(look, before)
    assert judged.outcome == outcome
    assert bool(judged.why) == (outcome not in (FIRST, SAME))


def test_every_platform_has_a_reason_and_words_that_can_be_found() -> None:
    assert {"vk", "telegram", "facebook", "instagram", "youtube", "x"} < platforms().keys()
    for name, platform in platforms().items():
        assert platform["reason"]
        assert platform["gone"]
        assert bool(platform["hosts"]) == (name != "everywhere")
        for phrase in (*platform["gone"], *platform["wall"]):
            assert phrase == " ".join(phrase.casefold().split())
        for host in platform["hosts"]:
            for phrase in platform["gone"]:
                look = Look(f"https://{host}/1", 200, f"{LONG} {phrase.upper()} {LONG}")
                assert verdict(look, None).outcome == GONE
