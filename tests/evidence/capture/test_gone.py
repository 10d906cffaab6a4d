"""Gone is said only when the server or the page says so; blocked, withheld, unreached never is."""

from __future__ import annotations

import pytest

from unburnt.evidence.capture.gone import (
    BLOCKED,
    CHANGED,
    FIRST,
    GONE,
    SAME,
    UNREACHABLE,
    WITHHELD,
    Look,
    Verdict,
    blocks,
    platforms,
    verdict,
)

POST = "https://example.org/post"
NOTICE = "Доступ к информационному ресурсу ограничен на основании федерального закона"
CLOSED = "This channel can't be displayed"
CHALLENGED = (("CF-Mitigated", "challenge"),)
LONG = "A long article about error pages, which quotes “page not found”. " * 20

CASES = {
    "a first look": (Look(POST, 200, "words", "t", "m"), None, FIRST),
    "the same words and pictures": (Look(POST, 200, "words", "t", "m"), ("t", "m"), SAME),
    "other words": (Look(POST, 200, "words", "u", "m"), ("t", "m"), CHANGED),
    "another picture under the same words": (Look(POST, 200, "w", "t", "n"), ("t", "m"), CHANGED),
    "not found": (Look(POST, 404, "words"), ("t", "m"), GONE),
    "gone for good": (Look(POST, 410, ""), None, GONE),
    "blocked by law": (Look(POST, 451, ""), None, BLOCKED),
    "blocked by law with words of deletion": (Look(POST, 451, "Page not found"), None, BLOCKED),
    "a notice with any status": (Look(POST, 200, NOTICE), ("t", "m"), BLOCKED),
    "a notice that pretends to be no page": (Look(POST, 404, NOTICE), ("t", "m"), BLOCKED),
    "a notice in the place of a platform": (
        Look("https://vk.com/wall-1_2", 200, NOTICE),
        ("t", "m"),
        BLOCKED,
    ),
    "a long page that quotes a notice": (Look(POST, 200, NOTICE + LONG * 2, "t", "m"), None, FIRST),
    "the page of a provider": (
        Look("http://warning.rt.ru/?id=13", 200, "words", asked=POST),
        ("t", "m"),
        BLOCKED,
    ),
    "the page of a provider that was asked for": (
        Look("https://eais.rkn.gov.ru/", 200, "words", asked="https://eais.rkn.gov.ru/list"),
        None,
        FIRST,
    ),
    "a channel closed by law": (
        Look("https://t.me/a", 200, f"{CLOSED} because it violated local laws"),
        None,
        BLOCKED,
    ),
    "a post withheld in a country": (
        Look("https://x.com/a/1", 200, "This post has been withheld in Russia " + LONG),
        None,
        BLOCKED,
    ),
    "a riddle for robots": (
        Look(POST, 403, "words", headers=CHALLENGED),
        None,
        WITHHELD,
    ),
    "a riddle in the place of no page": (Look(POST, 404, "", headers=CHALLENGED), None, WITHHELD),
    "a riddle in words": (Look(POST, 200, "Verify you are human"), ("t", "m"), WITHHELD),
    "another mitigation": (Look(POST, 200, "w", headers=(("cf-mitigated", "x"),)), None, FIRST),
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
        WITHHELD,
    ),
    "a wall of words": (
        Look("https://www.facebook.com/1", 200, "You must log in to continue."),
        None,
        WITHHELD,
    ),
    "unauthorised": (Look(POST, 401, "words"), None, WITHHELD),
    "forbidden": (Look(POST, 403, "words"), ("t", "m"), WITHHELD),
    "too many requests": (Look(POST, 429, "words"), None, WITHHELD),
    "not now": (Look(POST, 503, "words"), None, WITHHELD),
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
        for phrase in (*platform["gone"], *platform["wall"], *platform["blocked"]):
            assert phrase == " ".join(phrase.casefold().split())
        for host in platform["hosts"]:
            for phrase in platform["gone"]:
                look = Look(f"https://{host}/1", 200, f"{LONG} {phrase.upper()} {LONG}")
                assert verdict(look, None).outcome == GONE
            for phrase in platform["blocked"]:
                look = Look(f"https://{host}/1", 200, f"{LONG} {phrase.upper()} {LONG}")
                assert verdict(look, None).outcome == BLOCKED


def test_every_notice_of_blocking_has_a_reason_and_is_found() -> None:
    assert {"russia", "belarus", "turkey", "arabic"} < blocks().keys()
    for notice in blocks().values():
        assert notice["reason"]
        for phrase in notice["words"]:
            assert phrase == " ".join(phrase.casefold().split())
            assert verdict(Look(POST, 200, f"Sorry. {phrase}"), None).outcome == BLOCKED
        for host in notice["hosts"]:
            found = verdict(Look(f"http://{host}/", 200, "words", asked=POST), None)
            assert found == Verdict(BLOCKED, f"it leads to a notice of blocking: {host}")


BY = {
    "an address": ('<https://regulator.example/>; rel="blocked-by"', "https://regulator.example/"),
    "the second of two": ("<a>; rel=x, <b>; rel=blocked-by", "b"),
    "another relation": ('<a>; rel="next"', ""),
    "none that ends": ("<a; rel=blocked-by", ""),
    "thousands of others first, to keep us busy": ("<a>;" * 64_000 + "; rel=blocked-by", ""),
}


@pytest.mark.parametrize(("link", "by"), BY.values(), ids=BY.keys())
def test_who_blocks_is_told_when_the_server_says_it(link: str, by: str) -> None:
    found = verdict(Look(POST, 451, "", headers=(("Link", link),)), None)
    assert found.why == ("the server answers 451" + (f", blocked by {by}" if by else ""))
