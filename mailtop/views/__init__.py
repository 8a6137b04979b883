"""Every named view, once: a query, the columns that show it, and how a value becomes text.

The screen, the text report, CSV and JSON all draw from `VIEWS`; a face decides only which views, how wide and
where. `Column` turns one value into one cell; `View` asks and lays out.
"""

from mailtop.views.catalogue import DRILLDOWN, OVERVIEW, VIEWS
from mailtop.views.column import Column, bars
from mailtop.views.view import ListingView, View

__all__ = ["DRILLDOWN", "OVERVIEW", "VIEWS", "Column", "ListingView", "View", "bars"]
