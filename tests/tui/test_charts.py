"""The door to plotext: numbers in, pieces out, nothing of its own left behind."""

import subprocess
import sys

from mailtop.charts import rates

ENDS = ("17:57:11", "18:02:11")


def test_a_chart_fits_its_rectangle_and_names_its_peak() -> None:
    chart = rates([1, 5, 30, 2] * 10, [0, 5, 10, 0] * 10, 300.0, 60, 9, ENDS)
    assert 0 < len(chart.lines) <= 9
    texts = ["".join(text for text, _ in line) for line in chart.lines]
    assert all(len(text) <= 60 for text in texts)
    assert not any("\x1b" in text for text in texts)
    assert chart.peak == 30 / (300 / 40)
    assert "4.0/s" in texts[0]
    assert "17:57:11" in texts[-1]
    assert "18:02:11" in texts[-1]


def test_each_series_has_its_role() -> None:
    roles = {role for line in rates([9] * 30, [3] * 30, 60.0, 40, 8, ENDS).lines for _, role in line}
    assert roles == {"first", "second", "axis"}
    only = {role for line in rates([9] * 30, [0] * 30, 60.0, 40, 8, ENDS).lines for _, role in line}
    assert only == {"first", "axis"}


def test_one_chart_leaves_nothing_for_the_next() -> None:
    rates([90] * 30, [90] * 30, 60.0, 40, 8, ENDS)
    first = rates([1, 2, 3] * 10, [0] * 30, 60.0, 40, 8, ENDS)
    assert rates([1, 2, 3] * 10, [0] * 30, 60.0, 40, 8, ENDS) == first


def test_ascii_is_ascii() -> None:
    lines = rates([1, 5, 30, 2] * 10, [0, 5, 10, 0] * 10, 300.0, 60, 9, ENDS, ascii_only=True).lines
    assert "".join(text for line in lines for text, _ in line).isascii()


def test_there_is_no_chart_of_nothing_or_of_no_room() -> None:
    assert rates([], [], 300.0, 60, 9, ENDS).lines == ()
    assert rates([0] * 9, [0] * 9, 300.0, 60, 9, ENDS).lines == ()
    assert rates([1] * 9, [0] * 9, 300.0, 60, 2, ENDS).lines == ()
    assert rates([1] * 9, [0] * 9, 0.0, 60, 9, ENDS).lines == ()


def test_plotext_is_not_loaded_before_the_first_chart() -> None:
    code = "import sys, mailtop.tui.app; sys.exit('plotext' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=50, check=False).returncode == 0
