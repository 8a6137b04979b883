"""Fetching, from a server on this machine's loopback: what comes is whole, bounded, and a table's."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from mailtop.lookup import asn_fetch
from mailtop.lookup.asn import AsnTableError
from mailtop.lookup.asn_fetch import fetch, is_url

BODY = b"192.0.2.0/24\t64496\n" * 100


class Server(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        name = self.path.rpartition("/")[2]
        if name == "gone":
            self.send_error(404)
            return
        if name in ("elsewhere", "onward"):
            self.send_response(302)
            self.send_header("Location", "file:///etc/passwd" if name == "elsewhere" else "/table.dat")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html" if name == "page" else "text/plain")
        self.send_header("Content-Length", str(len(BODY) + (7 if name == "short" else 0)))
        if name == "table.dat":
            self.send_header("Last-Modified", "Wed, 17 Jun 2026 12:00:00 GMT")
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Not on standard error."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with HTTPServer(("127.0.0.1", 0), Server) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()


def test_a_table_comes_whole_with_its_day(server: str, tmp_path: Path) -> None:
    for name in ("table.dat", "onward"):
        path, day = fetch(f"{server}/data/{name}", tmp_path)
        assert path.read_bytes() == BODY
        assert (path.name, day) == (name, "2026-06-17")
    assert fetch(f"{server}/undated", tmp_path).day is None


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("gone", "404 Not Found"),
        ("page", "an HTML page, not a table"),
        ("short", "cut short: 1,900 bytes of 1,907"),
        ("elsewhere", "file"),
    ],
)
def test_what_is_no_table_is_one_line(name: str, says: str, server: str, tmp_path: Path) -> None:
    with pytest.raises(AsnTableError) as caught:
        fetch(f"{server}/{name}", tmp_path)
    assert says in str(caught.value)
    assert str(caught.value).startswith(f"{server}/{name}: ")
    assert str(caught.value).isprintable()


def test_size_and_time_are_bounded(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 901.0])
    with pytest.raises(AsnTableError, match="not there after 900 seconds"):
        fetch(f"{server}/table.dat", tmp_path, lambda: next(clock))
    monkeypatch.setattr(asn_fetch, "MAX_DOWNLOAD", 1000)
    with pytest.raises(AsnTableError, match="more than 0 MB"):
        fetch(f"{server}/table.dat", tmp_path)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://ftp.example/table", "data://x", "http://[x/", "http://"])
def test_other_urls_are_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(AsnTableError):
        fetch(url, tmp_path)
    assert is_url(url)


def test_a_server_that_is_not_there(server: str, tmp_path: Path) -> None:
    with pytest.raises(AsnTableError, match=r"cannot be fetched: .*refused"):
        fetch("http://127.0.0.1:1/table", tmp_path)
