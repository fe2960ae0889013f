"""``formwire check`` and ``apply``: what is perhaps not meant so is told with its line, and stops nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engine.instance import Instance
from web.cli import main

FORM = """\
form: callback
name: Callback
fields:
  - {key: first_name}
  - {key: email, type: email}
  - {key: topic, type: select, options: [Demo, Price]}
"""
MODULE = """\
form: callback
module: sales
connection: main
active:
  rules:
    - activate: {"==": [{"var": "field.topic"}, "Dmo"]}
contact:
  fields:
    name: "{{ field.frst_name }}"
    email: "{{ field.email }}"
"""
CONNECTION = "connection: main\nconnector: kommo\nsettings: {subdomain: acme, token: t}\n"


@pytest.fixture
def formwire(instance: Instance, environ: dict[str, str], tmp_path: Path):  # type: ignore[no-untyped-def]
    def invoke(command: str, *documents: str) -> Result:
        (tmp_path / "all.yaml").write_text("---\n".join(documents), encoding="utf-8")
        return CliRunner().invoke(main, [command, str(tmp_path / "all.yaml")], env=environ)

    return invoke


def warnings(result: Result) -> list[str]:
    return [line.partition("all.yaml:")[2] for line in result.stderr.splitlines()]


NO_FIELD = "the form has no field 'frst_name'; did you mean 'first_name'?"
EXPECTED = [
    "13: /active/rules/0/activate: warning: topic has no option 'Dmo'; did you mean 'Demo'?",
    "16: /contact/fields/name: warning: " + NO_FIELD,
]


def test_a_check_holds_a_module_against_the_form_beside_it(formwire):  # type: ignore[no-untyped-def]
    result = formwire("check", FORM, MODULE)
    assert (result.exit_code, warnings(result)) == (0, EXPECTED)
    assert result.stdout == "2 documents, no mistakes, 2 warnings\n"
    assert formwire("check", MODULE).stdout == "1 documents, no mistakes\n"


def test_applying_warns_too_and_goes_by_the_form_that_is_there(formwire):  # type: ignore[no-untyped-def]
    assert formwire("apply", CONNECTION, FORM).stderr == ""
    result = formwire("apply", MODULE)
    assert (result.exit_code, result.stdout) == (0, "module callback/sales\n")
    assert [line.partition(": ")[2] for line in warnings(result)] == [
        line.partition(": ")[2] for line in EXPECTED
    ]


def test_a_rule_that_cannot_run_is_a_mistake_with_its_line(formwire):  # type: ignore[no-untyped-def]
    result = formwire("check", MODULE.replace('"=="', '"foo"'))
    assert result.exit_code != 0
    assert "all.yaml:6: /active/rules/0/activate" in result.stderr
