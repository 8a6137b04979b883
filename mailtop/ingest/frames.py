"""Frames: whole Python values over a pipe between mailtop's own processes.

A frame is a length (8 bytes, big-endian) and a pickle. Only mailtop's own children are ever read, over pipes that
nobody else can open; a log's bytes travel inside as data.
"""

import pickle
from struct import Struct
from typing import IO, Final

_LENGTH: Final = Struct(">Q")


def send(stream: IO[bytes], message: object) -> None:
    """Write one value and flush. BrokenPipeError when the other side is gone."""
    payload = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    stream.write(_LENGTH.pack(len(payload)))
    stream.write(payload)
    stream.flush()


def receive(stream: IO[bytes]) -> object | None:
    """The next value, waiting for it; None at the end of the stream, or when the other side died in mid-frame."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    payload = stream.read(length)
    return pickle.loads(payload) if len(payload) == length else None
