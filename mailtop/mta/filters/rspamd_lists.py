"""rspamd_lists: which DNS list an rspamd symbol stands for.

Source: conf/modules.d/rbl.conf of rspamd 3.4, and of 1.x for lists that it no longer asks. rspamd logs a symbol, not
the zone nor (mostly) the answer; both are those of the configuration that rspamd comes with. The answer is given where
the symbol stands for one only.

RECEIVED_ symbols are about hosts in Received fields, and lists of domains (DBL, SURBL, URIBL) about the text: neither
is the client's listing.

BUGS: who asks Spamhaus through a key has zen.dq.spamhaus.net under the same symbols; here it is zen.spamhaus.org.
"""

from typing import Final

_ZEN = b"zen.spamhaus.org"
_MAILSPIKE = b"rep.mailspike.net"
_SORBS = b"dnsbl.sorbs.net"
_DNSWL = b"list.dnswl.org"

LISTS: Final[dict[bytes, tuple[bytes, bytes | None]]] = {
    b"RBL_SPAMHAUS": (_ZEN, None),
    b"RBL_SPAMHAUS_SBL": (_ZEN, b"127.0.0.2"),
    b"RBL_SPAMHAUS_CSS": (_ZEN, b"127.0.0.3"),
    b"RBL_SPAMHAUS_XBL": (_ZEN, None),
    b"RBL_SPAMHAUS_XBL1": (_ZEN, b"127.0.0.5"),
    b"RBL_SPAMHAUS_XBL2": (_ZEN, b"127.0.0.6"),
    b"RBL_SPAMHAUS_XBL3": (_ZEN, b"127.0.0.7"),
    b"RBL_SPAMHAUS_XBL_ANY": (_ZEN, None),
    b"RBL_SPAMHAUS_PBL": (_ZEN, None),
    b"RBL_SPAMHAUS_PBL1": (_ZEN, b"127.0.0.11"),
    b"RBL_SPAMHAUS_DROP": (_ZEN, b"127.0.0.9"),
    b"RWL_SPAMHAUS_WL": (b"swl.spamhaus.org", None),
    b"RWL_SPAMHAUS_WL_IND": (b"swl.spamhaus.org", b"127.0.2.2"),
    b"RWL_SPAMHAUS_WL_TRANS": (b"swl.spamhaus.org", b"127.0.2.3"),
    b"MAILSPIKE": (_MAILSPIKE, None),
    b"RBL_MAILSPIKE": (_MAILSPIKE, None),
    b"RBL_MAILSPIKE_ZOMBIE": (b"bl.mailspike.net", b"127.0.0.2"),
    b"RBL_MAILSPIKE_WORST": (_MAILSPIKE, b"127.0.0.10"),
    b"RBL_MAILSPIKE_VERYBAD": (_MAILSPIKE, b"127.0.0.11"),
    b"RBL_MAILSPIKE_BAD": (_MAILSPIKE, b"127.0.0.12"),
    b"RWL_MAILSPIKE_NEUTRAL": (_MAILSPIKE, None),
    b"RWL_MAILSPIKE_POSSIBLE": (_MAILSPIKE, b"127.0.0.17"),
    b"RWL_MAILSPIKE_GOOD": (_MAILSPIKE, b"127.0.0.18"),
    b"RWL_MAILSPIKE_VERYGOOD": (_MAILSPIKE, b"127.0.0.19"),
    b"RWL_MAILSPIKE_EXCELLENT": (_MAILSPIKE, b"127.0.0.20"),
    b"RBL_SENDERSCORE": (b"bl.score.senderscore.com", None),
    b"RBL_SEM": (b"bl.spameatingmonkey.net", None),
    b"RBL_SEM_IPV6": (b"bl.ipv6.spameatingmonkey.net", None),
    b"RBL_VIRUSFREE_UNKNOWN": (b"bip.virusfree.cz", None),
    b"RBL_VIRUSFREE_BOTNET": (b"bip.virusfree.cz", b"127.0.0.2"),
    b"RBL_NIXSPAM": (b"ix.dnsbl.manitu.net", None),
    b"RBL_BLOCKLISTDE": (b"bl.blocklist.de", None),
    b"RBL_ABUSECH": (b"spam.abuse.ch", None),
    b"RBL_UCEPROTECT_LEVEL1": (b"dnsbl-1.uceprotect.net", None),
    b"RBL_UCEPROTECT_LEVEL2": (b"dnsbl-2.uceprotect.net", None),
    b"RBL_UCEPROTECT_LEVEL3": (b"dnsbl-3.uceprotect.net", None),
    b"RBL_SORBS": (_SORBS, None),
    b"RBL_SORBS_HTTP": (_SORBS, b"127.0.0.2"),
    b"RBL_SORBS_SOCKS": (_SORBS, b"127.0.0.3"),
    b"RBL_SORBS_MISC": (_SORBS, b"127.0.0.4"),
    b"RBL_SORBS_SMTP": (_SORBS, b"127.0.0.5"),
    b"RBL_SORBS_RECENT": (_SORBS, b"127.0.0.6"),
    b"RBL_SORBS_WEB": (_SORBS, b"127.0.0.7"),
    b"RBL_SORBS_BLOCK": (_SORBS, b"127.0.0.8"),
    b"RBL_SORBS_ZOMBIE": (_SORBS, b"127.0.0.9"),
    b"RBL_SORBS_DUL": (_SORBS, b"127.0.0.10"),
    b"RCVD_IN_DNSWL": (_DNSWL, None),
    b"RCVD_IN_DNSWL_NONE": (_DNSWL, None),
    b"RCVD_IN_DNSWL_LOW": (_DNSWL, None),
    b"RCVD_IN_DNSWL_MED": (_DNSWL, None),
    b"RCVD_IN_DNSWL_HI": (_DNSWL, None),
}
"""symbol -> zone, and the answer it stands for"""

BLOCKED: Final[dict[bytes, bytes]] = {
    b"RBL_SPAMHAUS_BLOCKED": _ZEN,
    b"RBL_SPAMHAUS_BLOCKED_OPENRESOLVER": _ZEN,
    b"RECEIVED_SPAMHAUS_BLOCKED": _ZEN,
    b"RECEIVED_SPAMHAUS_BLOCKED_OPENRESOLVER": _ZEN,
    b"RBL_SPAMHAUS_FAIL": _ZEN,
    b"DNSWL_BLOCKED": _DNSWL,
    b"RCVD_IN_DNSWL_FAIL": _DNSWL,
    b"DWL_DNSWL_BLOCKED": b"dwl.dnswl.org",
    b"DWL_DNSWL_FAIL": b"dwl.dnswl.org",
    b"DBL_BLOCKED": b"dbl.spamhaus.org",
    b"DBL_BLOCKED_OPENRESOLVER": b"dbl.spamhaus.org",
    b"DBL_PROHIBIT": b"dbl.spamhaus.org",
    b"DBL_FAIL": b"dbl.spamhaus.org",
    b"SURBL_BLOCKED": b"multi.surbl.org",
    b"SURBL_MULTI_FAIL": b"multi.surbl.org",
    b"URIBL_BLOCKED": b"multi.uribl.com",
    b"URIBL_MULTI_FAIL": b"multi.uribl.com",
    b"RBL_NIXSPAM_FAIL": b"ix.dnsbl.manitu.net",
    b"RBL_SENDERSCORE_FAIL": b"bl.score.senderscore.com",
    b"RBL_SENDERSCORE_BLOCKED": b"bl.score.senderscore.com",
    b"RBL_SEM_FAIL": b"bl.spameatingmonkey.net",
    b"RBL_VIRUSFREE_UNKNOWN_FAIL": b"bip.virusfree.cz",
    b"MAILSPIKE_FAIL": _MAILSPIKE,
    b"RBL_BLOCKLISTDE_FAIL": b"bl.blocklist.de",
    b"BLOCKLISTDE_FAIL": b"bl.blocklist.de",
    b"SPAMHAUS_FAIL": _ZEN,
}
"""symbol that says a list refused or could not be asked -> zone"""
