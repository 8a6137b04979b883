"""shapes: Exim's usual lines, many at a time: what `mailtop.mta.exim.parse` says of them, as templates.

Refusals of a recipient, guessed passwords, clients coming and going, and a message's way: arrival, DKIM, delivery, end.
Every template opens with words of Exim's own that no syslog daemon's line has (`mailtop.record.exim_line`), because the
lines of its own log have nothing else to be known by. All others, and every line with a quoted local part, a blank
in HELO or brackets in a next hop's words, are the parser's.
"""

import re
from typing import Final

from mailtop.event import Accept, Auth, Connect, Deliver, Disconnect, Filter, Hangup, Notice, Queue, Reject, Remove
from mailtop.mta.exim.arrival import version
from mailtop.mta.exim.delivery import recipient, replied, seconds
from mailtop.mta.exim.host import NOBODY, Peer
from mailtop.mta.exim.notices import authenticity
from mailtop.mta.exim.refusal import reply
from mailtop.mta.exim.verdicts import of_text, verdict
from mailtop.mta.parser import Derived, Shape, always

_PEER: Final = (
    b"{?{client_name%n} }{?({helo=[{%v}]}) {/}({helo%s}) }{!{session=[{client%v}]:{%d}}{/}[{client%v}]}"
    b"{? I=[{%v}]:{%d}}"
)
_FROM: Final = b"{!{sender=<>}{/}{sender%s}}"
_WHERE: Final = b" {first%a}{? <{top%s}>}{? F=<{?{%s}}>}{? P=<{?{%s}}>} R={%a} "
_TIMES: Final = b"{? QT={delay%a}}{? DT={%a}}"
_REPLY: Final = b'{? C="{!{text={said:14}{}}"{/}{text={said}}"}}'
"""what a next hop said; its first octets have the codes"""

_NULL: Final = Derived("sender", ("sender",), lambda sender: sender or b"<>")
_AUTH: Final = always("status", b"failed"), always("reason", b"auth")
_IDENT: Final = Derived("message_id", ("ident",), lambda ident: b"<%b>" % ident if ident else b"")


def _verdict(soft: bytes, listed: bytes, said: bytes, *who: bytes) -> bytes | None:
    """Reason and list as one, because they are found together; `who`: client, name, HELO."""
    code, _, text = reply(said, bool(soft))
    if who:
        text = text or _BLACK % (who[0], listed)
        found = verdict(text, code, b"other", Peer(who[1] or None, who[2] or None, who[0]))
    elif listed:
        if not _IS_ZONE(listed):
            return None
        found = verdict(_BLACK % (b"192.0.2.1", listed), code, b"other", NOBODY)
    elif (known := of_text(text, code, b"other")) is not None:
        found = known
    else:
        return None
    return found[0] + b" " + (found[1] or b"")


_BLACK: Final = b"rejected because %b is in a black list at %b"
"""The text of Exim's own configuration: how the list is called decides, not whom it lists."""
_IS_ZONE: Final = re.compile(rb"(?:[0-9a-z-]{1,63}\.){1,9}[a-z]{2,63}").fullmatch
_REFUSED: Final = (
    always("stage", b"RCPT"),
    _NULL,
    Derived("reply", ("begin", "soft"), lambda said, soft: reply(said, bool(soft))[0]),
    Derived("enhanced", ("begin", "soft"), lambda said, soft: reply(said, bool(soft))[1] or b""),
    Derived("text", ("black", "said", "soft"), lambda black, said, soft: black or reply(said, bool(soft))[2]),
    Derived("verdict", ("soft", "list", "said"), _verdict, ("client", "client_name", "helo")),
    Derived("reason", ("verdict",), lambda verdict: verdict.partition(b" ")[0]),
    Derived("zone", ("verdict",), lambda verdict: verdict.partition(b" ")[2]),
)
_ARRIVED: Final = (
    Derived("tls", ("tls",), lambda cipher: version(cipher) or b""),
    Derived("sasl_user", ("login",), lambda login: login.partition(b":")[2]),
    Derived(
        "helo",
        ("helo", "client_name", "protocol"),
        lambda helo, name, protocol: helo or (name if protocol[:1] == b"e" else b""),
    ),
    _IDENT,
)
_DELIVERED: Final = (
    always("status", b"sent"),
    Derived("recipient", ("first", "top"), lambda first, top: recipient(first, top or None)),
    Derived("reply", ("said",), lambda said: replied(said)[0] or b""),
    Derived("enhanced", ("said",), lambda said: replied(said)[1] or b""),
    Derived("delay", ("delay",), lambda delay: seconds(delay) or b""),
)
_KEPT: Final = (
    Derived("recipient", ("first", "top"), lambda first, top: recipient(first, top or None)),
    always("status", b"sent"),
    Derived("delay", ("delay",), lambda delay: seconds(delay) or b""),
)

_OF_MESSAGE: Final = tuple(
    shape
    for ident in (b"{queue_id={:6%w}-{:6%w}-{:2%w}} ", b"{queue_id={:6%w}-{:11%w}-{:4%w}} ")  # since Exim 4.97
    for shape in (
        Shape(
            Accept,
            ident + b"<= " + _FROM + b" H=" + _PEER + b" P={protocol={!esmtp{/}smtp}{?{%w}}}{? X={tls%s}}{? CV={%w}}"
            b"{? A={login%s}} S={size%d}{? id={ident%a}{? for {recipient%s}}}",
            _ARRIVED,
        ),
        Shape(Remove, ident + b"Completed{*}", (always("status", b"removed"),)),
        *(
            Shape(Deliver, ident + arrow + _WHERE + to, follows)
            for arrow in (b"=>", b"->")
            for to, follows in (
                (b"T={relay%a}{? S={%w}}" + _TIMES, _KEPT),
                (b"T={%a}{? S={%w}} H={relay={%s} [{%s}]{?:{%d}}}{? X={%s}}{? CV={%w}}" + _REPLY + _TIMES, _DELIVERED),
            )
        ),
        Shape(
            Filter,
            ident + b"{text=DKIM: d={}[{said}]}",
            (always("reason", b"dkim"), Derived("status", ("said",), authenticity)),
        ),
        Shape(
            Queue,
            ident + b"<= " + _FROM + b"{? {text=R={%s}}}{? U={%s}} P=local S={size%d}{? id={ident%a}}",
            (_IDENT,),
        ),
    )
)

SHAPES: Final = (
    Shape(
        Reject,
        b"H=" + _PEER + b"{? X={%s} CV={%w}} F=<{?{sender%v}}> {?{soft=temporarily }}rejected RCPT <{?{recipient%v}}>"
        b"{?: {!{black=rejected because {@client} is in a black list at {list*}}{/}{said={begin:14}{*}}{/}"
        b"{said={begin*}}}}",
        _REFUSED,
    ),
    Shape(Notice, b"H=" + _PEER + b" {text=sender verify fail for <{?{sender%v}}>{*}}", (_NULL,)),
    Shape(Notice, b"{text=no host name found for IP address {client%h}}"),
    Shape(Connect, b"SMTP connection from " + _PEER + b" (TCP/IP connection count = {*}"),
    Shape(Disconnect, b"SMTP connection from " + _PEER + b"{? D={%s}} {text=closed by QUIT}"),
    *_OF_MESSAGE,
    Shape(Hangup, b"{text=unexpected disconnection while reading SMTP command} from " + _PEER + b" D={*}"),
    Shape(Notice, b"{text=no MAIL in SMTP connection from " + _PEER + b" D={*}}"),
    Shape(Hangup, b"SMTP connection from " + _PEER + b" {text=lost{? D={%s}}}"),
    Shape(
        Auth,
        b'SMTP protocol error in "AUTH {%w}" H=' + _PEER + b" {text=AUTH command used when not advertised}",
        _AUTH,
    ),
    Shape(Notice, b"{text=TLS error on connection from " + _PEER + b" ({*}}"),
    Shape(Hangup, b"SMTP call from " + _PEER + b" dropped: {text=too many {*}}", (always("reason", b"protocol"),)),
    Shape(
        Auth,
        b"{mechanism={%w}{?_{%w}}} authenticator failed for " + _PEER
        + b": {said=535 Incorrect authentication data}{? (set_id={sasl_user%s})}",
        (*_AUTH, Derived("text", ("mechanism", "said"), lambda mechanism, said: mechanism + b" " + said)),
    ),
)  # fmt: skip
