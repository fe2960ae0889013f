import pytest

from rules.patterns import MAX_PATTERN, found_in, pattern_mistake, pattern_surprise


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("demo", "a DEMO please", True),
        ("^demo$", "a demo", False),
        (r"^\d{5}$", "01001", True),
        ("^(?:uk|ru)\\b", "uk-ua", True),
        ("ДЕМО", "моє демо", True),
        ("cafe\u0301", "café", True),
        (r"^[\pL ]+$", "леді Ада", True),
        ("z$", "x" * 2000 + "z", False),  # beyond what is looked at
    ],
)
def test_a_pattern_is_found_anywhere_whatever_the_letter_case(pattern, text, found):
    assert pattern_mistake(pattern) is None
    assert found_in(pattern, text) is found


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("", "is empty"),
        ("x" * (MAX_PATTERN + 1), "longer than 200"),
        ("(", "missing )"),
        (r"(a)\1", "invalid escape sequence"),
        ("(?=a)", "without look-arounds"),
        ("((a{1,100}){1,100})", "invalid repetition size"),
        (r"\pL{900}", "pattern too large"),
        ("(.{0,300}){1,3}z", "repeats too much"),
    ],
)
def test_a_pattern_that_could_run_away_is_refused(pattern, words):
    assert words in pattern_mistake(pattern)


@pytest.mark.parametrize(
    ("pattern", "symbol"),
    [(r"\w+", r"\w"), (r"a\b", r"\b"), (r"\\w", None), (r"\\\w", r"\w"), ("[a-z]", None)],
)
def test_symbols_that_know_english_letters_only_are_named(pattern, symbol):
    message = pattern_surprise(pattern)
    assert message is None if symbol is None else message.startswith(symbol)
