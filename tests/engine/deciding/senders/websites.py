"""Posts of page builders and back ends for forms."""

from __future__ import annotations

from urllib.parse import quote

from tests.engine.deciding.senders.case import FORM, Case, form, names, sent

CASES = (
    Case(
        name="Tilda's ping",
        sender="tilda",
        raw=b"test=test",
        content_type=FORM,
        technical=names("test"),
        test=True,
    ),
    Case(
        name="Tilda's submission",
        sender="tilda",
        raw=form(
            Name="Ада",
            Phone="+7 (701) 123-45-67",
            Checkbox="yes",
            utm_source="google",
            tranid="1234:567",
            formid="form99",
            formname="Callback",
            COOKIES=f"_ga=GA1.2.11.22; TILDAUTM={quote('utm_source=vk|||utm_term=x')}",
        ),
        content_type=FORM,
        answers={"Name": "Ада", "Phone": "+7 (701) 123-45-67", "Checkbox": "yes"},
        context={"utm": {"source": "google"}, "visitor": {"ga_client_id": "11.22"}},
        technical=names("tranid formid formname COOKIES"),
        id="1234:567",
    ),
    Case(
        name="Tilda's order as JSON text",
        sender="tilda",
        raw=form(
            Email="ada@example.org",
            payment='{"orderid": "7001", "amount": "990", "products": ["Mug x 1 = 490", "Pen x 5 = 500"]}',
            tranid="1:9",
            formid="form7",
        ),
        content_type=FORM,
        answers={
            "Email": "ada@example.org",
            "payment.orderid": "7001",
            "payment.amount": "990",
            "payment.products": ["Mug x 1 = 490", "Pen x 5 = 500"],
        },
        technical=names("tranid formid"),
        id="1:9",
    ),
    Case(
        name="Tilda's order in brackets",
        sender="tilda",
        raw=b"Name=Ada&payment[orderid]=7&payment[products][0][name]=Mug&tranid=1:9&formid=f",
        content_type=FORM,
        answers={"Name": "Ada", "payment.orderid": "7", "payment.products.0.name": "Mug"},
        technical=names("tranid formid"),
        id="1:9",
    ),
    Case(
        name="Tilda's script",
        sender="tilda",
        raw=b"Phone=%2B7701&tildaspec-phone-part[]=701&tildaspec-referer=r&form-spec-comments=Its+good"
        b"&formid=f&formname=F",
        content_type=FORM,
        answers={"Phone": "+7701"},
        technical=names(
            "tildaspec-phone-part tildaspec-referer form-spec-comments formid formname"
        ),
    ),
    Case(
        name="Shopify's contact form",
        sender="shopify",
        raw="form_type=contact&utf8=✓&contact[Имя]=Ада&contact[email]=ada@example.org".encode(),
        content_type=FORM,
        answers={"contact.Имя": "Ада", "contact.email": "ada@example.org"},
        technical=names("form_type utf8"),
    ),
    Case(
        name="HubSpot v3",
        sender="hubspot",
        raw=sent(
            {
                "submittedAt": 1700000000123,
                "fields": [
                    {"objectTypeId": "0-1", "name": "email", "value": "ada@example.org"},
                    {"objectTypeId": "0-2", "name": "name", "value": "Engines"},
                    {"objectTypeId": "0-5", "name": "subject", "value": "Help"},
                ],
                "context": {
                    "hutk": "60c2",
                    "ipAddress": "203.0.113.9",
                    "pageUri": "https://x.test/contact?utm_source=g",
                    "pageName": "Contact",
                },
                "legalConsentOptions": {"consent": {"consentToProcess": True, "text": "I agree"}},
            }
        ),
        answers={"email": "ada@example.org", "company.name": "Engines", "0-5.subject": "Help"},
        context={
            "utm": {"source": "g"},
            "page": {"url": "https://x.test/contact?utm_source=g", "title": "Contact"},
            "visitor": {"ip": "203.0.113.9"},
        },
        technical=names("submittedAt hutk"),
    ),
    Case(
        name="HubSpot v2",
        sender="hubspot",
        raw=form(
            email="ada@example.org",
            firstname="Ada",
            hs_context='{"hutk": "60c2", "ipAddress": "203.0.113.9", "pageUrl": "https://x.test/"}',
        ),
        content_type=FORM,
        answers={"email": "ada@example.org", "firstname": "Ada"},
        context={"page": {"url": "https://x.test/"}, "visitor": {"ip": "203.0.113.9"}},
        technical=names("hutk"),
    ),
    Case(
        name="HubSpot's workflow",
        sender="hubspot",
        raw=sent(
            {
                "vid": 99,
                "portal-id": 7,
                "properties": {
                    "email": {"value": "ada@example.org", "versions": [{"value": "old@x.test"}]},
                    "firstname": {"value": "Ada", "versions": []},
                },
            }
        ),
        answers={"email": "ada@example.org", "firstname": "Ada"},
        technical=names("vid portal-id"),
    ),
    Case(
        name="Webflow v2, a phone as a number",
        sender="webflow",
        raw=b'{"triggerType": "form_submission", "payload": {"name": "Contact Form", "siteId": "65",'
        b'"data": {"Full Name": "Ada", "Phone": 380671234567, "name": "A", "Agree": "true"},'
        b'"schema": [{"fieldName": "Full Name", "fieldType": "FormTextInput", "fieldElementId": "e1"}],'
        b'"submittedAt": "2026-11-20T10:00:00.000Z", "id": "6321", "formId": "65f", "formElementId": "a"}}',
        answers={"Full Name": "Ada", "Phone": "380671234567", "name": "A", "Agree": "true"},
        technical=names("triggerType name formId siteId"),
        id="6321",
    ),
    Case(
        name="Webflow v1",
        sender="webflow",
        raw=sent(
            {
                "name": "Email Form",
                "site": "62749158",
                "data": {"name": "Ada", "email": "ada@example.org", "note": None},
                "d": "2026-11-20T10:00:00.000Z",
                "_id": "6321ca84",
            }
        ),
        answers={"name": "Ada", "email": "ada@example.org", "note": ""},
        technical=names("name site _id"),
        id="6321ca84",
    ),
    Case(
        name="Framer",
        sender="framer",
        raw=sent({"Name": "Ada", "Email": "ada@example.org"}),
        headers={"Framer-Webhook-Submission-Id": "s-1", "Framer-Signature": "sha256=00"},
        answers={"Name": "Ada", "Email": "ada@example.org"},
        id="s-1",
    ),
    Case(
        name="Wix Automations",
        sender="wix",
        raw=sent(
            {
                "data": {
                    "field:first_name": "Ada",
                    "field:comp-1": "yes",
                    "submissions": [
                        {"label": "First name", "value": "Ada"},
                        {"label": "Topics", "value": ["a", "b"]},
                    ],
                    "contact": {"email": "other@example.org", "contactId": "c"},
                    "submissionId": "s-1",
                    "formName": "Contact",
                    "formId": "f",
                }
            }
        ),
        answers={"First name": "Ada", "Topics": ["a", "b"]},
        technical=names("formName formId"),
        id="s-1",
    ),
    Case(
        name="Unbounce",
        sender="unbounce",
        raw=form(
            **{
                "page_id": "0b",
                "data.json": '{"name": ["Ada"], "topics": ["a", "b"], "ip_address": ["203.0.113.9"], '
                '"page_uuid": ["0b"], "variant": ["a"], "page_url": ["http://x.test/"], '
                '"page_name": ["Sale"], "time_submitted": ["10:00 AM UTC"], "date_submitted": ["2026-11-20"]}',
                "data.xml": "<form_data/>",
            }
        ),
        content_type=FORM,
        answers={"name": "Ada", "topics": ["a", "b"]},
        context={
            "page": {"url": "http://x.test/", "title": "Sale"},
            "visitor": {"ip": "203.0.113.9"},
        },
        technical=names("page_uuid variant"),
    ),
    Case(
        name="Unbounce as JSON",
        sender="unbounce",
        raw=sent(
            {
                "name": ["Ada"],
                "utm_source": ["g"],
                "page_uuid": ["0b"],
                "page_name": ["Sale"],
                "page_url": ["http://x.test/"],
                "variant": ["a"],
                "ip_address": ["203.0.113.9"],
                "time_submitted": ["10:00 AM UTC"],
            }
        ),
        answers={"name": "Ada"},
        context={
            "utm": {"source": "g"},
            "page": {"url": "http://x.test/", "title": "Sale"},
            "visitor": {"ip": "203.0.113.9"},
        },
        technical=names("page_uuid variant"),
    ),
    Case(
        name="Marquiz",
        sender="marquiz",
        raw=sent(
            {
                "id": "5e1",
                "name": "Ada",
                "phone": "+380671234567",
                "created": "2026-11-20T10:00:00Z",
                "quiz": {"id": "q1", "name": "Which house?"},
                "answers": [{"q": "How big?", "a": "100 m²"}, {"q": "Rooms?", "a": ["2", "3"]}],
                "extra": {
                    "utm": {"source": "vk", "term": None},
                    "href": "https://x.test/",
                    "referrer": "https://y.test/",
                    "ip": "203.0.113.9",
                },
            }
        ),
        answers={
            "name": "Ada",
            "phone": "+380671234567",
            "How big?": "100 m²",
            "Rooms?": ["2", "3"],
        },
        context={
            "utm": {"source": "vk"},
            "page": {"url": "https://x.test/", "referrer": "https://y.test/"},
            "visitor": {"ip": "203.0.113.9"},
        },
        technical=names("id created quiz.id quiz.name"),
        id="5e1",
    ),
    Case(
        name="Netlify, with a file",
        sender="netlify",
        raw=sent(
            {
                "number": 3,
                "title": None,
                "email": "ada@example.org",
                "name": "Ada",
                "company": None,
                "ordered_human_fields": [
                    {"title": "Your Name", "name": "your-name", "value": "Ada"},
                    {"title": "Email", "name": "email", "value": "ada@example.org"},
                ],
                "data": {
                    "your-name": "Ada",
                    "email": "ada@example.org",
                    "cv": {
                        "filename": "cv.pdf",
                        "type": "application/pdf",
                        "size": 4,
                        "url": "https://x.test/cv.pdf",
                    },
                    "ip": "203.0.113.9",
                    "user_agent": "Mozilla/5.0",
                    "referrer": "https://x.test/contact",
                },
                "id": "5a",
                "form_id": "5b",
                "form_name": "contact",
                "site_url": "https://x.test",
            }
        ),
        answers={
            "your-name": "Ada",
            "email": "ada@example.org",
            "cv": "https://x.test/cv.pdf",
        },
        labels={"your-name": "Your Name", "email": "Email"},
        context={
            "page": {"url": "https://x.test/contact"},
            "visitor": {"ip": "203.0.113.9", "user_agent": "Mozilla/5.0"},
        },
        technical=names("form_name form_id site_url number"),
        id="5a",
    ),
    Case(
        name="Formspree",
        sender="formspree",
        raw=sent(
            {
                "form": "xabc",
                "submission": {"_date": "2026-11-20", "email": "ada@example.org", "message": "Hi"},
                "keys": ["email", "message"],
            }
        ),
        answers={"email": "ada@example.org", "message": "Hi"},
        technical=names("form _date"),
    ),
    Case(
        name="Basin",
        sender="basin",
        raw=sent(
            {"id": 12, "name": "Ada", "attachments": ["https://x.test/1", "https://x.test/2"]}
        ),
        answers={"name": "Ada", "attachments": ["https://x.test/1", "https://x.test/2"]},
        technical=names("id"),
        id="12",
    ),
    Case(
        name="Basin, wrapped",
        sender="basin",
        raw=sent({"id": 12, "attachments": [], "data": {"name": "Ada", "id": "mine"}}),
        answers={"name": "Ada", "id": "mine"},
        technical=names("id"),
        id="12",
    ),
    Case(
        name="Forminit",
        sender="forminit",
        raw=sent(
            {
                "event": "form.submission",
                "formName": "Contact",
                "id": "sub_1",
                "data": {
                    "sender": {"firstName": "Ada", "email": "ada@example.org"},
                    "message": "Hi",
                    "cv": [{"file": "https://x.test/cv.pdf", "name": "cv.pdf", "size": 4}],
                },
            }
        ),
        answers={
            "firstName": "Ada",
            "email": "ada@example.org",
            "message": "Hi",
            "cv": "https://x.test/cv.pdf",
        },
        technical=names("event formName id"),
        id="sub_1",
    ),
    Case(
        name="Formcarry",
        sender="formcarry",
        raw=sent({"_id": "5f", "fields": {"name": "Ada", "email": "ada@example.org"}}),
        answers={"name": "Ada", "email": "ada@example.org"},
        technical=names("_id"),
        id="5f",
    ),
)
