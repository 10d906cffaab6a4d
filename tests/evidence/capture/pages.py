"""A server on this machine with the pages that make capturing hard.

with Pages() as pages:
    pages.url("/story")                # http://127.0.0.1:PORT/story
    pages.gone.add("/story")           # from now on it answers 404
"""

from __future__ import annotations

import http.server
import threading
import time
from typing import Self

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360f8cf00000301010018dd8db00000000049454e44ae426082"
)
STORY = (
    "<!doctype html><html lang=ru><head><meta charset=utf-8><title>A car was burnt</title></head>"
    "<body><h1>Сгорела машина</h1><p>On Monday evening, in Makhachkala.</p>"
    "<img src=/near.png width=40 height=40></body></html>"
)
LAZY = (
    "<title>Lazy</title><p>top</p><div style='height:4000px'></div>"
    "<img loading=lazy src=/far.png width=40 height=40><p>bottom</p>"
)
ENDLESS = (
    "<title>Endless</title><div id=a></div><script>"
    "function more(){for(let i=0;i<20;i++){let p=document.createElement('p');p.textContent='post';"
    "p.style.height='100px';document.getElementById('a').append(p)}}more();"
    "addEventListener('scroll',more)</script>"
)
SCRIPTED = (
    "<title>x</title><p id=a>before</p><script>fetch('/data.json').then(r=>r.json()).then(d=>{"
    "document.getElementById('a').textContent=d.words;document.title='after'})</script>"
)
WALL = "<title>Log in to continue</title><form><input type=password><button>Log in</button></form>"
HANGING = "<title>Hanging</title><p>words</p><script>setTimeout(()=>{while(true){}},300)</script>"


class Pages(http.server.ThreadingHTTPServer):
    """Serves the pages, each request in a thread of its own; notes what was asked for."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.gone: set[str] = set()
        self.texts: dict[str, str] = {}
        self.answers: dict[str, tuple[int, tuple[tuple[str, str], ...]]] = {}
        self.asked: list[str] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that hangs up is nothing to report."""

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        """Return the address of a page."""
        return f"http://{host}:{self.server_port}{path}"


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Pages

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.server.asked.append(path)
        if path in self.server.answers:
            status, headers = self.server.answers[path]
            self._send(status, "text/html", b"<title>No</title><p>Not from here.", *headers)
        elif path in self.server.gone:
            self._send(404, "text/html", "<title>404</title><h1>Страница не найдена</h1>".encode())
        elif path in self.server.texts:
            self._send(200, "text/html; charset=utf-8", self.server.texts[path].encode())
        elif path in _REDIRECTS:
            self._send(302, "text/plain", b"", ("Location", _REDIRECTS[path]))
        elif path in _SLOW:
            self._slow()
        elif path in _PAGES:
            kind, body = _PAGES[path]
            self._send(200, kind, body)
        else:
            self._send(404, "text/plain", b"nothing here")

    def _send(self, status: int, kind: str, body: bytes, *more: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (*more, ("Content-Type", kind), ("Set-Cookie", "who=me")):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _slow(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", "100000")
        self.end_headers()
        for _ in range(100):
            self.wfile.write(b"<p>slow</p>")
            self.wfile.flush()
            time.sleep(0.2)


_HTML = "text/html; charset=utf-8"
_PAGES = {
    "/story": (_HTML, STORY.encode()),
    "/near.png": ("image/png", PNG),
    "/far.png": ("image/png", PNG),
    "/lazy": (_HTML, LAZY.encode()),
    "/framed": (_HTML, b"<title>Framed</title><p>outer</p><iframe src=/inner></iframe>"),
    "/inner": (_HTML, b"<p>inner words</p>"),
    "/wall": (_HTML, WALL.encode()),
    "/endless": (_HTML, ENDLESS.encode()),
    "/scripted": (_HTML, SCRIPTED.encode()),
    "/data.json": ("application/json", b'{"words": "from a script"}'),
    "/hanging": (_HTML, HANGING.encode()),
    "/inside": (
        _HTML,
        b"<title>Inside</title><p>words</p><script src='http://10.1.2.3/a.js'></script>"
        b"<img src='http://169.254.169.254/latest/meta-data'><img src='http://[::1]:9/x'>"
        b"<script src='http://outside.test/b.js'></script><iframe src=/to-inside></iframe>"
        b"<script>try{new WebSocket('ws://192.168.1.1/s')}catch(e){}</script>",
    ),
    "/huge": (_HTML, b"<title>Huge</title>" + b"<!-- " + b"x" * (4 * 2**20) + b" -->"),
    "/many": (_HTML, b"<title>Many</title>" + b"<img src=/huge>" * 3),
    "/renamed": (
        _HTML,
        b"<title>Renamed</title><p>words</p><script>history.replaceState(0,'','/other')</script>",
    ),
    "/words.txt": ("text/plain; charset=utf-8", b"only words"),
    "/archive.zip": ("application/zip", b"PK\x05\x06" + b"\0" * 18),
}
_REDIRECTS = {
    "/moved": "/moved-again",
    "/moved-again": "/story",
    "/private": "/wall",
    "/to-inside": "http://10.9.9.9/secret",
    "/to-renamed": "/renamed",
}
_SLOW = {"/slow"}
