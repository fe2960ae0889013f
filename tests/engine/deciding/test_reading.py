import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from engine.deciding.bodies import FilePart, LimitExceeded, TooDeep, TooLarge, TooManyAnswers
from engine.deciding.reading import MAX_ANSWERS, MAX_NAME, Reading, read_body

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
MULTIPART = "multipart/form-data; boundary=B"


def part(name, content=b"", filename=None, kind=None):
    disposition = f'Content-Disposition: form-data; name="{name}"'
    disposition += "" if filename is None else f'; filename="{filename}"'
    lines = [disposition, *([f"Content-Type: {kind}"] if kind else [])]
    return b"--B\r\n" + "\r\n".join(lines).encode() + b"\r\n\r\n" + content + b"\r\n"


def multipart(*parts):
    return b"".join(parts) + b"--B--\r\n"


def answers(body, content_type=None):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    reading = read_body(raw, content_type)
    assert reading.problem is None
    return reading.answers


ADA = {"name": "Ada", "email": "ada@example.org"}


@pytest.mark.parametrize("label", [None, "", "text/plain", FORM, JSON, MULTIPART, "nonsense"])
@pytest.mark.parametrize(
    "body",
    [
        b"name=Ada&email=ada%40example.org",
        b'{"name": "Ada", "email": "ada@example.org"}',
        b'\xef\xbb\xbf \n{"name": "Ada", "email": "ada@example.org"}',
        b'[{"name": "name", "value": "Ada"}, {"label": "email", "value": "ada@example.org"}]',
        multipart(part("name", b"Ada"), part("email", b"ada@example.org")),
    ],
)
def test_the_first_bytes_tell_the_format_whatever_the_label_says(body, label):
    assert answers(body, label) == ADA


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"a=1&a=2&b=3", {"a": ["1", "2"], "b": "3"}),
        (b"a[]=1", {"a": ["1"]}),
        (b"a[]=1&a[]=2", {"a": ["1", "2"]}),
        (b"contact%5BName%5D=Ada&contact[email]=x", {"contact.Name": "Ada", "contact.email": "x"}),
        (b"a[b][c]=1&a[b][d][]=2&a=3", {"a": "3", "a.b.c": "1", "a.b.d": ["2"]}),
        (b"Size [cm]=5", {"Size [cm]": "5"}),
        (b"text=one%0D%0Atwo+three", {"text": "one\r\ntwo three"}),
        (b"a=1&&b&=", {"a": "1", "b": "", "": ""}),
        (b"a=100%&b=%zz%4%41%d1%8f", {"a": "100%", "b": "%zz%4A\u044f"}),
        (b"--a=1", {"--a": "1"}),
        ("имя=Ада".encode(), {"имя": "Ада"}),
    ],
)
def test_form_fields(body, expected):
    assert answers(body, FORM) == expected


def test_bytes_that_look_like_brackets_but_are_form_fields_are_read_by_their_label():
    assert answers(b"[a]=1&b=2", FORM) == {"[a]": "1", "b": "2"}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"yes": True, "no": False}, {"yes": "true", "no": "false"}),
        ({"none": None, "text": "", "list": [], "object": {}}, dict.fromkeys(["none", "text", "list", "object"], "")),
        ({"one": ["a"], "two": ["a", "b"], "kept[]": ["a"]}, {"one": "a", "two": ["a", "b"], "kept": ["a"]}),
        ({"names": {"first": "Ada", "last": {"now": "L"}}}, {"names.first": "Ada", "names.last.now": "L"}),
        ({"goods": [{"sku": 1}, {"sku": 2}]}, {"goods.0.sku": "1", "goods.1.sku": "2"}),
        ({"data": [{"label": "City", "value": "Kyiv"}]}, {"City": "Kyiv"}),
        ({"items": [{"question": "Why?", "answer": ["a", "b"]}]}, {"Why?": ["a", "b"]}),
        ([{"name": "Ada"}], {"name": "Ada"}),
        ([{"n": 1}, {"n": 2}], {"0.n": "1", "1.n": "2"}),
        ([1, "b"], {"0": "1", "1": "b"}),
        ([], {}),
        ({}, {}),
        (
            {"fields": {"name": "Ada", "o": {"a": 1}}, "meta": {"page_url": "https://x.test/"}, "form": "f"},
            {"name": "Ada", "o.a": "1"},
        ),
        ({"fields": [{"name": "Name", "value": "Ada"}, {"id": "c7", "value": "x"}]}, {"Name": "Ada", "c7": "x"}),
        ({"fields": {"7": {"title": "City", "value": "Kyiv"}, "8": {"title": "", "value": "v"}}}, {"City": "Kyiv", "8": "v"}),
        ({"fields": "not an envelope"}, {"fields": "not an envelope"}),
    ],
)  # fmt: skip
def test_json_of_every_shape_becomes_flat_answers(document, expected):
    assert answers(document) == expected


def test_what_stands_around_an_envelope_is_technical_or_context_but_never_an_answer():
    reading = read_body(
        b'{"fields": {"name": "Ada"}, "form": "f", "utm_source": "g", "meta": {"odd": 1}}'
    )
    assert reading.answers == {"name": "Ada"}
    assert reading.technical == {"form": "f", "odd": "1"}
    assert reading.context["utm"] == {"source": "g"}


def test_elementors_bracketed_fields_are_an_envelope():
    body = (
        b"form[id]=9&fields[email][id]=email&fields[email][title]=E-mail&fields[email][value]=a@b.co"
        b"&fields[x1][title]=&fields[x1][value]=v&meta[page_url][value]=https://x.test/"
    )
    reading = read_body(body, FORM)
    assert reading.answers == {"E-mail": "a@b.co", "x1": "v"}
    assert reading.context["page"] == {"url": "https://x.test/"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.0", "1.0"),
        ("1.10", "1.10"),
        ("1e3", "1e3"),
        ("-0", "-0"),
        ("9007199254740993", "9007199254740993"),
        ("380671234567", "380671234567"),
        ("1" * 5000, "1" * 5000),
    ],
)
def test_json_numbers_stay_as_the_sender_wrote_them(text, value):
    assert answers(f'{{"n": {text}}}'.encode()) == {"n": value}


def test_repeated_json_names_become_lists_like_repeated_form_fields():
    assert answers(b'{"a": 1, "a": [2, 3], "a": 4}') == {"a": ["1", "2", "3", "4"]}


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": "\\ud800\\u0000x"}', "\ufffd\ufffdx"),
        (b'{"a": "\\ud83d\\ude00"}', "\U0001f600"),
        (b"a=%00x", "\ufffdx"),
    ],
)
def test_text_that_databases_refuse_is_replaced(body, value):
    assert answers(body) == {"a": value}


def test_multipart_text_and_files_are_told_apart():
    body = multipart(
        part("name", "Ада".encode()),
        part("topics[]", b"a"),
        part("cv", b"%PDF", filename="mon cv.pdf", kind="application/pdf"),
        part("empty", filename="", kind="application/octet-stream"),
    )
    reading = read_body(body, MULTIPART)
    assert reading.answers == {"name": "Ада", "topics": ["a"]}
    (file,) = reading.files
    assert (file.name, file.filename, file.content_type, file.size_bytes) == (
        "cv",
        "mon cv.pdf",
        "application/pdf",
        4,
    )


def test_a_file_inside_json_is_a_file():
    reading = read_body(
        b'{"cv": {"filename": "a.txt", "content": "aGVsbG8=", "type": "text/plain"}}'
    )
    assert reading.answers == {}
    assert reading.files == (FilePart.of("cv", "a.txt", "text/plain", b"hello"),)


@pytest.mark.parametrize(
    "body",
    [
        {"cv": {"filename": "cv.png", "content": "iVBORw0K"}},
        {"cv": {"file_name": "cv.png", "data": "iVBORw0K"}},
        {"cv": {"fileName": "cv.png", "base64": "data:image/png;base64,iVBORw0K"}},
        {"cv": "data:image/png;base64,iVBORw0K"},
        {"cv": ["data:image/png;name=x;base64,iVBORw0K"]},
        b"cv=data:image/png;base64,iVBORw0K",
        multipart(part("cv[]", b"\x89PNG\r\n", filename="../cv.png")),
    ],
)
def test_files_come_in_many_wrappings(body):
    reading = read_body(body if isinstance(body, bytes) else json.dumps(body).encode())
    (file,) = reading.files
    assert (file.name, file.filename, file.content) == ("cv", "cv.png", b"\x89PNG\r\n")
    assert reading.answers == {}


@pytest.mark.parametrize(
    "text",
    ["data:image/png;base64,not base64!", "data:,plain", "data: Monday", "database64,x"],
)
def test_a_text_that_only_begins_like_a_file_is_an_answer(text):
    assert answers({"a": text}) == {"a": text}


def test_a_file_beside_texts_of_its_name_leaves_them_be():
    reading = read_body(b'{"a": ["x", "data:text/plain;base64,aGk=", "y"]}')
    assert reading.answers == {"a": ["x", "y"]}
    assert [file.filename for file in reading.files] == ["a.txt"]


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        (b"", None, "empty"),
        (b" \r\n", JSON, "empty"),
        (b'{"a": "b', FORM, "not: Unterminated string"),
        (b'{"message": "He said "no" a=b"}', FORM, "begins like JSON"),
        (b'{"a": NaN}', JSON, "NaN"),
        (b'{"a": -Infinity}', JSON, "-Infinity"),
        (b'{"a": 1} trailing', JSON, "Extra data"),
        (b"<xml a='b'/>", "text/xml", "neither JSON nor form fields"),
        (b"hello", "text/plain", "neither JSON nor form fields"),
        (multipart(part("a", b"1"))[:50], MULTIPART, "ends too early"),
        (b"--B\r\nContent-Type: x\r\n\r\n1\r\n--B--", MULTIPART, "malformed"),
    ],
)
def test_an_unreadable_body_is_a_problem_and_no_error(body, content_type, words):
    reading = read_body(body, content_type)
    assert words in reading.problem
    assert reading == Reading(problem=reading.problem)


@pytest.mark.parametrize(
    ("body", "content_type", "value", "warned"),
    [
        ("a=я".encode(), FORM + "; charset=windows-1251", "я", False),
        ("a=я".encode("cp1251"), FORM + "; charset=windows-1251", "я", False),
        (b"a=%FF", FORM + "; charset=windows-1251", "я", False),
        ('{"a": "é"}'.encode("latin-1"), JSON, "é", True),
        (b"a=\xe9", FORM + "; charset=zip", "é", True),
        (b"a=\xe9", FORM + "; charset=punycode", "é", True),
    ],
)
def test_text_is_utf_8_then_what_was_declared_then_latin_1_with_a_warning(
    body, content_type, value, warned
):
    reading = read_body(body, content_type)
    assert reading.answers == {"a": value}
    assert bool(reading.warnings) is warned


def test_a_broken_text_does_not_pass_for_depth():
    assert answers(b'{"a": "' + b"[" * 100 + b'"}') == {"a": "[" * 100}
    assert answers({"a": '\\"' + "{" * 100}) == {"a": '\\"' + "{" * 100}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"[" * 17 + b"]" * 17, TooDeep),
        (b"[" * 1_000_000, TooDeep),
        (b'{"a":' * 200_000, TooDeep),
        (b"a" + b"[b]" * 17 + b"=1", TooDeep),
        (b"&".join(b"n%d=" % n for n in range(MAX_ANSWERS + 1)), TooManyAnswers),
        (b"a=1&" * (MAX_ANSWERS + 1), TooManyAnswers),
        (b"a=1&" * 100_000, TooManyAnswers),
        (b"utm_source=1&" * 1_999 + b"a=1&b=2", TooManyAnswers),
        (b'{"a": [' + b"1," * 600 + b"1]}", TooManyAnswers),
        (b'{"a": [' + b"{}," * 100_000 + b"1]}", TooManyAnswers),
        (multipart(*[part("f", b"x", filename="x")] * (MAX_ANSWERS + 1)), TooManyAnswers),
        (multipart(*[part("a")] * 2_001), TooManyAnswers),
        (multipart(part("x" * 520 * 1024)), TooLarge),
        (b" \r\n" + multipart(part("a"), *[part("x" * 60 * 1024)] * 9), TooLarge),
        (multipart(part("a", kind="b\r\nX: y" * 90_000)), TooLarge),
        (multipart(part("a"))[:-7] + b"\r\n--B\r\nX: " + b"y" * 600_000, TooLarge),
        (b"a=" + b"x" * 65_537, TooLarge),
        (b"a=" + "я".encode() * 32_769, TooLarge),
    ],
)
def test_limits_refuse_and_say_how_to_mend(body, error):
    with pytest.raises(error, match=r"; send "):
        read_body(body)


def test_the_limits_themselves_are_allowed():
    assert len(answers(b"&".join(b"n%d=" % n for n in range(MAX_ANSWERS)))) == MAX_ANSWERS
    assert answers(b"[" * 16 + b"1" + b"]" * 16) == {".".join("0" * 15): "1"}
    assert answers(b"a=" + b"x" * 65_536) == {"a": "x" * 65_536}


def test_a_file_may_hold_what_looks_like_heads():
    content = b"--B\r\n" * 3 + b"x" * 600_000
    reading = read_body(multipart(part("a", content.replace(b"B", b"C"), filename="a.bin")))
    assert reading.files[0].size_bytes == len(content)


def test_long_names_are_shortened_and_stay_apart():
    long = "x" * (MAX_NAME + 1)
    names = list(answers({long: 1, long + "y": 2, "x" * MAX_NAME: 3}))
    assert [len(name) for name in names] == [MAX_NAME] * 3
    assert len(set(names)) == 3
    assert list(answers({long: 1})) == names[:1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("_gotcha", ""),
        ("_next", "https://x.test/"),
        ("_fw_nonce", "n"),
        ("_fw_anything", "x"),
        ("tranid", "1:2"),
        ("formid", "f"),
        ("formname", "F"),
        ("COOKIES", "a=b"),
        ("test", "test"),
        ("tildaspec-referer", "x"),
        ("g-recaptcha-response", "x"),
    ],
)
def test_technical_values_are_never_answers(name, value):
    reading = read_body(json.dumps({"name": "Ada", name: value}).encode())
    assert reading.answers == {"name": "Ada"}
    assert reading.technical == {name: value}


def test_a_field_called_test_is_an_answer():
    assert answers(b"test=blood&name=Ada") == {"test": "blood", "name": "Ada"}


_bodies = some.one_of(
    some.binary(max_size=200),
    some.text("{}[]\",:\\tnu0123-=&%.ae \ud800", max_size=120).map(
        lambda text: text.encode(errors="surrogatepass")
    ),
    some.recursive(
        some.none() | some.booleans() | some.floats() | some.text(max_size=5),
        lambda inner: some.lists(inner, max_size=4)
        | some.dictionaries(some.sampled_from(["name", "value", "fields", "meta", "a[]"]), inner),
        max_leaves=12,
    ).map(lambda document: json.dumps(document).encode()),
    some.lists(
        some.sampled_from([b"--B", b"--", b"\r\n", b"\r", b"Content-Disposition: form-data;",
                           b' name="a"', b' filename="f"', b"Content-Type", b":", b"\xff", b"x"]),
        max_size=20,
    ).map(lambda pieces: b"--B\r\n" + b"".join(pieces)),
)  # fmt: skip
_labels = some.sampled_from([None, FORM, JSON, MULTIPART, FORM + "; charset=koi8-r", '\x00;=;"'])


@given(_bodies, _labels)
@example(b"--\r\nContent-Disposition\r\n\r\n\r\n", MULTIPART)
@settings(max_examples=200, derandomize=True, deadline=None)
def test_no_bytes_raise_anything_but_a_declared_limit(raw, label):
    try:
        reading = read_body(raw, label)
    except LimitExceeded:
        return
    json.dumps([reading.answers, reading.context, reading.technical], ensure_ascii=False).encode()
    assert reading.problem is None or not reading.answers
