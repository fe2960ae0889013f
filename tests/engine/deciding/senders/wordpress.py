"""Posts of plugins of WordPress."""

from __future__ import annotations

from tests.engine.deciding.senders.case import FORM, JSON, Case, form, names, sent

WORDPRESS = {"User-Agent": "WordPress/6.8; https://x.test"}

CASES = (
    Case(
        name="Elementor, simple, with all of the visit",
        sender="elementor",
        raw=form(
            **{
                "Ваше ім’я": "Ада",
                "No Label field_7": "x",
                "Date": "1 December",  # somebody's field
                "Topics": "Sales, Support",
                "Time": "10:00",
                "Page URL": "https://x.test/contact",
                "User Agent": "Mozilla/5.0",
                "Remote IP": "203.0.113.9",
                "Powered by": "Elementor",
                "form_id": "e1",
                "form_name": "Contact",
            }
        ),
        content_type=FORM,
        answers={
            "Ваше ім’я": "Ада",
            "No Label field_7": "x",
            "Date": "1 December",
            "Topics": "Sales, Support",
        },
        context={
            "page": {"url": "https://x.test/contact"},
            "visitor": {"ip": "203.0.113.9", "user_agent": "Mozilla/5.0"},
        },
        technical=names("form_id form_name"),
    ),
    Case(
        name="Elementor, simple, a booking",
        sender="elementor",
        raw=form(Name="Ada", Date="1 December", Time="10:00", form_id="e1", form_name="Book"),
        content_type=FORM,
        headers=WORDPRESS,
        answers={"Name": "Ada", "Date": "1 December", "Time": "10:00"},
        technical=names("form_id form_name"),
    ),
    Case(
        name="Elementor, advanced",
        sender="elementor",
        raw=b"form[id]=e1&form[name]=Contact"
        b"&fields[email][id]=email&fields[email][type]=email&fields[email][title]=E-mail"
        b"&fields[email][value]=ada@example.org&fields[email][raw_value]=ada@example.org&fields[email][required]=1"
        b"&fields[t7][id]=t7&fields[t7][type]=checkbox&fields[t7][title]=&fields[t7][value]=Sales, Support"
        b"&fields[t7][raw_value]=Sales, Support&fields[t7][required]=0"
        b"&meta[page_url][title]=Page URL&meta[page_url][value]=https://x.test/"
        b"&meta[remote_ip][title]=Remote IP&meta[remote_ip][value]=203.0.113.9",
        content_type=FORM,
        answers={"E-mail": "ada@example.org", "t7": ["Sales", "Support"]},
        context={"page": {"url": "https://x.test/"}, "visitor": {"ip": "203.0.113.9"}},
        technical=names("id name"),
    ),
    Case(
        name="CF7 to Webhook",
        sender="wordpress",
        raw=sent(
            {
                "your-name": 'Ada "the Countess"',
                "tel-619": "+380671234567",
                "topics": ["Sales", "Support"],
                "agree": ["yes"],
                "cv": "https://x.test/wp-content/uploads/cv.pdf",
            }
        ),
        content_type=JSON + "; charset=UTF-8",
        headers=WORDPRESS,
        answers={
            "your-name": 'Ada "the Countess"',
            "tel-619": "+380671234567",
            "topics": ["Sales", "Support"],
            "agree": "yes",
            "cv": "https://x.test/wp-content/uploads/cv.pdf",
        },
    ),
    Case(
        name="WPForms",
        sender="wordpress",
        raw=sent({"name": "Ada", "topics": "Sales\nSupport"}),
        headers=WORDPRESS,
        answers={"name": "Ada", "topics": "Sales\nSupport"},
    ),
    Case(
        name="Ninja Forms, all in one variable",
        sender="wordpress",
        raw=form(all='{"name_1": "Ada", "topics_2": ["Sales", "Support"]}'),
        content_type=FORM,
        headers=WORDPRESS,
        answers={"name_1": "Ada", "topics_2": ["Sales", "Support"]},
    ),
    Case(
        name="a script of one's own, JSON under the label of a form",
        sender="wordpress",
        raw=sent({"form_fields": {"name": "Ada", "email": "ada@example.org"}, "form_id": "7"}),
        content_type=FORM,
        headers=WORDPRESS,
        answers={"name": "Ada", "email": "ada@example.org"},
        technical=names("form_id"),
    ),
    Case(
        name="Gravity Forms",
        sender="gravityforms",
        raw=sent(
            {
                "id": "42",
                "form_id": "3",
                "post_id": None,
                "date_created": "2026-11-20 10:00:00",
                "is_starred": 0,
                "ip": "203.0.113.9",
                "source_url": "https://x.test/contact",
                "user_agent": "Mozilla/5.0",
                "currency": "EUR",
                "1.3": "Ada",
                "1.6": "Lovelace",
                "2": "ada@example.org",
                "5.1": "Sales",
                "5.2": "",
                "7": '["https://x.test/a.pdf","https://x.test/b.pdf"]',
                "8": 'a:2:{i:0;s:5:"Київ";i:1;s:4:"Rome";}',
                "9": 'a:2:{i:0;s:8:"Київ";i:1;s:4:"Rome";}',
                "10": 'a:1:{i:0;a:2:{s:4:"City";s:5:"Paris";s:3:"Age";i:36;}}',
                "11": "a: list",
            }
        ),
        answers={
            "1.3": "Ada",
            "1.6": "Lovelace",
            "2": "ada@example.org",
            "5.1": "Sales",
            "5.2": "",
            "7": ["https://x.test/a.pdf", "https://x.test/b.pdf"],
            "8": 'a:2:{i:0;s:5:"Київ";i:1;s:4:"Rome";}',
            "9": ["Київ", "Rome"],
            "10.0.City": "Paris",
            "10.0.Age": "36",
            "11": "a: list",
        },
        context={
            "page": {"url": "https://x.test/contact"},
            "visitor": {"ip": "203.0.113.9", "user_agent": "Mozilla/5.0"},
        },
        technical=names("id form_id date_created"),
        id="3 42",
    ),
    Case(
        name="Fluent Forms",
        sender="fluentforms",
        raw=b"__fluent_form_embded_post_id=7&_fluentform_3_fluentformnonce=n&_wp_http_referer=%2Fcontact"
        b"&names[first_name]=Ada&names[last_name]=L&email=ada@example.org",
        content_type=FORM,
        headers=WORDPRESS,
        answers={"names.first_name": "Ada", "names.last_name": "L", "email": "ada@example.org"},
        technical=names(
            "__fluent_form_embded_post_id _fluentform_3_fluentformnonce _wp_http_referer"
        ),
    ),
    Case(
        name="Formidable, a raw entry",
        sender="formidable",
        raw=sent(
            {
                "id": "9",
                "item_key": "k9",
                "name": "Contact",
                "ip": "203.0.113.9",
                "form_id": "2",
                "meta": {"qh4icy": "Ada", "29yf4d": ["Sales", "Support"]},
            }
        ),
        headers=WORDPRESS,
        answers={"qh4icy": "Ada", "29yf4d": ["Sales", "Support"]},
        context={"visitor": {"ip": "203.0.113.9"}},
        technical=names("item_key id form_id"),
        id="k9",
    ),
)
