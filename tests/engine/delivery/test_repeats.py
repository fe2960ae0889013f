from __future__ import annotations

import pytest

from engine.delivery import repeats
from engine.delivery.repeats import Repeats


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def came(counted: Repeats, *sender: str) -> int:
    """How often it came, now that it came once more."""
    form, address, payload = sender
    times = 1 + counted.before(form, address, payload)
    counted.stored(form, address, payload)
    return times


def test_the_same_from_one_address_is_counted_for_an_hour() -> None:
    clock = Clock()
    counted = Repeats(clock)
    assert [came(counted, "a", "192.0.2.7", "x") for _ in range(3)] == [1, 2, 3]
    clock.now = 3_600
    assert came(counted, "a", "192.0.2.7", "x") == 4
    clock.now = 3_601
    assert came(counted, "a", "192.0.2.7", "x") == 2


@pytest.mark.parametrize(
    ("other", "count"),
    [
        (("a", "2001:db8::1", "x"), 2),
        (("a", "2001:db8::2", "x"), 2),
        (("a", "2001:db8:0:1::1", "x"), 1),
        (("b", "2001:db8::1", "x"), 1),
        (("a", "2001:db8::1", "y"), 1),
    ],
)
def test_another_form_network_or_text_is_another_sender(
    other: tuple[str, str, str], count: int
) -> None:
    counted = Repeats()
    came(counted, "a", "2001:db8::1", "x")
    assert came(counted, *other) == count


def test_the_longest_silent_sender_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "REMEMBERED", 2)
    counted = Repeats()
    for payload in ("x", "y", "x", "z"):
        came(counted, "a", "192.0.2.7", payload)
    assert came(counted, "a", "192.0.2.7", "x") == 3
    assert came(counted, "a", "192.0.2.7", "y") == 1
