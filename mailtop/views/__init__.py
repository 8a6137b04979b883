"""Every named view, once: a query, the columns that show it, and how a value becomes text.

The screen, the text report, CSV and JSON all draw from `VIEWS`; a face decides only which views, how wide and
where. `Column` turns one value into one cell; `View` asks and lays out; `DRILLDOWN` says what is shown of a chosen
value of each field.
"""

from types import MappingProxyType
from typing import Final

from mailtop.views.behind import BEHIND
from mailtop.views.catalogue import CATALOGUE, OVERVIEW
from mailtop.views.column import Column, bars
from mailtop.views.drilldown import DRILLDOWN, OTHER, Kind, Sight
from mailtop.views.view import ListingView, View

VIEWS: Final = MappingProxyType({view.name: view for view in (*CATALOGUE, *BEHIND)})
"""Every view by name."""

__all__ = ["DRILLDOWN", "OTHER", "OVERVIEW", "VIEWS", "Column", "Kind", "ListingView", "Sight", "View", "bars"]
