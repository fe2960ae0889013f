"""Pure decisions: no clock, no I/O, no framework. Everything a preview needs."""
