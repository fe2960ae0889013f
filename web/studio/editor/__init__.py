"""Editing a module by forms: every tab reads the draft's document and writes the same document.

Nothing here is kept beside the document. What a tab does not show, and what nobody changed on it,
stays in the document just as it was written.
"""
