"""Posts of form builders."""

from __future__ import annotations

import json

from tests.builders import multipart
from tests.engine.deciding.senders.case import FORM, MULTIPART, Case, form, names, sent


def _typeform(*answers: object, hidden: object = None) -> bytes:
    fields = [
        {"id": "f1", "ref": "r1", "type": "short_text", "title": "What is your name?"},
        {"id": "f2", "ref": "r2", "type": "email", "title": "{{field:r1}}, your *e-mail*: ?"},
        {
            "id": "f3",
            "ref": "r3",
            "type": "multiple_choice",
            "title": "Topics",
            "allow_multiple_selections": True,
            "choices": [{"id": "c1", "label": "Sales"}, {"id": "c2", "label": "Support"}],
        },
        {"id": "f4", "ref": "r4", "type": "dropdown", "title": "City"},
        {"id": "f5", "ref": "r5", "type": "phone_number", "title": "Phone"},
        {"id": "f6", "ref": "r6", "type": "number", "title": "Budget"},
        {"id": "f7", "ref": "r7", "type": "legal", "title": "Terms"},
        {"id": "f8", "ref": "r8", "type": "file_upload", "title": "CV"},
        {"id": "f9", "ref": "r9", "type": "short_text", "title": "Note"},
        {
            "id": "g1",
            "ref": "rg",
            "type": "group",
            "title": "More",
            "properties": {
                "fields": [{"id": "f10", "ref": "r10", "type": "long_text", "title": "Note"}]
            },
        },
    ]
    return sent(
        {
            "event_id": "LtWXD3crgy",
            "event_type": "form_response",
            "form_response": {
                "form_id": "lT4Z3j",
                "token": "a3a12ec67a1365927098a606107fac15",
                "landed_at": "2026-11-20T10:00:00Z",
                "submitted_at": "2026-11-20T10:01:00Z",
                **({"hidden": hidden} if hidden else {}),
                "calculated": {"score": 9},
                "variables": [{"key": "score", "type": "number", "number": 9}],
                "definition": {"id": "lT4Z3j", "title": "Brief", "fields": fields},
                "answers": answers,
                "ending": {"id": "e1", "ref": "e"},
            },
        }
    )


def _answer(id: str, type: str, value: object) -> dict[str, object]:
    field = {"id": id, "type": "any", "ref": id.replace("f", "r")}
    return {"type": type, type: value, "field": field}


TYPEFORM = names("event_id form_id title submitted_at")
FORMBRICKS_ANSWERS = {
    "name": "Ada",
    "topics": ["Sales", "Support"],
    "contact": ["Ada", "Lovelace", "ada@example.org", "", ""],
}


def _formbricks(event: str, *, finished: bool, **answers: object) -> bytes:
    data = {
        "id": "cl7",
        "surveyId": "cl1",
        "finished": finished,
        "data": answers,
        "meta": {"url": "https://x.test/", "userAgent": {"browser": "Firefox"}},
        "ttc": {"name": 1200},
    }
    return sent({"webhookId": "w1", "event": event, "data": data})


_JOTFORM_REQUEST = {
    "slug": "submit/211",
    "jsExecutionTracker": "build-date",
    "q3_name": {"first": "Ada", "last": "Lovelace"},
    "q4_email": "ada@example.org",
    "q5_phoneNumber": {"full": "(067) 123-4567"},
    "q6_topics": ["Sales", "Support"],
    "q8_note": "",
    "cv": ["https://www.jotform.test/uploads/a/cv.pdf"],
    "temp_upload": {"q7_cv": ["cv.pdf#jotformfs-1"]},
    "file_server": "go-1",
    "timeToSubmit": "12",
    "path": "/submit/211",
}
_WUFOO_STRUCTURE = {
    "Fields": [
        {
            "Title": "Name",
            "Type": "shortname",
            "ID": "Field1",
            "SubFields": [
                {"ID": "Field1", "Label": "First"},
                {"ID": "Field2", "Label": "Last"},
            ],
        },
        {"Title": "E-mail", "Type": "email", "ID": "Field3"},
        {
            "Title": "Topics",
            "Type": "checkbox",
            "ID": "Field4",
            "SubFields": [
                {"ID": "Field4", "Label": "Sales"},
                {"ID": "Field5", "Label": "Support"},
                {"ID": "Field6", "Label": "Other"},
            ],
        },
    ]
}

CASES = (
    Case(
        name="Typeform",
        sender="typeform",
        raw=_typeform(
            _answer("f1", "text", "Ada"),
            _answer("f2", "email", "ada@example.org"),
            _answer("f3", "choices", {"ids": ["c1", "x"], "labels": ["Sales"], "other": "Engines"}),
            _answer("f4", "choice", {"id": "o1", "label": "Kyiv"}),
            _answer("f5", "phone_number", "+380671234567"),
            _answer("f6", "number", 1500),
            _answer("f7", "boolean", True),
            _answer("f8", "file_url", "https://api.typeform.test/cv.pdf"),
            _answer("f10", "text", "Hi"),
            hidden={"utm_source": "g", "plan": "pro"},
        ),
        headers={"Typeform-Signature": "sha256=00"},
        answers={
            "What is your name?": "Ada",
            "…, your *e-mail*: ?": "ada@example.org",
            "Topics": ["Sales", "Engines"],
            "City": "Kyiv",
            "Phone": "+380671234567",
            "Budget": "1500",
            "Terms": "true",
            "CV": "https://api.typeform.test/cv.pdf",
            "r10": "Hi",
            "plan": "pro",
        },
        labels={"r10": "Note"},
        context={"utm": {"source": "g"}},
        technical=TYPEFORM,
        id="a3a12ec67a1365927098a606107fac15",
    ),
    Case(
        name="Typeform, where all was skipped but a choice of one's own",
        sender="typeform",
        raw=_typeform(_answer("f4", "choice", {"other": "Lviv"})),
        answers={"City": "Lviv"},
        technical=TYPEFORM,
        id="a3a12ec67a1365927098a606107fac15",
    ),
    Case(
        name="Tally",
        sender="tally",
        raw=sent(
            {
                "eventId": "e1",
                "eventType": "FORM_RESPONSE",
                "createdAt": "2026-11-20T10:00:00.000Z",
                "data": {
                    "responseId": "r1",
                    "submissionId": "r1",
                    "respondentId": "p1",
                    "formId": "f1",
                    "formName": "Contact",
                    "createdAt": "2026-11-20T10:00:00.000Z",
                    "fields": [
                        {
                            "key": "question_a",
                            "label": "Name",
                            "type": "INPUT_TEXT",
                            "value": "Ada",
                        },
                        {
                            "key": "question_b",
                            "label": "City",
                            "type": "MULTIPLE_CHOICE",
                            "value": ["o1"],
                            "options": [{"id": "o1", "text": "Kyiv"}, {"id": "o2", "text": "Lviv"}],
                        },
                        {
                            "key": "question_c",
                            "label": "Topics",
                            "type": "CHECKBOXES",
                            "value": ["t2"],
                            "options": [
                                {"id": "t1", "text": "Sales"},
                                {"id": "t2", "text": "A, b"},
                            ],
                        },
                        {
                            "key": "question_c_t1",
                            "label": "Topics (Sales)",
                            "type": "CHECKBOXES",
                            "value": False,
                        },
                        {
                            "key": "question_c_t2",
                            "label": "Topics (A, b)",
                            "type": "CHECKBOXES",
                            "value": True,
                        },
                        {
                            "key": "question_d",
                            "label": "CV",
                            "type": "FILE_UPLOAD",
                            "value": [
                                {
                                    "id": "x",
                                    "name": "cv.pdf",
                                    "url": "https://x.test/cv.pdf",
                                    "mimeType": "application/pdf",
                                    "size": 4,
                                }
                            ],
                        },
                        {
                            "key": "question_e",
                            "label": "Rate",
                            "type": "MATRIX",
                            "value": {"row1": ["col2"]},
                            "rows": [{"id": "row1", "text": "Speed"}],
                            "columns": [
                                {"id": "col1", "text": "Bad"},
                                {"id": "col2", "text": "Good"},
                            ],
                        },
                        {
                            "key": "question_f_utm",
                            "label": "utm_source",
                            "type": "HIDDEN_FIELDS",
                            "value": "g",
                        },
                        {"key": "question_g", "label": "Note", "type": "TEXTAREA", "value": None},
                    ],
                },
            }
        ),
        answers={
            "Name": "Ada",
            "City": "Kyiv",
            "Topics": ["A, b"],
            "CV": "https://x.test/cv.pdf",
            "Rate.Speed": "Good",
            "Note": "",
        },
        context={"utm": {"source": "g"}},
        technical=names("eventId formId formName"),
        id="r1",
    ),
    Case(
        name="Jotform",
        sender="jotform",
        raw=multipart(
            ("action", ""),
            ("webhookURL", "https://x.test/f/callback"),
            ("username", "acme"),
            ("formID", "211"),
            ("type", "WEB"),
            ("formTitle", "Contact"),
            ("submissionID", "5234567890123456789"),
            ("ip", "203.0.113.9"),
            ("pretty", "Name:Ada Lovelace, Email:ada@example.org, Topics:Sales\nSupport"),
            ("rawRequest", json.dumps(_JOTFORM_REQUEST)),
            ("isSilent", ""),
        ),
        content_type=MULTIPART,
        answers={
            "name.first": "Ada",
            "name.last": "Lovelace",
            "email": "ada@example.org",
            "phoneNumber.full": "(067) 123-4567",
            "topics": ["Sales", "Support"],
            "note": "",
            "cv": "https://www.jotform.test/uploads/a/cv.pdf",
        },
        context={"visitor": {"ip": "203.0.113.9"}},
        technical=names("formID formTitle submissionID"),
        id="5234567890123456789",
    ),
    Case(
        name="Google Forms, the values with their questions",
        sender="googleforms",
        raw=sent(
            {
                "namedValues": {
                    "Позначка часу": ["20.11.2026 10:00:00"],
                    "Ваше ім’я": ["Ада"],
                    "Topics": ["Sales, Support"],
                    "Note": [""],
                },
                "values": ["20.11.2026 10:00:00", "Ада", "Sales, Support", ""],
                "range": {"columnEnd": 4},
                "triggerUid": "1",
            }
        ),
        content_type=FORM,
        answers={"Ваше ім’я": "Ада", "Topics": "Sales, Support", "Note": ""},
    ),
    Case(
        name="Google Forms, a script with a payload",
        sender="googleforms",
        raw=sent(
            {
                "form": {"id": "f1", "title": "Contact"},
                "response": {
                    "id": "r1",
                    "payload": {"Name": "Ada", "Topics": ["Sales", "Support"]},
                },
            }
        ),
        answers={"Name": "Ada", "Topics": ["Sales", "Support"]},
        technical=names("id title"),
        id="r1",
    ),
    Case(
        name="Wufoo, with structures",
        sender="wufoo",
        raw=form(
            Field1="Ada",
            Field2="Lovelace",
            Field3="ada@example.org",
            Field4="Sales",
            Field5="",
            Field6="Other",
            CreatedBy="public",
            DateCreated="2026-11-20 10:00:00",
            EntryId="7",
            IP="203.0.113.9",
            HandshakeKey="sesame",
            FieldStructure=json.dumps(_WUFOO_STRUCTURE),
            FormStructure='{"Name": "Contact"}',
        ),
        content_type=FORM,
        answers={
            "Field1": "Ada",
            "Field2": "Lovelace",
            "Field3": "ada@example.org",
            "Field4": ["Sales", "Other"],
        },
        labels={
            "Field1": "Name: First",
            "Field2": "Name: Last",
            "Field3": "E-mail",
            "Field4": "Topics",
        },
        context={"visitor": {"ip": "203.0.113.9"}},
        technical=names("EntryId DateCreated"),
        id="7",
    ),
    Case(
        name="Wufoo, without them",
        sender="wufoo",
        raw=b"Field1=Ada&EntryId=7&HandshakeKey=sesame",
        content_type=FORM,
        answers={"Field1": "Ada"},
        technical=names("EntryId"),
        id="7",
    ),
    Case(
        name="Formstack, urlencoded",
        sender="formstack",
        raw=form(
            FormID="1",
            UniqueID="77",
            HandshakeKey="sesame",
            Name="first = Ada\nlast = Lovelace",
            Note="one = 1\ntwo",
        ),
        content_type=FORM,
        answers={"Name.first": "Ada", "Name.last": "Lovelace", "Note": "one = 1\ntwo"},
        technical=names("FormID UniqueID"),
        id="77",
    ),
    Case(
        name="Formstack, JSON",
        sender="formstack",
        raw=sent(
            {
                "FormID": "1",
                "UniqueID": "77",
                "Name": {"first": "Ada", "last": "Lovelace"},
                "Topics": {"value": ["Sales", "Support"], "field_type": "checkbox"},
                "Email": {"value": "ada@example.org", "field_type": "email"},
            }
        ),
        answers={
            "Name.first": "Ada",
            "Name.last": "Lovelace",
            "Topics": ["Sales", "Support"],
            "Email": "ada@example.org",
        },
        technical=names("FormID UniqueID"),
        id="77",
    ),
    Case(
        name="Elfsight",
        sender="elfsight",
        raw=sent(
            [
                {"id": "a1", "name": "Name", "value": "Ada", "type": "text"},
                {"id": "a2", "name": "Topics", "value": ["Sales", "Support"], "type": "checkbox"},
                {"id": "a3", "name": "Note", "value": "1", "type": "text"},
                {"id": "a4", "name": "Note", "value": "2", "type": "text"},
            ]
        ),
        answers={"Name": "Ada", "Topics": ["Sales", "Support"], "a3": "1", "a4": "2"},
        labels={"a3": "Note", "a4": "Note"},
    ),
    Case(
        name="FormSmarts",
        sender="formsmarts",
        raw=sent(
            {
                "form_id": "lqh",
                "form_name": "Contact",
                "fs_ref_num": "9WYM",
                "fields": [
                    {
                        "field_name": "First Name",
                        "field_value": "Ada",
                        "field_id": 111,
                        "field_datatype": "text",
                    },
                    {
                        "field_name": "Phone",
                        "field_value": 380671234567,
                        "field_id": 112,
                        "field_datatype": "phone",
                    },
                ],
            }
        ),
        answers={"First Name": "Ada", "Phone": "380671234567"},
        technical=names("fs_ref_num form_id form_name"),
        id="9WYM",
    ),
    Case(
        name="Weblium, by the general rules",
        sender="",
        raw=sent(
            {
                "formName": "Contact",
                "fields": {
                    "f1": {"title": "Name", "value": "Ada", "type": "text"},
                    "f2": {"title": "Phone", "value": "380671234567", "type": "phone"},
                },
            }
        ),
        answers={"Name": "Ada", "Phone": "380671234567"},
        technical=names("formName"),
    ),
    Case(
        name="OpnForm",
        sender="opnform",
        raw=sent(
            {
                "form_title": "Contact",
                "form_slug": "contact-1",
                "submission": {"Name": "Ada", "Topics": ["Sales"]},
                "data": {
                    "6d1a": {"value": "Ada", "name": "Name"},
                    "7e2b": {"value": ["Sales", "Support"], "name": "Topics"},
                },
                "message": "Please do not use the `submission` field. It is deprecated.",
            }
        ),
        headers={"X-Webhook-Signature": "sha256=00"},
        answers={"Name": "Ada", "Topics": ["Sales", "Support"]},
        technical=names("form_title form_slug"),
    ),
    Case(
        name="HeyForm",
        sender="heyform",
        raw=sent(
            {
                "id": "s1",
                "formId": "f1",
                "formName": "Contact",
                "fields": [
                    {"id": "q1", "title": ["Name", ["b", ["!"]]], "kind": "short_text"},
                    {
                        "id": "q2",
                        "title": ["Topics"],
                        "kind": "multiple_choice",
                        "properties": {
                            "choices": [
                                {"id": "c1", "label": "Sales"},
                                {"id": "c2", "label": "Help"},
                            ]
                        },
                    },
                ],
                "answers": [
                    {"id": "q1", "title": "<b>Name</b>", "kind": "short_text", "value": "Ada"},
                    {
                        "id": "q2",
                        "title": "Topics",
                        "kind": "multiple_choice",
                        "value": {"value": ["c2"], "other": "Engines"},
                    },
                ],
                "hiddenFields": [],
            }
        ),
        answers={"Name": "Ada", "Topics": ["Help", "Engines"]},
        technical=names("id formId formName"),
        id="s1",
    ),
    Case(
        name="Formbricks, finished",
        sender="formbricks",
        raw=_formbricks("responseFinished", finished=True, **FORMBRICKS_ANSWERS),
        answers=FORMBRICKS_ANSWERS,
        context={"page": {"url": "https://x.test/"}},
        technical=names("event id surveyId"),
        id="cl7",
    ),
    Case(
        name="Formbricks, begun",
        sender="formbricks",
        raw=_formbricks("responseCreated", finished=False),
        context={"page": {"url": "https://x.test/"}},
        technical=names("event id surveyId"),
        id="cl7",
        finished=False,
    ),
    Case(
        name="Formbricks' call on saving",
        sender="formbricks",
        raw=sent({"event": "testEndpoint"}),
        technical=names("event"),
        test=True,
    ),
    Case(
        name="Typebot",
        sender="typebot",
        raw=sent(
            {"submittedAt": "2026-11-20T10:00:00.000Z", "Name": "Ada", "Phone": "+380671234567"}
        ),
        answers={"Name": "Ada", "Phone": "+380671234567"},
        technical=names("submittedAt"),
    ),
)
