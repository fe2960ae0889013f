"""Posts of ads, calendars, surveys and social networks."""

from __future__ import annotations

from tests.engine.deciding.senders.case import Case, names, sent

CASES = (
    Case(
        name="Google Ads",
        sender="googleads",
        raw=b'{"lead_id": "TeSter-123", "api_version": "1.0", "form_id": 9223372036854775807, "campaign_id": 4,'
        b'"user_column_data": [{"column_name": "Full name", "string_value": "Ada", "column_id": "FULL_NAME"},'
        b'{"column_name": "User phone", "string_value": "+380671234567", "column_id": "PHONE_NUMBER"},'
        b'{"string_value": "Kyiv", "column_id": "CITY"}],'
        b'"google_key": "sesame", "gcl_id": "G1", "adgroup_id": 0, "creative_id": 0, "novelty": {"a": 1}}',
        answers={"FULL_NAME": "Ada", "PHONE_NUMBER": "+380671234567", "CITY": "Kyiv"},
        labels={"FULL_NAME": "Full name", "PHONE_NUMBER": "User phone"},
        context={"visitor": {"gclid": "G1"}},
        technical=names("lead_id form_id campaign_id adgroup_id creative_id"),
        id="TeSter-123",
    ),
    Case(
        name="Google Ads, test data",
        sender="googleads",
        raw=sent(
            {
                "lead_id": "T",
                "user_column_data": [
                    {"column_name": "Name", "string_value": "FirstName", "column_id": "FULL_NAME"}
                ],
                "google_key": "sesame",
                "is_test": True,
            }
        ),
        answers={"FULL_NAME": "FirstName"},
        labels={"FULL_NAME": "Name"},
        technical=names("lead_id is_test"),
        id="T",
        test=True,
    ),
    Case(
        name="VK",
        sender="vk",
        raw=sent(
            {
                "type": "lead_forms_new",
                "object": {
                    "lead_id": 1,
                    "group_id": 7,
                    "user_id": 8,
                    "form_id": 2,
                    "form_name": "Callback",
                    "ad_id": 0,
                    "answers": [
                        {"key": "first_name", "question": "Имя", "answer": "Ада"},
                        {"key": "custom_0", "question": "Темы", "answer": ["Продажи", "Сервис"]},
                    ],
                },
                "group_id": 7,
                "event_id": "ev",
                "secret": "sesame",
            }
        ),
        answers={"first_name": "Ада", "custom_0": ["Продажи", "Сервис"]},
        labels={"first_name": "Имя", "custom_0": "Темы"},
        technical=names("lead_id form_id form_name event_id"),
        id="1",
    ),
    Case(
        name="VK's confirmation",
        sender="vk",
        raw=sent({"type": "confirmation", "group_id": 7}),
        technical=names("type group_id"),
        test=True,
    ),
    Case(
        name="VK's other events",
        sender="vk",
        raw=sent(
            {
                "type": "message_new",
                "group_id": 7,
                "event_id": "ev",
                "object": {"text": "hi"},
                "secret": "sesame",
            }
        ),
        technical=names("type group_id event_id"),
        test=True,
    ),
    Case(
        name="Calendly",
        sender="calendly",
        raw=sent(
            {
                "event": "invitee.created",
                "created_at": "2026-11-20T10:00:00.000000Z",
                "payload": {
                    "uri": "https://api.calendly.test/scheduled_events/E/invitees/I",
                    "name": "Ada Lovelace",
                    "first_name": None,
                    "email": "ada@example.org",
                    "text_reminder_number": "+380671234567",
                    "timezone": "Europe/Kyiv",
                    "questions_and_answers": [
                        {"question": "What about?", "answer": "An engine", "position": 0}
                    ],
                    "tracking": {"utm_source": "g", "utm_medium": None, "salesforce_uuid": None},
                    "scheduled_event": {
                        "uri": "https://api.calendly.test/scheduled_events/E",
                        "name": "Intro",
                        "start_time": "2026-12-01T10:00:00Z",
                        "end_time": "2026-12-01T10:30:00Z",
                        "location": {"type": "zoom", "join_url": "https://z.test/1"},
                        "event_memberships": [{"user_email": "host@example.org"}],
                        "event_guests": [{"email": "guest@example.org"}],
                    },
                    "cancel_url": "https://calendly.test/cancellations/I",
                    "rescheduled": False,
                },
            }
        ),
        answers={
            "event": "invitee.created",
            "name": "Ada Lovelace",
            "email": "ada@example.org",
            "text_reminder_number": "+380671234567",
            "timezone": "Europe/Kyiv",
            "scheduled_event.name": "Intro",
            "scheduled_event.start_time": "2026-12-01T10:00:00Z",
            "scheduled_event.end_time": "2026-12-01T10:30:00Z",
            "scheduled_event.location.type": "zoom",
            "scheduled_event.location.join_url": "https://z.test/1",
            "What about?": "An engine",
        },
        context={"utm": {"source": "g"}},
        technical=names("uri rescheduled"),
        id="https://api.calendly.test/scheduled_events/E/invitees/I invitee.created",
    ),
    Case(
        name="Yandex Forms by JSON-RPC",
        sender="yandexforms",
        raw=sent(
            {
                "jsonrpc": "2.0",
                "method": "lead",
                "params": {"name": "Ада", "email": "ada@example.org"},
                "id": "1",
            }
        ),
        headers={"X-Delivery-Id": "d-1"},
        answers={"name": "Ада", "email": "ada@example.org"},
        technical=names("method id"),
        id="d-1",
    ),
    Case(
        name="Yandex Forms with the owner's JSON",
        sender="yandexforms",
        raw=sent({"name": "Ада", "topics": "Продажи, Сервис"}),
        headers={"X-Delivery-Id": "d-2"},
        answers={"name": "Ада", "topics": "Продажи, Сервис"},
        id="d-2",
    ),
)

WITHOUT_ANSWERS = (
    Case(
        name="Meta",
        sender="meta",
        raw=b'{"object": "page", "entry": [{"id": "1", "time": 1700000000, "changes": [{"field": "leadgen",'
        b'"value": {"leadgen_id": "4444444444444444", "page_id": "1", "form_id": "2"}}]}]}',
        headers={"X-Hub-Signature-256": "sha256=00"},
    ),
    Case(
        name="LinkedIn",
        sender="linkedin",
        raw=sent(
            {
                "type": "LEAD_ACTION",
                "leadGenFormResponse": "urn:li:leadGenFormResponse:1",
                "leadAction": "CREATED",
                "occurredAt": 1700000000000,
            }
        ),
    ),
    Case(
        name="SurveyMonkey",
        sender="surveymonkey",
        raw=sent(
            {
                "name": "Hook",
                "filter_type": "survey",
                "event_type": "response_completed",
                "event_id": "1",
                "object_type": "response",
                "object_id": "2",
                "resources": {"survey_id": "3", "respondent_id": "4"},
            }
        ),
        content_type="application/vnd.surveymonkey.response.v1+json",
    ),
    Case(name="an app of Wix", sender="wix", raw=b"eyJhbGciOiJSUzI1NiJ9.eyJkYXRhIjoie30ifQ.c2ln"),
)
