from datetime import UTC, datetime

import pytest

from rules.moment import moment


@pytest.mark.parametrize(
    ("at", "zone", "root"),
    [
        ((2026, 11, 22, 23, 5), "UTC", {"weekday": 7, "time": "23:05", "date": "2026-11-22"}),
        (
            (2026, 11, 22, 23, 5),
            "Europe/Kyiv",
            {"weekday": 1, "time": "01:05", "date": "2026-11-23"},
        ),
        (
            (2026, 7, 1, 3, 0),
            "America/New_York",
            {"weekday": 2, "time": "23:00", "date": "2026-06-30"},
        ),
    ],
)
def test_the_moment_is_that_of_the_forms_zone(at, zone, root):
    assert moment(datetime(*at, tzinfo=UTC), zone) == root


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="aware"):
        moment(datetime(2026, 1, 1), "UTC")  # noqa: DTZ001
