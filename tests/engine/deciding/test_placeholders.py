from engine.deciding.placeholders import RESULTS, deferred, fill, placeholder, without_placeholders


def test_the_signs_of_stored_plans_never_change():
    references = ["company.id", "company.url", "contact.id", "contact.url", "deal.id", "deal.url"]
    assert [placeholder(name) for name in references] == list(
        "\ufdd0\ufdd1\ufdd2\ufdd3\ufdd4\ufdd5"
    )
    assert {f"{kind}.{name}" for kind, names in RESULTS.items() for name in names} == set(
        references
    )


def test_only_results_have_a_placeholder():
    assert placeholder("field.email") is None
    assert placeholder("deal.name") is None


def test_what_is_not_known_becomes_empty():
    assert fill("a\ufdd0b\ufdd4c", {"deal.id": "5"}) == "ab5c"
    assert fill("plain", {}) == "plain"


def test_a_text_tells_what_it_waits_for():
    assert deferred("\ufdd4 \ufdd0 \ufdd4 \ufddf") == ("deal.id", "company.id")
    assert without_placeholders("a\ufdd4b\ufdefc") == "abc"
