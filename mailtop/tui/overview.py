"""Overview: the first screen.

    mailtop   mx1   /var/log/mail.log                    96 lines/s   window 5m   LIVE      what is watched, how well
    conn 12.4/s  .:-=+*##*+=:   refused 71%   deferred 3%   accepted 26%   clients 1,842    what it adds up to
    ! counts are low by at least 40: syslog dropped lines                                   only when something is wrong
    - 1 Top clients ------------------------------------------- by REJ v  9 of 1,842 -
      IP              ASN      CONN   vREJ REJ%   TMP     OK LAST WHY           TREND       gets the room
    > 203.0.113.77    AS64500  1,204  1,204 100%     0      0   1s dnsbl:zen     =*##*+==
    - 2 Reject reasons ------- by COUNT v -   - 3 DNS blocklists ------- by DECIDED v -
      dnsbl             4,102  58%            zen.example.org        3,811  93%
    - 4 Networks ----------- by CLIENTS v -   - 5 Traffic ---------------------------- -
      AS64500  EXAMPLE-NET      3  1,814      connections    1,204  4.1/s  .:-=+*##
    - 6 Refused mail ------------------------------------------------- newest first -
      18:02:11 203.0.113.77   554  dnsbl:zen   ylmf-pc   <>   info@example.org
    ? Help  / Filter  Space Pause  Enter Open  z Zoom  e Export  q Quit

At 80x24 panes 1, 2 and 3 are there; 4 to 6 come by their digit. From 100 columns and 30 rows all six; below 60x18 one.
"""

from typing import ClassVar

from mailtop.tui.desk import Desk
from mailtop.tui.paned import PanedScreen
from mailtop.tui.panes import Pane
from mailtop.views import VIEWS

PANES = ("clients", "reasons", "dnsbl", "networks", "rates", "refusals")
"""Which view stands behind which digit."""


class Overview(PanedScreen):
    """See the module."""

    HINTS: ClassVar[tuple[tuple[str, str], ...]] = (
        ("help", ""), ("filter", ""), ("pause", ""), ("open", "Open"), ("window_out", "+ Window"), ("zoom", ""),
        ("export_pane", ""), ("quit_or_back", "Quit"),
    )  # fmt: skip

    def __init__(self, desk: Desk) -> None:
        panes = [
            Pane(VIEWS[name], number, clock=desk.clock, ascii_only=desk.ascii_only)
            for number, name in enumerate(PANES, 1)
        ]
        super().__init__(desk, panes)
