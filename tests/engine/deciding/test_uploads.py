from __future__ import annotations

import pytest

from engine.deciding.bodies import FilePart
from engine.deciding.documents import DocumentMistakes, load
from engine.deciding.file_types import MAX_NAME, UNKNOWN, kind_of, safe_name, served_as
from engine.deciding.uploads import Uploads, problems

PDF, PNG, ZIP = b"%PDF-1.7 x", b"\x89PNG\r\n\x1a\n x", b"PK\x03\x04 x"
MB = 1024 * 1024


def file(filename: str, content: bytes = PDF) -> FilePart:
    return FilePart.of("cv", filename, "", content)


@pytest.mark.parametrize(
    ("filename", "content", "words"),
    [
        ("cv.pdf", PDF, ""),
        ("CV.PDF", PDF, ""),
        ("cv.pdf", PNG, "not those of a pdf"),
        ("cv.pdf", b"", "not those of a pdf"),
        ("photo.jpg", b"\xff\xd8\xff\xe0", ""),
        ("photo.jpeg", PNG, "not those of a jpeg"),
        ("letter.docx", ZIP, ""),
        ("letter.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "not those of a docx"),
        ("letter.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ""),
        ("notes.txt", "привіт".encode(), ""),
        ("notes.txt", "привіт".encode("utf-16"), ""),
        ("notes.txt", b"MZ\x90\x00", "not those of a txt"),
        ("notes.txt", b"a\x00b", "not those of a txt"),
        ("page.html", b"<script>", "no files of the type html"),
        ("cv.pdf.exe", b"MZ", "no files of the type exe"),
        ("cv", PDF, "without an extension"),
        (".pdf", PDF, "without an extension"),
        ("big.pdf", PDF + b"x" * 5 * MB, "larger than 5 MB"),
    ],
)
def test_a_file_gets_a_link_when_it_is_what_it_says(
    filename: str, content: bytes, words: str
) -> None:
    (problem,) = problems([file(filename, content)], Uploads(files=1))
    assert (words in problem) if words else (problem == "")


def test_a_type_of_which_we_know_nothing_may_be_taken_by_its_name() -> None:
    taken = Uploads(files=1, types=(".DWG",))
    assert problems([file("plan.dwg", b"AC1027")], taken) == [""]


def test_a_form_without_uploads_takes_none() -> None:
    assert problems([file("cv.pdf")], Uploads()) == ["the form takes no files"]


def test_files_count_as_far_as_they_are_taken() -> None:
    four = [file("a.exe"), file("b.pdf"), file("c.pdf"), file("d.pdf")]
    found = problems(four, Uploads(files=2))
    assert [bool(problem) for problem in found] == [True, False, False, True]
    assert "2 at once" in found[3]


def test_files_are_measured_together() -> None:
    half = PDF + b"x" * (MB // 2)
    found = problems([file("a.pdf", half), file("b.pdf", half)], Uploads(files=9, total_mb=1))
    assert [bool(problem) for problem in found] == [False, True]
    assert "1 MB of files at once" in found[1]


@pytest.mark.parametrize(
    "document", [{"types": ["p/df"]}, {"files": -1}, {"size_mb": 11}, {"link_days": 0}, {"x": 1}]
)
def test_mistakes_are_told(document: dict[str, object]) -> None:
    with pytest.raises(DocumentMistakes):
        load(Uploads, document)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("ada.pdf", "ada.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Ada\\cv.pdf", "cv.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("\u2066a\u2069\u200b.pdf", "a.pdf"),
        ("  .htaccess. ", "htaccess"),
        ("..", "file"),
        ("/", "file"),
        ("", "file"),
        ("резюме Ади.pdf", "резюме Ади.pdf"),
    ],
)
def test_a_files_name_is_one_plain_line(sent: str, kept: str) -> None:
    assert safe_name(sent) == kept


def test_a_long_name_keeps_its_extension() -> None:
    name = safe_name("x" * 500 + ".pdf")
    assert len(name) == MAX_NAME
    assert name.endswith("….pdf")


@pytest.mark.parametrize(
    ("filename", "content", "content_type"),
    [
        ("a.pdf", PDF, "application/pdf"),
        ("a.pdf", PNG, UNKNOWN),
        ("a.html", b"<script>", UNKNOWN),
        ("a.svg", b"<svg>", UNKNOWN),
        ("a", PDF, UNKNOWN),
        ("a.txt", b"text", "text/plain"),
    ],
)
def test_only_known_types_are_named_to_a_browser(
    filename: str, content: bytes, content_type: str
) -> None:
    assert served_as(filename, kind_of(content)) == content_type
