"""The catalogs: how they come to be (``python -m tests.translations``), and that they are complete."""
