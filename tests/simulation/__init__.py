"""Deterministic simulation: drains, journal and recovery against a CRM model, under virtual time.

Several workers drain one connection. Each is a greenlet, so exactly one runs at a time, and it gives
way only at seams: before and after a write transaction, and while a call is under way. A seed decides
who goes on when, what befalls each call, and who is stopped or killed where. The same seed is the
same story, to the microsecond.

    python -m tests.simulation --seeds 20000            look for a seed that breaks a promise
    python -m tests.simulation --seed 4711              tell one story
    python -m tests.simulation --several --seeds 2000   filling-ins that come in several posts
    python -m tests.simulation --without "the fence"    see how soon something goes wrong
"""
