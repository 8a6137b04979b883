"""host: whom Exim speaks of: `name (helo) [address]:port I=[interface]:port Ci=pid U=ident`.

Source: host.c (host_build_sender_fullhost, host_and_ident), receive.c (add_host_info_for_log). The name is there when
it was looked up and verified; HELO when it differs from it; the port with log_selector +incoming_port, `I=` with
+incoming_interface, `Ci=` with +connection_id, `U=` when an ident server answered or the sender is local.

The name cannot hold a blank or a parenthesis. HELO can only where the administrator set helo_accept_junk_hosts; in the
usual case what stands after the first `) [address]` is not HELO any more, and so it is read. Addresses in angle
brackets hold blanks, `<` and `>` only inside a quoted local part, which ends where its quotes end.

BUGS: with helo_accept_junk_hosts a client can put `x) [192.0.2.1] ...` into HELO and be taken for 192.0.2.1.
"""

import re
from typing import Final, NamedTuple

ADDRESS: Final = rb'(?>(?:[^<>"\s]|"(?:[^"\\]|\\.)*")*)'
"""an address, as a client may write it: blanks and brackets only within quotes"""

HOST: Final = rb"(?:([^\s(\[]+) )?(?:\((.*?)\) )?(\[([^\]\s]*)\](?::\w+)?)"
"""groups: name, helo, `[address]:port`, address"""

AFTER: Final = rb"(?: I=\[[^\]\s]*\](?::\w+)?)?(?: Ci=\w+)?(?: TFO\*?)?(?: U=[^ :]*)?"
"""what follows a host, before the words of the line"""

_PEER = re.compile(rb"(?:[HU]=)?(?: ?DS)?" + HOST + AFTER, re.DOTALL).match


class Peer(NamedTuple):
    """A client, as a line names it; each field None where it does not."""

    name: bytes | None = None
    helo: bytes | None = None
    client: bytes | None = None
    session: bytes | None = None
    """`[address]:port`: one connection; None when the log has no port"""
    end: int = 0
    """where the line goes on"""


NOBODY: Final = Peer()
"""A local user, or a client that the line does not name."""


def connection(socket: bytes) -> bytes | None:
    """What tells this connection from the client's others: `[address]:port`, when there is a port."""
    return socket if socket[-1:] != b"]" else None


def peer(text: bytes, at: int = 0) -> Peer | None:
    """The client that the text names at a place, `H=` before it or not; None when there is none."""
    found = _PEER(text, at)
    if found is None:
        return None
    name, helo, socket, client = found.groups()
    return Peer(name, helo, client, connection(socket), found.end())


def sender(address: bytes | None) -> bytes | None:
    """A reverse-path as the schema has it: the null sender is `<>`."""
    return b"<>" if address == b"" else address
