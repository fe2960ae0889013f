"""Submissions as CSV: whole, harmless in a spreadsheet, and however many."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import select

from engine.instance import Instance
from engine.storage import submissions_export
from engine.storage.models import Form
from engine.storage.submissions import Wanted
from engine.storage.submissions_export import MOST_COLUMNS, columns_of
from tests.web.studio import world
from web.cli import main
from web.csv_text import safe_cell, submissions_csv

SignIn = Callable[[str], FlaskClient]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("Ada", "Ada"),
        ("", ""),
        (None, ""),
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+380671234567", "'+380671234567"),
        ("-1+1", "'-1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("\0=1", "'\0=1"),
        ("＝1+1", "'＝1+1"),
        ("a=1", "a=1"),
        (-5, "'-5"),
        (5, "5"),
        (True, "true"),
        (["a", "b"], "a, b"),
        (["=1", "b"], "'=1, b"),
        ({"a": "ü"}, '{"a": "ü"}'),
    ],
)
def test_no_cell_begins_a_formula(value: Any, cell: str):
    assert safe_cell(value) == cell


def read(text: str) -> list[dict[str, str]]:
    assert text.endswith("\r\n")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def add(instance: Instance, number: int, field: dict[str, Any], **more: Any) -> None:
    with instance.database.write() as session:
        form = session.scalars(select(Form)).first()
        assert form
        world.submission(session, form, number, answers={"field": field, **more})


def test_every_answer_has_its_column(full: Instance):
    add(
        full,
        90,
        {"name": 'Say "hi",\r\nAda', "=bad": "=1"},
        utm={"source": "x"},
        note="plain",
        form={"key": "k"},
    )
    first = read("".join(submissions_csv(full.database, Wanted())))[0]
    assert first["number"] == "90"
    assert first["form"] == "callback"
    assert first["field.name"] == 'Say "hi",\r\nAda'
    assert first["field.=bad"] == "'=1"
    assert first["utm.source"] == "x"
    assert first["note"] == "plain"
    assert "form.key" not in first, "it has a column anyway"
    assert first["field.email"] == "", "of another submission"


def test_every_cell_is_quoted(full: Instance):
    head = next(submissions_csv(full.database, Wanted()))
    assert head.startswith('"submission","number","form"')
    assert next(submissions_csv(full.database, Wanted(), bom=True)) == "\ufeff" + head


@pytest.mark.parametrize("count", [0, 1, 4, 5, 6, 11])
def test_slices_leave_nothing_out(
    instance: Instance, form: Form, monkeypatch: pytest.MonkeyPatch, count: int
):
    monkeypatch.setattr(submissions_export, "SLICE", 5)
    for number in range(count):
        add(instance, number, {"name": "Ada"})
    table = read("".join(submissions_csv(instance.database, Wanted())))
    assert [int(row["number"]) for row in table] == list(reversed(range(count)))


def test_no_more_than_a_slice_is_in_memory(full: Instance, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(submissions_export, "SLICE", 2)
    text = submissions_csv(full.database, Wanted())
    next(text), next(text)
    late = full.database.read
    monkeypatch.setattr(full.database, "read", lambda: pytest.fail("a slice too early"))
    next(text)
    monkeypatch.setattr(full.database, "read", late)
    assert sum(1 for _ in text) > 5


def test_names_that_visitors_invent_share_a_column(full: Instance):
    add(full, 91, {f"n{number}": "x" for number in range(MOST_COLUMNS + 5)})
    columns = columns_of(full.database, Wanted())
    assert len(columns) == MOST_COLUMNS
    first = read("".join(submissions_csv(full.database, Wanted())))[0]
    assert first["other answers"].count("field.n50") == 5


def test_half_a_character_of_an_old_submission_stops_nothing(full: Instance, grace: FlaskClient):
    add(full, 92, {"name": "\ud83d half"})
    answer = grace.get("/submissions.csv")
    assert "? half" in answer.text


@pytest.mark.parametrize(
    ("role", "status"), [("viewer", 403), ("marketer", 200), ("administrator", 200), ("owner", 200)]
)
def test_whoever_edits_may_take_submissions_out(
    sign_in: SignIn, full: Instance, role: str, status: int
):
    client = sign_in(role)
    answer = client.get("/submissions.csv?bom=1")
    assert answer.status_code == status
    assert ("/submissions.csv" in client.get("/submissions").text) == (status == 200)
    assert ("/submissions.csv" in client.get("/forms/callback").text) == (status == 200)
    if status == 200:
        assert answer.mimetype == "text/csv"
        assert answer.headers["Content-Disposition"].startswith(
            'attachment; filename="submissions-'
        )
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.data.startswith(b'\xef\xbb\xbf"submission"')


@pytest.mark.parametrize(
    ("query", "rows"),
    [("", 10), ("?state=failed", 1), ("?state=waiting", 3), ("?form=callback", 10)],
)
def test_the_file_holds_what_the_list_shows(
    grace: FlaskClient, full: Instance, query: str, rows: int
):
    assert len(read(grace.get(f"/submissions.csv{query}").text)) == rows


@pytest.mark.parametrize("query", ["?state=nonsense", "?form=nonsense"])
def test_what_is_not_understood_is_refused(grace: FlaskClient, full: Instance, query: str):
    answer = grace.get(f"/submissions.csv{query}")
    assert (answer.status_code, answer.location) == (302, f"/submissions{query}")


def test_the_command_writes_the_same(grace: FlaskClient, full: Instance, environ: dict[str, str]):
    runner = CliRunner(env=environ)
    told = runner.invoke(main, ["submissions", "export", "--state", "failed"])
    assert told.exit_code == 0
    assert told.stdout_bytes == grace.get("/submissions.csv?state=failed").data
    refused = runner.invoke(main, ["submissions", "export", "--form", "none"])
    assert refused.exit_code == 2
    assert "there is no form 'none'" in refused.stderr
    narrowed = {"module": "sales", "connection": "main", "since": "2020-01-01"}
    options = [f"--{name}={value}" for name, value in narrowed.items()]
    told = runner.invoke(main, ["submissions", "export", *options])
    assert told.stdout_bytes == grace.get("/submissions.csv", query_string=narrowed).data
    assert told.stdout_bytes.count(b"\r\n") == 1 + 8
