"""A web page of the demonstration's own, on this machine alone: it is there, and then it is not.

    with Page("en") as page:
        page.url                           # http://127.0.0.1:PORT/post
        page.vanish()                      # from now on it answers 404

Made up from beginning to end, and it says so itself. Nothing outside this machine can reach it.
"""

from __future__ import annotations

import http.server
import threading
from typing import Self

HOST = "127.0.0.1"
PATH = "/post"
THREAT = {
    "en": "We know where heron sits. Paper burns well, and so do computers.",
    "ru": "Мы знаем, где сидит heron. Бумага горит хорошо, компьютеры тоже.",
}
_WARNING = {
    "en": "Made up for the demonstration. Nobody ever posted this.",
    "ru": "Выдумано для показа. Никто этого не публиковал.",
}
_TITLE = {"en": "A post (demonstration)", "ru": "Запись в сети (показ)"}
_HTML = """\
<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>
<style>body {{ font: 1.2rem/1.5 sans-serif; max-width: 34rem; margin: 3rem auto }}</style></head>
<body><p>{warning}</p><article><h1>@nobody</h1><p>{threat}</p></article></body></html>
"""


class Page(http.server.ThreadingHTTPServer):
    """Serves the one page until it vanishes; then every address answers 404."""

    daemon_threads = True

    def __init__(self, language: str) -> None:
        super().__init__((HOST, 0), _Handler)
        self.threat = THREAT[language]
        self.there = True
        self.html = _HTML.format(
            language=language,
            title=_TITLE[language],
            warning=_WARNING[language],
            threat=self.threat,
        ).encode()

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    @property
    def url(self) -> str:
        """The address of the page."""
        return f"http://{HOST}:{self.server_address[1]}{PATH}"

    def vanish(self) -> None:
        """Delete the page."""
        self.there = False


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Page

    def do_GET(self) -> None:
        found = self.server.there and self.path == PATH
        body = self.server.html if found else b"<title>404</title>Not found"
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: the demonstration has a voice of its own."""
