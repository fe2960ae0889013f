"""What a rule means. Pure: no I/O, no framework."""
