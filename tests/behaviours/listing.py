"""docs/behaviours.md: every behaviour in a line, and the test that shows it.

python -m tests.behaviours.listing > docs/behaviours.md
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterator, Mapping
from types import FunctionType

import tests.behaviours

BEHAVIOURS: Mapping[int, str] = {
    50: "Notices tell what went wrong: what it is about, when, how often, and what to do",
    51: "Clear puts all notices away, once a person has agreed, and the audit log says so",
    52: "The mark in the header stands there exactly while there are notices",
    53: "New records are distributed among people; without that the CRM chooses",
    54: "The header names who is signed in; its menu signs out, and the next person's rights count",
    55: "The same menu tells the version",
    56: "A button in the header opens all settings, for administrators alone",
    122: "A form has a list of its modules",
    123: "The modules that can be added are listed",
    124: "Adding one opens its settings; nothing is there before it is saved",
    125: "An account is entered and authorised; an empty one is refused with a message",
    126: "The account is the subdomain; a whole address will do as well",
    127: "Authorising leads to Kommo's own page and back, and only with the state we sent",
    128: "Once allowed, the settings open; tokens are stored encrypted",
    129: "Without authorisation a module cannot be switched on",
    130: "Contact: the mapped e-mail",
    131: "Contact: the mapped phone",
    132: "Contact: the responsible user, for deal and task too",
    133: "An existing contact keeps its responsible user",
    134: "Contact: a name made of macros",
    135: "Contact: a messenger with type and address",
    136: "Contact: tags, added to those there",
    137: "Contact: a note",
    138: "Contact: an existing one is completed, or overwritten if chosen",
    139: "Contact: any additional fields, by their type",
    140: "Contact: a task for a new one only",
    141: "Deal: created and linked with contact and company",
    142: "Deal: a pipeline of the CRM's",
    143: "Deal: a stage of that pipeline",
    144: "Deal: a name made of macros, with a default",
    145: "Deal: a budget read from an answer",
    146: "Deal: tags",
    147: "Deal: a note",
    148: "Deal: any additional fields, by their type",
    149: "Duplicate control is off by default, and either ours or the CRM's",
    150: "Open deals are found through phone or e-mail of contact or company",
    151: "Only open deals count",
    152: "The search can be narrowed by pipeline, stage, fields and age",
    153: "A deal that fits stands in for a new one",
    154: "A second form moves the deal along its pipeline, never backwards",
    155: "Form 1 creates a deal in New request, form 2 moves it to the next stage",
    156: "Form 2 looks in New request only; a deal elsewhere is not moved",
    157: "Kommo's own control: one call from a named source, nothing looked up, merges followed",
    158: "Help: where Kommo's control is switched on",
    159: "Help: lead sources, duplicate control, rules",
    160: "Our source has a name and is visible in Kommo",
    161: "Kommo's rule: compare by Big Data",
    162: "Kommo's rule: compare by Pixel",
    163: "Kommo's rule: compare e-mail",
    164: "Kommo's rule: compare phone",
    165: "Kommo's rule: compare a further field",
    166: "Kommo's rule: pipelines and stages to look in",
    167: "Kommo's rule: on a conflict update or keep",
    168: "Kommo's rule: of several duplicates update all, the newest, or create",
    169: "Kommo's rule: a task after a merge only",
    170: "Deal task: for a new deal only",
    171: "Deal task: a type of the CRM's",
    172: "Deal task: due some time later, in working time, or at a date",
    173: "Deal task: a responsible user, by default the deal's",
    174: "Deal task: a text made of macros",
    175: "Company: created with a name from the form; no name, no company",
    176: "Company: tags, added to those there",
    177: "Company: a note",
    178: "Company: any additional fields",
    179: "Company: several phones",
    180: "Company: a task for a new one only",
    181: "Company: an existing one is overwritten if chosen",
    182: "No second company is made",
    183: "A company is recognised by e-mail or phone",
    184: "By default only what is missing is added to a company that exists",
    185: "If chosen all its data are overwritten",
    186: "The same holds for contacts",
    187: "Macros put answers into texts; unknown ones are mistakes; answers are never macros",
    188: "Rules activate and deactivate the module",
}

CHECKS: Mapping[int, str] = {
    1: "A new person gets contact, company, deal and task, all linked",
    2: "Completing leaves the name and adds the missing phone",
    3: "Overwriting writes the name",
    4: "An empty answer erases nothing",
    5: "Without control two submissions make two deals",
    6: "With control they make one, and the second leaves its note there",
    7: "Form 1, then form 2: the same deal in the next stage",
    8: "A closed deal is left alone and a new one made",
    9: "The company's phone finds the deal",
    10: "The CRM's control: one call, no look-up; notes and tasks go where it merged",
    11: "A stage deleted in the CRM is told, and nothing is written",
    12: "“1 500,50 ₴” is a number, “a lot” is a warning",
    13: "Tasks due after minutes, hours, days, at the end of the day, at a date",
    14: "A rule that says no costs no call",
    15: "A macro in an answer arrives as it was typed",
}

STUDIO, EDITOR = "tests/browser/test_studio.py", "tests/browser/test_module_editor.py"
STORY = (
    "tests/acceptance/test_story.py::test_a_newcomer_delivers_a_first_lead_and_mends_what_breaks"
)
PLAIN = (
    "tests/browser/test_without_scripts.py::test_a_form_is_wired_and_looked_after_without_scripts"
)
BY_CLICKS = "tests/browser/test_connecting.py::test_an_account_is_connected_by_clicks"
NEXT_PERSON = f"{STUDIO}::test_a_person_chooses_colours_clears_notices_and_makes_way_for_another"
MERGE_HELP = "tests/web/studio/test_module_aside.py::test_the_crms_own_control_comes_with_its_help"
ELSEWHERE: Mapping[int, tuple[str, ...]] = {
    50: (STORY, PLAIN),
    51: (STORY, NEXT_PERSON),
    52: (STORY, PLAIN),
    53: (STORY,),
    54: (NEXT_PERSON,),
    55: (NEXT_PERSON,),
    56: (NEXT_PERSON,),
    122: (STORY,),
    123: (STORY,),
    124: (STORY,),
    125: (
        "tests/web/studio/test_editing.py::test_a_missing_setting_is_told_beside_its_field",
        PLAIN,
    ),
    126: (PLAIN,),
    127: (STORY, BY_CLICKS),
    128: ("tests/web/studio/test_editing.py::test_a_new_connection_is_kept_sealed", BY_CLICKS),
    129: (PLAIN,),
    158: (MERGE_HELP,),
    159: (MERGE_HELP,),
    187: (
        "tests/web/studio/test_module_aside.py::test_a_fields_macro_is_one_that_texts_take",
        f"{EDITOR}::test_macros_are_picked_by_keyboard",
        f"{EDITOR}::test_an_unknown_macro_is_flagged_beside_its_row_while_it_is_typed",
    ),
    188: (STORY, "tests/browser/test_logic.py::test_a_rule_with_a_group_is_built_by_clicks"),
}
"""Shown by tests of another room; those of acceptance and browser use the studio in a browser."""

OPEN: Mapping[int, str] = {
    161: "Kommo compares by itself, with data only Kommo has; nothing for us to do or to show",
    162: "Kommo compares by itself, with data only Kommo has; nothing for us to do or to show",
}
"""Not shown, or not wholly, and why."""


def shown_by(marker: str) -> dict[int, list[str]]:
    """Number to the tests that carry it, as pytest names them."""
    found: dict[int, list[str]] = {}
    for function in _tests():
        for mark in getattr(function, "pytestmark", []):
            if mark.name == marker:
                for number in mark.args:
                    path = function.__module__.replace(".", "/")
                    found.setdefault(number, []).append(f"{path}.py::{function.__name__}")
    return found


def page() -> str:
    """The whole of docs/behaviours.md."""
    return "\n".join(_lines()) + "\n"


def _tests() -> Iterator[FunctionType]:
    for module in pkgutil.iter_modules(tests.behaviours.__path__, "tests.behaviours."):
        if module.name.startswith("tests.behaviours.test_"):
            for name, value in vars(importlib.import_module(module.name)).items():
                if name.startswith("test_") and isinstance(value, FunctionType):
                    yield value


def _lines() -> Iterator[str]:
    yield "# What the studio and the Kommo module do"
    yield ""
    yield "Each behaviour with the tests that show it: against a simulated Kommo and through the engine"
    yield "as it runs, or in a browser. This page is made by `python -m tests.behaviours.listing` and"
    yield "checked by a test."
    yield ""
    yield "| B- | behaviour | shown by |"
    yield "|---|---|---|"
    behaviours = shown_by("behaviour")
    for number, sentence in BEHAVIOURS.items():
        here = [*behaviours.get(number, []), *ELSEWHERE.get(number, ())]
        yield _row(number, sentence, here, OPEN.get(number))
    yield ""
    yield "## Acceptance checks"
    yield ""
    yield "| | check | shown by |"
    yield "|---|---|---|"
    checks = shown_by("check")
    for number, sentence in CHECKS.items():
        yield _row(number, sentence, checks.get(number, []), None)


def _row(number: int, sentence: str, tests: list[str], missing: str | None) -> str:
    cells = [f"[{_name(test)}](../{test.partition('::')[0]})" for test in tests]
    if missing:
        cells.append(f"*{missing}*")
    return f"| {number} | {sentence} | {'<br>'.join(cells)} |"


def _name(test: str) -> str:
    return test.partition("::test_")[2].replace("_", " ")


if __name__ == "__main__":
    sys.stdout.write(page())
