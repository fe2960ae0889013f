import operator
from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest

from rules.comparing import Scale, in_order, measured, same_moment
from rules.dates import read_date, read_time

KYIV = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31", date(2026, 1, 31)),
        ("31.01.2026", date(2026, 1, 31)),
        (" 1.2.2026 ", date(2026, 2, 1)),
        ("2026-01-31T10:30", datetime(2026, 1, 31, 10, 30)),  # noqa: DTZ001
        ("2026-01-31 10:30:05.123", datetime(2026, 1, 31, 10, 30, 5)),  # noqa: DTZ001
        ("31.01.2026, 9:05", datetime(2026, 1, 31, 9, 5)),  # noqa: DTZ001
        ("2026-01-31t10:30z", datetime(2026, 1, 31, 10, 30, tzinfo=UTC)),
        ("2026-01-31T10:30+02:00", datetime(2026, 1, 31, 10, 30, tzinfo=KYIV)),
        ("31/01/2026", None),
        ("2026-1-31", None),
        ("2026-02-30", None),
        ("0000-01-01", None),
        ("2026-01-31T25:00", None),
        ("2026-01-31T10:00+99:00", None),
        ("٢٠٢٦-٠١-٣١", None),
        ("31.01.26", None),
        ("2026-01-31" + " " * 40, None),
        ("", None),
    ],
)
def test_a_date_is_read_where_there_is_no_doubt(text, moment):
    assert read_date(text) == moment


@pytest.mark.parametrize(
    ("text", "moment"),
    [("9:30", time(9, 30)), ("00:00", time()), ("18:00:05", time(18, 0, 5)), ("24:00", None)],
)
def test_a_time_of_day_is_read_with_and_without_its_zero(text, moment):
    assert read_time(text) == moment


@pytest.mark.parametrize(
    ("value", "scale"),
    [
        ("1 500,50 ₴", Scale.NUMBER),
        (5, Scale.NUMBER),
        ("01.02.2026", Scale.DATE),
        ("9:30", Scale.TIME),
        ("soon", Scale.WORD),
        ("+380671234567", Scale.WORD),
        (True, None),
        (None, None),
        (["5"], None),
    ],
)
def test_a_value_is_measured_on_the_first_scale_it_fits(value, scale):
    found = measured(value)
    assert (found and found[0]) == scale


@pytest.mark.parametrize(
    ("left", "right", "less"),
    [
        ("2026-01-31", "01.02.2026", True),
        ("02.01.2026", "01.02.2026", True),  # as texts it would not be
        ("31.01.2026 23:00", "2026-01-31", False),  # a bare date is its whole day
        ("31.01.2026 09:00", "2026-01-31T10:00", True),
        ("2026-01-31T10:00+02:00", "2026-01-31T09:00z", True),
        ("2026-01-31T10:00+02:00", "2026-01-31 10:00", False),
        ("9:30", "18:00", True),
        ("9:30", "2026-01-31", False),
        ("2026-01-31", "soon", False),
        ("a", "b", True),
        (4, "5", True),
    ],
)
def test_order_is_that_of_the_common_scale(left, right, less):
    assert in_order(operator.lt, left, right) is less


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("2026-01-31", "31.01.2026", True),
        ("31.01.2026 10:00", "2026-01-31", True),
        ("31.01.2026 10:00", "2026-01-31T11:00", False),
        ("9:00", "09:00:00", True),
        ("9:00", "2026-01-31", False),
        ("007", "7", False),  # numbers are no moments
        ("a", "a", False),
    ],
)
def test_a_moment_is_the_same_however_it_is_written(left, right, same):
    assert same_moment(left, right) is same
