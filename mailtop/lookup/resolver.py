"""resolver: the one door to dnspython. Puts one question to the MTA's own resolver.

In: a name and a record type. Out: a `Reply`, whatever happens: nothing that DNS may do is raised.
The servers are those of a resolv.conf(5): what the MTA asks must be asked, since a list may answer one resolver and
refuse another. Postfix in a chroot has its own below `$queue_directory/etc`. The search list is never used.

May be called from several threads at once. Nothing is cached here: the resolver asked has a cache.
"""

import time
from collections.abc import Sequence
from socket import inet_aton
from typing import Final

import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.resolver

from mailtop.lookup.dnsbl import Outcome, RecordType, Reply

RESOLV_CONF: Final = "/etc/resolv.conf"
TRY: Final = 2.0
"""seconds for one try"""
LIFETIME: Final = 5.0
"""seconds for a question with all its tries"""


class ResolverError(Exception):
    """One line: why there is no resolver to ask."""


class DnsResolver:
    """A resolver; calling it puts a question. ResolverError when resolv.conf cannot be used."""

    def __init__(
        self,
        resolv_conf: str = RESOLV_CONF,
        servers: Sequence[str] = (),
        port: int = 53,
        lifetime: float = LIFETIME,
    ) -> None:
        try:
            self._resolver = dns.resolver.Resolver(resolv_conf, configure=not servers)
        except (dns.exception.DNSException, OSError, ValueError) as error:
            raise ResolverError(f"{resolv_conf}: {error or type(error).__name__}") from None
        if servers:
            self._resolver.nameservers = list(servers)
            self._resolver.port = port
        self._resolver.timeout = min(TRY, lifetime)
        self._resolver.lifetime = lifetime
        self.servers = tuple(str(server) for server in self._resolver.nameservers)
        """addresses of the servers asked"""

    def __call__(self, name: str, kind: RecordType) -> Reply:
        """Put one question."""
        began = time.monotonic()

        def after(
            outcome: Outcome,
            records: tuple[str, ...] = (),
            negative: tuple[str | None, int | None] = (None, None),
        ) -> Reply:
            return Reply(outcome, records, *negative, time.monotonic() - began)

        try:
            answer = self._resolver.resolve(name, kind, search=False, raise_on_no_answer=False)
        except dns.resolver.NXDOMAIN as error:
            replies = [reply for reply in error.kwargs.get("responses", {}).values() if reply is not None]
            return after("nxdomain", (), _negative(replies[-1] if replies else None))
        except dns.exception.Timeout:
            return after("timeout")
        except dns.resolver.NoNameservers as error:
            return after(_failure(error.kwargs.get("errors", ())))
        except (dns.exception.DNSException, OSError, ValueError):
            return after("failed")
        if answer.rrset is None:
            return after("nodata", (), _negative(answer.response))
        records = [_text(record, kind) for record in answer.rrset]
        # A server turns the order round from answer to answer.
        return after("answer", tuple(sorted(records, key=inet_aton) if kind == "A" else sorted(records)))


def _negative(response: dns.message.Message | None) -> tuple[str | None, int | None]:
    """Whose SOA came with a negative answer, and for how long it may be remembered."""
    for rrset in response.authority if response is not None else ():
        if rrset.rdtype == dns.rdatatype.SOA:
            owner = rrset.name.to_text(omit_final_dot=True).lower()
            return owner, min(rrset.ttl, *(record.minimum for record in rrset))
    return None, None


def _failure(errors: Sequence[tuple[object, ...]]) -> Outcome:
    """Which failure: of several servers' the one that tells most."""
    said = {error[3] for error in errors if len(error) > 3}
    if "REFUSED" in said:
        return "refused"
    if said & {"SERVFAIL", "NOTIMP", "FORMERR", "NOTAUTH"} or not said:
        return "servfail"
    return "timeout" if any(isinstance(word, dns.exception.Timeout) for word in said) else "servfail"


def _text(record: object, kind: RecordType) -> str:
    if kind == "TXT":
        return b"".join(record.strings).decode("utf-8", "replace")  # type: ignore[attr-defined]
    if kind == "NS":
        return str(record.target.to_text(omit_final_dot=True)).lower()  # type: ignore[attr-defined]
    return str(record)
