"""The company tab."""

from __future__ import annotations

from typing import Any

import pytest

from tests.behaviours.world import CONTACT, World, filled, tags, values

behaviour = pytest.mark.behaviour

ACME = {
    "company": "Acme",
    "company_phone": "+14155550111",
    "company_email": "office@acme.test",
    "web": "https://acme.test",
}
COMPANY: dict[str, Any] = {
    "fields": {
        "name": "{{ field.company }}",
        "phone": "{{ field.company_phone }}",
        "email": "{{ field.company_email }}",
        "Web": "{{ field.web }}",
    }
}
KNOWN = {"name": "Acme Inc", **filled(EMAIL="office@acme.test", WEB="https://old.test")}


@behaviour(175)
@pytest.mark.parametrize(("name", "companies"), [("Acme", ["Acme"]), ("", [])])
def test_a_company_is_made_of_a_form_fields_name(
    world: World, name: str, companies: list[str]
) -> None:
    world.module(contact=CONTACT, company=COMPANY)
    world.deliver(**{**ACME, "company": name})
    assert [company["name"] for company in world.all("companies")] == companies


@behaviour(176)
def test_tags_are_added_and_those_there_are_kept(world: World) -> None:
    world.add("companies", **KNOWN, _embedded={"tags": [{"name": "vip"}]})
    world.module(company={**COMPANY, "tags": ["website"]})
    world.deliver(**ACME)
    assert tags(world.one("companies")) == ["vip", "website"]


@behaviour(177)
def test_a_note_is_attached_to_the_company(world: World) -> None:
    world.module(
        company={**COMPANY, "note": "Wrote to us on {{ submission.date | date('dd.mm.yyyy') }}"}
    )
    world.deliver(**ACME)
    (note,) = world.texts("notes", "companies")
    assert note.startswith("Wrote to us on ")


@behaviour(178)
def test_additional_fields_are_filled(world: World) -> None:
    fields = {**COMPANY["fields"], "Industry": "{{ field.industry }}"}
    world.module(company={**COMPANY, "fields": fields})
    world.deliver(**ACME, industry="Retail")
    company = world.one("companies")
    assert values(company, "Industry") == ["Retail"]
    assert values(company, "WEB") == ["https://acme.test"]


@behaviour(179)
def test_several_additional_phones_are_stored(world: World) -> None:
    extra = ["{{ field.second }}", "{{ field.third }}"]
    world.module(company={**COMPANY, "extra_phones": extra})
    world.deliver(**ACME, second="+14155550112", third="+14155550113")
    phones = ["+14155550111", "+14155550112", "+14155550113"]
    assert values(world.one("companies"), "PHONE") == phones


@behaviour(180)
def test_the_companys_task_is_only_for_a_new_company(world: World) -> None:
    world.module(company={**COMPANY, "tasks": [{"text": "Look up {{ field.company }}"}]})
    world.deliver(**ACME)
    world.deliver(**ACME, topic="again")
    assert world.texts("tasks", "companies") == ["Look up Acme"]


@behaviour(181, 185)
def test_with_overwrite_all_data_of_a_found_company_are_written(world: World) -> None:
    world.add("companies", **KNOWN)
    world.module(company={**COMPANY, "on_match": "overwrite"})
    world.deliver(**ACME)
    company = world.one("companies")
    assert company["name"] == "Acme"
    assert values(company, "WEB") == ["https://acme.test"]
    assert values(company, "PHONE") == ["+14155550111"]


@behaviour(182, 183)
@pytest.mark.parametrize(
    "theirs", [{"EMAIL": "Office@acme.test"}, {"PHONE": "14155550111"}], ids=["e-mail", "phone"]
)
def test_no_second_company_is_made_for_the_same_email_or_phone(
    world: World, theirs: dict[str, str]
) -> None:
    id = world.add("companies", name="Acme Inc", **filled(**theirs))
    world.module(company=COMPANY)
    world.deliver(**ACME)
    assert world.one("companies")["id"] == id


@behaviour(184)
def test_without_it_only_missing_data_of_a_found_company_are_added(world: World) -> None:
    world.add("companies", **KNOWN)
    world.module(company=COMPANY)
    world.deliver(**ACME)
    company = world.one("companies")
    assert company["name"] == "Acme Inc"
    assert values(company, "WEB") == ["https://old.test"]
    assert values(company, "PHONE") == ["+14155550111"]
