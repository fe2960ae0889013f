"""Whatever people, programs and enemies send: a few examples in each run, many with ``make fuzz``."""
