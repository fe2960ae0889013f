"""Good bytes made bad: cut, doubled, swapped, with rubbish in between."""

from __future__ import annotations

from hypothesis import strategies as some
from hypothesis.strategies import SearchStrategy

RUBBISH = (
    *(b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\r\n", b"\r\n\r\n", b"--Ada", b"--Ada--\r\n"),
    *(b"%", b"%00", b"%F0%9F", b"&", b"=", b";", b"[]", b"[0]", b"__proto__=", b"a[b][c]="),
    *(b'"', b"{", b"[" * 40, b'{"a":' * 40, b"NaN", b"-Infinity", b"1e999", b"9" * 400),
    *(b"\\u0000", b"\\ud83d", b'"a":1,"a":2', b"null", b"_next=", b"_nonce=", b"\xe2\x80\xae"),
)


@some.composite
def mutated(draw: some.DrawFn, good: SearchStrategy[bytes]) -> bytes:
    """A body of ``good`` after some accidents."""
    raw = draw(good)
    for _ in range(draw(some.integers(0, 4))):
        start = draw(some.integers(0, len(raw)))
        end = draw(some.integers(start, min(len(raw), start + 30)))
        put = draw(some.sampled_from(RUBBISH) | some.binary(max_size=8) | some.just(raw[start:end]))
        raw = raw[:start] + put + raw[draw(some.sampled_from((start, end))) :]
    return raw
