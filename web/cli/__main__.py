"""``python -m web.cli``: the command without its script, as the supervisor starts it."""

from web.cli import main

main(prog_name="formwire")
