from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from engine.deciding.locale import Locale
from engine.deciding.macros import (
    ROOTS,
    MacroError,
    check_macro,
    render,
    roots_after,
    unknown_fields,
    value_of,
)
from engine.deciding.placeholders import deferred, fill

KYIV = Locale("UA", "Europe/Kyiv")
ANSWERS = {
    "field": {
        "email": "ada@example.org",
        "How did you hear?": "from {{ utm.source }}",
        "topics": ["a", "b"],
        "items": "7",
        "address.city": "kyiv",
        "phone": "067 123 45 67",
        "budget": "1 500,50 ₴",
        "born": "10.12.1985",
        "blank": " ",
        "html": "<b>&amp;</b>",
        "forged": "\ufdd0\ufdd4x\ufdef",
        "control": "a\x00b\x1b[0m\r\nc\td",
        "__class__": "mine",
    },
    "utm": {"source": "google"},
    "submission": {"date": "2026-12-31T22:30:00+00:00", "number": "7"},
    "form": {"name": "Callback"},
    "module": {"key": "sales", "name": "To sales"},
}


def text(source):
    return render(source, ANSWERS, KYIV).text


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", ""),
        ("plain { text } 100%\n", "plain { text } 100%\n"),
        ("Hi {{ field.email }}!", "Hi ada@example.org!"),
        ('{{ field["How did you hear?"] }}', "from {{ utm.source }}"),
        ('{{ field.address.city }} {{ field["address.city"] }}', "kyiv kyiv"),
        ("{{ field.items }}", "7"),  # a dict has a method of this name
        ("{{ field.__class__ }}", "mine"),
        ("{{ field.topics }}", "a, b"),
        ('{{ field.topics | join(" / ") }}', "a / b"),
        ("{{ field.topics | first }}{{ field.topics | last | upper }}", "aB"),
        ("{{ field.email | first }}", "ada@example.org"),
        ("{{ field.topics | upper }}", "A, B"),
        ("{{ field.address.city | title }}", "Kyiv"),
        ("{{ field.email | upper | lower }}", "ada@example.org"),
        ("[{{ field.blank | trim }}]", "[]"),
        ('{{ field.city | default("-") }}', "-"),
        ('{{ field.blank | default("none") }}', "none"),
        ("{{ field.email | truncate(5) }}", "ada@…"),
        ("{{ field.email | truncate(50) }}", "ada@example.org"),
        ("{{ field.phone | phone }}", "+380671234567"),
        ("{{ field.email | phone }}", "ada@example.org"),
        ("{{ field.budget | number }} {{ field.budget | number(0) }}", "1500.5 1501"),
        ("{{ field.email | number }}", "ada@example.org"),
        ('{{ field.born | date("yyyy-mm-dd") }}', "1985-12-10"),
        ('{{ submission.date | date("dd.mm.yyyy HH:MM:SS") }}', "01.01.2027 00:30:00"),
        ("{{ submission.date | date }}", "01.01.2027"),
        ("{{ submission.date }}", "2027-01-01 00:30:00+02:00"),
        ("{{ field.email | date }}", "ada@example.org"),
        ('{{ field.topics | option("a=Alpha; B = Beta;") }}', "Alpha, Beta"),
        ('{{ field.email | option("a=Alpha") }}', "ada@example.org"),
        ('{{ field.city | option("a=Alpha") | default("-") }}', "-"),
        ("{{ module.key }}: {{ module.name }}", "sales: To sales"),
        ("{{ field.html }}", "<b>&amp;</b>"),  # the CRM escapes, we never do
        ("{{ field.control }}", "ab[0m\nc\td"),
        ('{{ "fixed" }} {{ 5 }}', "fixed 5"),
        ("{# a comment #}{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
    ],
)
def test_macros_are_filled_in(source, expected):
    assert check_macro(source) == []
    assert text(source) == expected


def test_what_a_visitor_typed_is_never_a_macro():
    answers = {"field": {"name": "{{ field.secret }}{% for x in y %}", "secret": "s"}}
    assert render("{{ field.name }}", answers).text == "{{ field.secret }}{% for x in y %}"


def test_all_fields_lists_every_answer_that_is_not_empty():
    answers = {"field": {"Name": "Ada", "Topics": ["a", "b"], "Empty": "", "None": []}}
    assert render("{{ all_fields }}", answers).text == "Name: Ada\nTopics: a, b"


def test_unknown_fields_render_empty_and_are_listed_once():
    rendered = render(
        '{{ field.a }}{{ field.a }}{{ field.b|default("") }}{{ utm.source }}', ANSWERS
    )
    assert rendered.text == "google"
    assert rendered.missing == ("field.a",)


def test_more_than_64_kb_are_cut_at_a_whole_letter():
    answers = {"field": {"long": "я" * 20_000}}
    rendered = render("x{{ field.long }}{{ field.long }}", answers)
    assert rendered.cut
    assert len(rendered.text.encode()) <= 64 * 1024
    assert rendered.text == "x" + "я" * 32_767


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{{ field.x", "unexpected end"),
        ("one\n{{ }}", "line 2"),
        ("{{ field.x() }}", "only a name with filters"),
        ("{{ field.first-name }}", 'field["first name"]'),
        ("{{ field.a ~ field.b }}", "only a name with filters"),
        ("{{ 'a' * 300000000 }}", "only a name with filters"),
        ("{{ -1 }}", "only a name with filters"),
        ("{{ field.x is defined }}", "only a name with filters"),
        ("{{ field.x if field.y }}", "only a name with filters"),
        ("{{ field.x, field.y }}", "only a name with filters"),
        ("{{ [field.x] }}", "only a name with filters"),
        ("{{ field[field.x] }}", "only a name with filters"),
        ("{{ field[1:2] }}", "only a name with filters"),
        ("{% for x in field %}{% endfor %}", "use {{ … }} only"),
        ("{% set x = 1 %}", "use {{ … }} only"),
        ("{% include 'x' %}", "use {{ … }} only"),
        ("{% filter upper %}x{% endfilter %}", "use {{ … }} only"),
        ("{{ field.x | nope }}", "there is no filter 'nope'"),
        ("{{ field.x | upper(1) }}", "upper takes 0 arguments, not 1"),
        ("{{ field.x | default }}", "default takes 1 arguments, not 0"),
        ("{{ field.x | default(field.y) }}", "fixed texts and numbers"),
        ("{{ field.x | default(*field.y) }}", "fixed texts and numbers"),
        ('{{ field.x | join(d=",") }}', "fixed texts and numbers"),
        ('{{ field.x | truncate("9") }}', "truncate takes a number"),
        ("{{ field.x | default(5) }}", "default takes a text"),
        ("{{ field.x | option }}", "option takes 1 arguments, not 0"),
        ('{{ field.x | option("a") }}', 'option takes answers and their labels, such as ("demo='),
        ('{{ field.x | option("a=A; b") }}', "option takes answers and their labels"),
        ('{{ field.x | option(" ") }}', "option takes answers and their labels"),
        ("{{" + "(" * 1500 + "field.x" + ")" * 1500 + "}}", "nested too deeply"),
        ("{{ field.x" + "|trim" * 400 + " }}", "more than 300 parts"),
        ("{{ field.x }}" * 200, "more than 300 parts"),
        ("x" * 4097, "longer than 4 kB"),
    ],
)
def test_whatever_is_more_than_names_and_filters_is_refused(source, words):
    (mistake,) = check_macro(source)
    assert words in mistake
    with pytest.raises(MacroError):
        render(source, ANSWERS)


def test_every_mistake_is_told_with_its_line():
    mistakes = check_macro("{{ fild.x }}\n{{ page.foo }}\n{{ field }} {{ utm.x | nope }}")
    assert [mistake.split(":")[0] for mistake in mistakes] == [
        "line 3",
        "line 1",
        "line 2",
        "line 3",
    ]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{{ fild.email }}", "'fild' is not known; did you mean 'field'?"),
        ("{{ xyz.email }}", "'xyz' is not known; begin with field, utm"),
        ("{{ page.foo }}", "'page' has no 'foo'; it has url, title, referrer, landing_url"),
        ("{{ page }}", "'page' needs a name, such as page.url"),
        ("{{ contact.id }}", "'contact' is not known here: this text is used before the contact"),
    ],
)
def test_unknown_names_are_mistakes_of_the_module(source, words):
    (mistake,) = check_macro(source)
    assert words in mistake


def test_the_caller_says_which_names_there_are():
    known = {**ROOTS, "contact": ("id",), "field": ("email",)}
    assert check_macro("{{ contact.id }} {{ field.email }}", known) == []
    assert len(check_macro("{{ contact.url }} {{ field.phone }}", known)) == 2
    assert render("{{ contact.id }}", {"contact": {"id": 5}}).text == "5"


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("{{ field.topics }}", ["a", "b"]),
        (" {{ field.topics }}\n", ["a", "b"]),
        ('{{ field["How did you hear?"] }}', "from {{ utm.source }}"),
        ("{{ field.topics | upper }}", ["A", "B"]),
        ("{{ field.topics | first }}", "a"),
        ("x {{ field.topics }}", "x a, b"),
        ("{{ field.nope }}", ""),
        ("plain", "plain"),
        ("", ""),
        ('{{ "a" }}', "a"),
    ],
)
def test_a_lone_macro_keeps_its_list(source, value):
    assert value_of(source, ANSWERS) == value


# Results of earlier kinds


@pytest.mark.parametrize(
    ("source", "waits_for", "expected"),
    [
        (
            "Deal {{ deal.id }}: {{ deal.url }}",
            ("deal.id", "deal.url"),
            "Deal 5001: https://x/5001",
        ),
        ("{{ deal.id }} {{ deal.id }}", ("deal.id",), "5001 5001"),
        ("{{ contact.id }}/{{ company.url }}", ("contact.id", "company.url"), "7/"),
        (
            '{{ deal.id | default("-") | upper | trim | number | truncate(9) }}',
            ("deal.id",),
            "5001",
        ),
        ("{{ field.email }}", (), "ada@example.org"),
    ],
)
def test_what_is_not_written_yet_is_filled_in_later(source, waits_for, expected):
    assert check_macro(source, roots_after("company", "contact", "deal")) == []
    rendered = render(source, ANSWERS)
    assert rendered.deferred == waits_for
    assert rendered.missing == ()
    known = {"deal.id": "5001", "deal.url": "https://x/5001", "contact.id": "7"}
    assert fill(rendered.text, known) == expected


def test_a_result_that_is_known_is_filled_in_at_once():
    answers = {**ANSWERS, "deal": {"id": "5001"}, "contact": {}}
    rendered = render('{{ deal.id }} {{ contact.id | default("none") }} {{ deal.url }}', answers)
    assert rendered.text == "5001 none "
    assert rendered.deferred == ()
    assert rendered.missing == ("deal.url",)


@pytest.mark.parametrize(
    "source",
    [
        "{{ field.forged }}",
        "{{ all_fields }}",
        "\ufdd0",
        '{{ "\ufdd0" }}',
        '{{ "\\ufdd0" }}',
        '{{ field.nope | default("\\ufdd0") }}',
        '{{ field.topics | join("\ufdd1") }}',
        '{{ field.email | option("ada@example.org=\ufdd0") }}',
    ],
)
def test_nobody_can_write_a_placeholder(source):
    rendered = render(source, ANSWERS)
    assert rendered.deferred == ()
    assert not any("\ufdd0" <= sign <= "\ufdef" for sign in rendered.text)


def test_what_is_filled_in_is_not_looked_at_again():
    assert fill(render("{{ deal.url }}", {}).text, {"deal.url": "\ufdd0{{ x }}"}) == "\ufdd0{{ x }}"


def test_a_lone_placeholder_is_a_value_and_lists_lose_forged_ones():
    assert deferred(str(value_of("{{ deal.id }}", ANSWERS))) == ("deal.id",)
    assert value_of("{{ field.list }}", {"field": {"list": ["\ufdd0a", "b"]}}) == ["a", "b"]


@pytest.mark.parametrize(
    ("source", "warnings"),
    [
        ("{{ field.email }} {{ utm.emial }} {{ all_fields }} {{ 'x' }}", []),
        ("a\n{{ field.emial }}", ["line 2: the form has no field 'emial'; did you mean 'email'?"]),
        ("{{ field.PHONE }}", ["line 1: the form has no field 'PHONE'; did you mean 'Phone'?"]),
        ("{{ field.zzz }}", ["line 1: the form has no field 'zzz'"]),
        ("{{ field", []),
    ],
)
def test_fields_that_the_form_does_not_have_are_told_with_the_nearest(source, warnings):
    assert unknown_fields(source, ["email", "Phone"]) == warnings


_pieces = some.sampled_from(
    ["{{", "}}", "{%", "%}", "{#", "#}", "field", "utm", ".", "email", "|", "upper", "default", "(",
     ")", '"', "'", "[", "]", "-", " ", "\n", "1", "for", "in", "raw", "\\", "\ud800", "я", "*", "~"]
)  # fmt: skip


@given(some.lists(_pieces, max_size=30).map("".join), some.text(max_size=20))
@settings(max_examples=200, derandomize=True, deadline=None)
def test_no_text_does_more_than_render_or_be_refused(source, answer):
    answers = {"field": {"email": answer}, "utm": {}}
    assert all(check_macro(source))
    with suppress(MacroError):
        assert "\x00" not in render(source, answers).text
