"""A simulated mail server, for those who have none at hand and for those who measure.

`Feed` writes a log as it grows; everything that shows it reads it as any other log. `Traffic` is the model behind
it, `table` the invented networks that its addresses lie in, and `Tally` what its lines truly say. Nothing here reads
a log, and no figure goes round the reader.
"""

from mailtop.demo.feed import Feed
from mailtop.demo.networks import table
from mailtop.demo.tally import Tally
from mailtop.demo.traffic import Traffic, epoch, rfc3164, rfc3339

__all__ = ["Feed", "Tally", "Traffic", "epoch", "rfc3164", "rfc3339", "table"]
