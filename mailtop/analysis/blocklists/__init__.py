"""blocklists: what a log says about the health of the DNS lists that a server asks, without asking anybody.

In: the answers that `evidence.gather` has a store give, for a slice and a span; what is known of lists (a
`Catalogue`); which lists are configured, where that is known. Out: `findings`, the worst first, each with its numbers
and the way out. It says the same of an old log as of today's, for nothing is looked up.

    D1   known to be dead, renamed, merged     known.py        D6   fails when asked                 failing.py
    D2   answers that are no listings          odd.py          D7   a content filter says so         failing.py
    D3   its text says that it is dead         odd.py          D8   an allowlist that defers         failing.py
    D4   names everyone, or our good clients   ratio.py        D9   two lists with the same data     overlap.py
    D5   silent for longer than chance         silence.py      D10  names all that is accepted       ratio.py

Critical is what turns mail away that should not be; then what is useless; then what is worth knowing.
"""

from mailtop.analysis.blocklists.evidence import Evidence, gather
from mailtop.analysis.blocklists.failing import defers, fails, filters_say
from mailtop.analysis.blocklists.finding import Finding, worst_first
from mailtop.analysis.blocklists.known import known
from mailtop.analysis.blocklists.odd import odd_answers, odd_texts
from mailtop.analysis.blocklists.overlap import same_data
from mailtop.analysis.blocklists.ratio import names_all_accepted, names_everyone
from mailtop.analysis.blocklists.silence import silent
from mailtop.lookup.dnsbl import Catalogue

__all__ = ["Evidence", "Finding", "findings", "gather"]


def findings(evidence: Evidence, catalogue: Catalogue) -> tuple[Finding, ...]:
    """All that is to be said, the worst first."""
    return worst_first(
        (
            *known(evidence, catalogue),
            *odd_answers(evidence),
            *odd_texts(evidence),
            *names_everyone(evidence, catalogue),
            *silent(evidence),
            *fails(evidence),
            *filters_say(evidence),
            *defers(evidence, catalogue),
            *same_data(evidence),
            *names_all_accepted(evidence, catalogue),
        )
    )
