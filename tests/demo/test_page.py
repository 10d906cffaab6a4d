"""The demonstration's own page is there, says that it is made up, and can vanish."""

from __future__ import annotations

from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from demo.page import THREAT, Page


def asked(url: str) -> tuple[int, str]:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=5)
    connection.request("GET", parts.path)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body


@pytest.mark.parametrize(("language", "warning"), [("en", "Made up"), ("ru", "Выдумано")])
def test_the_page_is_there_and_then_it_is_not(language: str, warning: str) -> None:
    with Page(language) as page:
        status, body = asked(page.url)
        assert status == 200
        assert THREAT[language] in body
        assert warning in body
        page.vanish()
        status, body = asked(page.url)
        assert status == 404
        assert THREAT[language] not in body
