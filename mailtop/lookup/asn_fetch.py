"""Fetching a published table: the only code of mailtop that opens a connection, and only when the user says update.

In: an http or https URL, and a directory for what comes. Out: a file there, and the day that the server gives it
(Last-Modified). AsnTableError, on one line, for anything else: other schemes (also after a redirection), answers other
than 200, an HTML page, less than the length announced, more than MAX_DOWNLOAD bytes, longer than DEADLINE seconds.
Proxies are taken from the environment, as urllib has it; certificates are checked.
"""

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from mailtop import __version__
from mailtop.lookup.asn_file import AsnTableError

MAX_DOWNLOAD: Final = 512 << 20
"""bytes; iptoasn's table has 9 MB, a RouteViews RIB 150 MB"""
TIMEOUT: Final = 30.0
"""seconds without a byte"""
DEADLINE: Final = 900.0
"""seconds for the whole"""
_PIECE: Final = 1 << 16


class Fetched(NamedTuple):
    """What came, and the day of it (ISO 8601), None where the server does not say."""

    path: Path
    day: str | None


def is_url(text: str) -> bool:
    """Whether an argument is a URL, not the name of a file."""
    return "://" in text


def fetch(url: str, folder: Path, clock: Callable[[], float] = time.monotonic) -> Fetched:
    """Return what is at `url`, as a file in `folder`, named as in the URL; AsnTableError says why it cannot be had."""
    try:
        if urlsplit(url).scheme not in ("http", "https"):
            raise AsnTableError(f"{url}: only http and https are fetched")
        out = folder / (Path(urlsplit(url).path).name or "table")
        request = urllib.request.Request(url, headers={"User-Agent": f"mailtop/{__version__}"})
        with _opener().open(request, timeout=TIMEOUT) as answer:
            if answer.headers.get_content_type() == "text/html":
                raise AsnTableError(f"{url}: an HTML page, not a table")
            _save(url, answer, out, clock() + DEADLINE, clock)
            return Fetched(out, _day(answer.headers.get("Last-Modified")))
    except urllib.error.HTTPError as error:
        error.close()
        raise AsnTableError(f"{url}: {error.code} {ascii(error.reason)[1:-1]}") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        if isinstance(error, AsnTableError):
            raise
        reason = getattr(error, "reason", None) or error
        raise AsnTableError(f"{url}: cannot be fetched: {ascii(str(reason) or type(error).__name__)[1:-1]}") from error


def _opener() -> urllib.request.OpenerDirector:
    """urllib's opener without the schemes that are not the network's: file, ftp, data."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler, urllib.request.HTTPHandler, urllib.request.HTTPSHandler,
        urllib.request.HTTPRedirectHandler, urllib.request.HTTPDefaultErrorHandler, urllib.request.HTTPErrorProcessor,
        urllib.request.UnknownHandler,
    ):  # fmt: skip
        opener.add_handler(handler())
    return opener


def _save(url: str, answer: http.client.HTTPResponse, out: Path, deadline: float, clock: Callable[[], float]) -> None:
    announced = answer.headers.get("Content-Length")
    size = 0
    with out.open("wb") as file:
        while piece := answer.read(_PIECE):
            size += len(piece)
            if size > MAX_DOWNLOAD:
                raise AsnTableError(f"{url}: more than {MAX_DOWNLOAD >> 20} MB")
            if clock() > deadline:
                raise AsnTableError(f"{url}: not there after {DEADLINE:.0f} seconds")
            file.write(piece)
    if announced is not None and announced.isdigit() and size != int(announced):
        raise AsnTableError(f"{url}: cut short: {size:,} bytes of {int(announced):,}")


def _day(stamp: str | None) -> str | None:
    try:
        return f"{parsedate_to_datetime(stamp or ''):%Y-%m-%d}"
    except ValueError:
        return None
