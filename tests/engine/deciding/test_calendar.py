"""When tasks are due. 2026-07-03 is a Friday."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from engine.deciding.calendar import Due, WorkingCalendar, due
from engine.deciding.documents import DocumentMistakes, load

KYIV = "Europe/Kyiv"
FRIDAY = "2026-07-03T15:00"


def moment(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(KYIV))


def due_at(at, spec, *, on=None, calendar=None):
    found = due(
        moment(at).astimezone(UTC),
        load(Due, spec),
        load(WorkingCalendar, calendar or {}),
        KYIV,
        on=moment(on) if on else None,
    )
    assert str(found.tzinfo) == KYIV
    return found.replace(tzinfo=None).isoformat(timespec="minutes")


@pytest.mark.parametrize(
    ("at", "spec", "expected"),
    [
        (FRIDAY, {}, "2026-07-03T15:00"),
        (FRIDAY, {"minutes": 90}, "2026-07-03T16:30"),
        (FRIDAY, {"hours": 10}, "2026-07-04T01:00"),
        (FRIDAY, {"days": 1}, "2026-07-04T15:00"),
        (FRIDAY, {"days": 1, "hours": 2, "minutes": 5}, "2026-07-04T17:05"),
        (FRIDAY, {"at": "18:00"}, "2026-07-03T18:00"),
        (FRIDAY, {"at": "23:59"}, "2026-07-03T23:59"),
        (FRIDAY, {"at": "10:00"}, "2026-07-04T10:00"),  # ten o'clock has passed
        (FRIDAY, {"at": "15:00"}, "2026-07-04T15:00"),
        (FRIDAY, {"days": 1, "at": "10:00"}, "2026-07-04T10:00"),
        (FRIDAY, {"days": 1, "at": "00:00"}, "2026-07-04T00:00"),
        (FRIDAY, {"working_days": 1, "at": "10:00"}, "2026-07-06T10:00"),
        (FRIDAY, {"working_days": 1}, "2026-07-06T15:00"),
        (FRIDAY, {"working_days": 6}, "2026-07-13T15:00"),
        ("2026-07-04T12:00", {"working_days": 1}, "2026-07-06T12:00"),
        ("2026-07-03T23:30", {"working_days": 1}, "2026-07-06T18:00"),
        ("2026-07-03T06:00", {"working_days": 1}, "2026-07-06T09:00"),
        (FRIDAY, {"working_hours": 2}, "2026-07-03T17:00"),
        (FRIDAY, {"working_hours": 3}, "2026-07-03T18:00"),
        (FRIDAY, {"working_minutes": 181}, "2026-07-06T09:01"),
        (FRIDAY, {"working_hours": 4}, "2026-07-06T10:00"),
        (FRIDAY, {"working_hours": 3 + 9 + 1}, "2026-07-07T10:00"),
        ("2026-07-04T12:00", {"working_hours": 1}, "2026-07-06T10:00"),
        ("2026-07-02T20:00", {"working_hours": 1}, "2026-07-03T10:00"),
        ("2026-07-03T05:00", {"working_hours": 1, "working_minutes": 30}, "2026-07-03T10:30"),
        (FRIDAY, {"days": 1, "working_hours": 1}, "2026-07-06T10:00"),
        ("2026-12-31T23:59", {"minutes": 1}, "2027-01-01T00:00"),
        ("2028-02-28T12:00", {"days": 1}, "2028-02-29T12:00"),
    ],
)
def test_a_task_is_due(at, spec, expected):
    assert due_at(at, spec) == expected


@pytest.mark.parametrize(
    ("at", "spec", "expected"),
    [
        ("2026-12-24T17:00", {"working_hours": 2}, "2026-12-28T10:00"),
        ("2026-12-24T17:00", {"working_days": 1}, "2026-12-28T17:00"),
        ("2026-12-31T17:00", {"working_days": 1}, "2027-01-04T17:00"),
        ("2027-12-31T17:00", {"working_days": 1}, "2028-01-03T17:00"),
    ],
)
def test_holidays_are_no_working_days(at, spec, expected):
    calendar = {"holidays": ["2026-12-25", "01-01"]}
    assert due_at(at, spec, calendar=calendar) == expected


@pytest.mark.parametrize(
    ("at", "spec", "expected"),
    [
        ("2026-07-03T12:30", {"working_hours": 1}, "2026-07-03T14:30"),  # a break from 13 to 14
        ("2026-07-03T13:30", {"working_hours": 1}, "2026-07-03T15:00"),
        ("2026-07-02T13:30", {"working_days": 1}, "2026-07-03T14:00"),
        ("2026-07-03T17:00", {"working_hours": 2}, "2026-07-04T11:00"),  # Saturday until midnight
        ("2026-07-04T23:00", {"working_minutes": 60}, "2026-07-05T00:00"),
        ("2026-07-04T23:00", {"working_minutes": 61}, "2026-07-06T09:01"),
    ],
)
def test_opening_hours_have_breaks_and_reach_midnight(at, spec, expected):
    calendar = {"fri": ["9:00-13:00", "14:00–18:00"], "sat": "10:00-24:00"}
    assert due_at(at, spec, calendar=calendar) == expected


@pytest.mark.parametrize(
    ("on", "spec", "expected"),
    [
        ("2026-07-10", {}, "2026-07-10T09:00"),  # a bare date: when the office opens
        ("2026-07-11", {}, "2026-07-11T09:00"),
        ("2026-07-10T16:30", {}, "2026-07-10T16:30"),
        ("2026-07-10T16:30", {"at": "8:15"}, "2026-07-10T08:15"),
        ("2026-07-10", {"days": -1}, "2026-07-09T09:00"),
        ("2026-07-10", {"days": -1, "at": "17:00"}, "2026-07-09T17:00"),
        ("2026-07-13", {"working_days": -1}, "2026-07-10T09:00"),
        ("2026-07-10T16:30", {"hours": 2}, "2026-07-10T18:30"),
        ("2026-07-03", {}, "2026-07-03T15:00"),  # never before the submission
        ("1985-12-10", {}, "2026-07-03T15:00"),
        ("9999-12-31", {"days": 1}, "2026-07-04T15:00"),
        ("0001-01-01", {"days": -1}, "2026-07-03T15:00"),
        (None, {"days": -1}, "2026-07-03T15:00"),
        (None, {"days": 2, "at": "10:00"}, "2026-07-05T10:00"),
    ],
)
def test_a_task_is_due_on_a_date_of_the_form(on, spec, expected):
    assert due_at(FRIDAY, {"on": "{{ field.visit }}", **spec}, on=on) == expected


@pytest.mark.parametrize(
    ("at", "spec", "expected"),
    [
        # Clocks go from 03:00 to 04:00 on 29 March 2026, and from 04:00 to 03:00 on 25 October.
        ("2026-03-28T03:30", {"days": 1}, "2026-03-29T04:30+03:00"),
        ("2026-03-28T15:00", {"days": 1}, "2026-03-29T15:00+03:00"),
        ("2026-03-28T15:00", {"hours": 24}, "2026-03-29T16:00+03:00"),
        ("2026-03-27T17:00", {"working_hours": 2}, "2026-03-30T10:00+03:00"),
        ("2026-03-28T10:00", {"at": "03:30"}, "2026-03-29T04:30+03:00"),
        ("2026-10-25T03:45", {"minutes": 30}, "2026-10-25T03:15+02:00"),
        ("2026-10-24T15:00", {"hours": 24}, "2026-10-25T14:00+02:00"),
        ("2026-10-24T03:30", {"days": 1}, "2026-10-25T03:30+03:00"),
    ],
)
def test_clocks_that_change_cost_nobody_an_hour(at, spec, expected):
    found = due(moment(at), Due(**spec), WorkingCalendar(), KYIV)
    assert found.isoformat(timespec="minutes") == expected


def test_a_working_night_that_loses_an_hour_has_one_less():
    calendar = WorkingCalendar(sun=("00:00-06:00",))
    found = due(moment("2026-03-29T00:00"), Due(working_hours=5), calendar, KYIV)
    assert found.isoformat() == "2026-03-29T06:00:00+03:00"


def test_the_zone_decides_what_day_it_is():
    at = datetime(2026, 7, 3, 22, tzinfo=UTC)  # Saturday in Kyiv, Friday in New York
    spec = Due(working_days=1, at="10:00")
    assert due(at, spec, WorkingCalendar(), KYIV).date() == date(2026, 7, 6)
    assert due(at, Due(working_hours=1), WorkingCalendar(), "America/New_York").hour == 10
    assert due(at, Due(at="23:00"), WorkingCalendar(), "America/New_York").date() == date(
        2026, 7, 3
    )


def test_a_year_of_holidays_ends_the_search():
    days = [f"{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 32)]
    real = [day for day in days if _is_day(day)]
    calendar = WorkingCalendar(holidays=tuple(real))
    assert due(moment(FRIDAY), Due(working_hours=1), calendar, KYIV) == moment(FRIDAY)
    assert due(moment(FRIDAY), Due(working_days=1), calendar, KYIV).year == 2036


def _is_day(text):
    try:
        date.fromisoformat(f"2028-{text}")
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    ("document", "path", "words"),
    [
        ({"days": -1}, "/days", "together with on"),
        ({"working_days": -1}, "/working_days", "together with on"),
        ({"hours": -1}, "/hours", "greater than"),
        ({"days": 10_000}, "/days", "less than"),
        ({"at": "25:00"}, "/at", "'25:00' is no time of day"),
        ({"at": "10:60"}, "/at", "no time of day"),
        ({"at": "24:00"}, "/at", 'ends at "23:59"'),
        ({"at": "noon"}, "/at", 'write one such as "10:00"'),
        ({"at": 1440}, "/at", "string"),
        ({"at": "10:00", "hours": 1}, "", "no minutes or hours"),
        ({"at": "10:00", "working_minutes": 1}, "", "no minutes or hours"),
        ({"weeks": 1}, "/weeks", "not known"),
    ],
)
def test_a_mistake_in_due_is_told_with_its_place(document, path, words):
    check_mistake(Due, document, path, words)


@pytest.mark.parametrize(
    ("document", "path", "words"),
    [
        ({"mon": "9-18"}, "/mon/0", "no time of day"),
        ({"mon": "09:00"}, "/mon/0", 'write one such as "09:00-18:00"'),
        ({"mon": "18:00-09:00"}, "/mon/0", "no opening time"),
        ({"mon": ["09:00-13:00", "12:00-18:00"]}, "/mon", "must begin after"),
        ({"mon": ["14:00-18:00", "09:00-13:00"]}, "/mon", "must begin after"),
        ({"monday": "09:00-18:00"}, "/monday", "not known"),
        ({"holidays": ["25.12.2026"]}, "/holidays/0", "write 2026-12-25, or 12-25"),
        ({"holidays": ["02-30"]}, "/holidays/0", "is no day"),
        ({"mon": [], "tue": [], "wed": [], "thu": [], "fri": []}, "", "is never open"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_calendar_is_told_with_its_place(document, path, words):
    check_mistake(WorkingCalendar, document, path, words)


def check_mistake(shape, document, path, words):
    with pytest.raises(DocumentMistakes) as caught:
        load(shape, document)
    (issue,) = caught.value.issues
    assert issue.path == path
    assert words in issue.message


def test_what_yaml_makes_of_times_and_dates_is_understood():
    assert load(Due, {"at": 600}).at == "10:00"
    assert load(WorkingCalendar, {"holidays": [date(2026, 12, 25)]}).holidays == ("2026-12-25",)


@pytest.mark.parametrize(
    ("shape", "document"),
    [
        (Due, {"on": "{{ field.visit }}", "days": -1, "at": "9:30"}),
        (Due, {"working_hours": 2}),
        (WorkingCalendar, {"mon": ["09:00-13:00", "14:00-18:00"], "fri": [], "holidays": ["12-25"]}),
    ],
)  # fmt: skip
def test_loading_what_was_dumped_gives_the_same(shape, document):
    loaded = load(shape, document)
    dumped = loaded.model_dump(mode="json", exclude_defaults=True)
    assert dumped == document
    assert load(shape, dumped) == loaded


@given(
    some.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1)),  # noqa: DTZ001
    some.fixed_dictionaries(
        {
            "days": some.integers(0, 40),
            "working_days": some.integers(0, 20),
            "minutes": some.integers(0, 3000),
            "working_minutes": some.integers(0, 3000),
        }
    ),
    some.sampled_from([KYIV, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]),
    some.none() | some.datetimes(timezones=some.just(UTC)),
)
@settings(max_examples=100, deadline=None)
def test_no_task_is_due_before_its_submission(at, spec, zone, on):
    submitted = at.replace(tzinfo=UTC)
    found = due(submitted, Due(**spec), WorkingCalendar(), zone, on=on)
    assert found >= submitted
