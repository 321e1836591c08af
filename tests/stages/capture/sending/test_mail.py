"""What an invitation says, and that nothing of it runs, breaks out or leads astray."""

from __future__ import annotations

import base64
from html.parser import HTMLParser

import pytest

from nineplus.languages import languages
from nineplus.model.survey import Brand, ByGroup, Content, Texts
from nineplus.render import colours
from nineplus.stages.capture.sending import mail
from tests.stages.capture.conftest import NOW

EVIL = '<script>alert(1)</script>" onclick="x\u202e'
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


class Page(HTMLParser):
    """Tags with their attributes, and the text between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def letter(content: Content | None = None, **more):
    given = {"content": content or Content(), "language": "", "company": "Acme", "list_id": "survey-x", **more}
    return mail.letter(**given)


def to(one: mail.Letter, **more):
    given = {
        "key": "invitation-7-0",
        "address": "ada@customer.example",
        "name": "Ada",
        "answer": "https://nps.acme.example/s/TOKEN/",
        "unsubscribe": "https://nps.acme.example/u/TOKEN/",
        "sender_address": "cs@acme.example",
        "at": NOW,
        **more,
    }
    return one.to(**given)


def test_one_click_is_offered_to_mail_programs():
    headers = to(letter()).headers
    assert headers["List-Unsubscribe"] == "<https://nps.acme.example/u/TOKEN/>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["List-Id"] == "<survey-x.acme.example>"
    assert headers["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("code", list(languages()))
def test_every_language_has_all_of_it(code: str):
    shown = to(letter(language=code))
    page = Page(shown.html)
    tag, attributes = page.tags[0]
    assert (tag, attributes["lang"]) == ("html", shown.language)
    assert attributes["dir"] == languages()[shown.language].direction
    links = [attributes["href"] for tag, attributes in page.tags if tag == "a"]
    assert links[:11] == [f"https://nps.acme.example/s/TOKEN/?score={score}" for score in range(11)]
    assert links[11:] == ["https://nps.acme.example/u/TOKEN/"]
    for link in links:
        assert link in shown.text
    for text in (shown.subject, shown.text, page.text):
        assert not [left for left in ("{company}", "{product}", "\x00") if left in text]


def test_nothing_that_people_write_becomes_markup():
    texts = Texts(question=EVIL, low=EVIL, high=EVIL, subject=EVIL, intro=EVIL + "\nline", follow_up=ByGroup())
    brand = Brand(company=EVIL, address=EVIL, sender_name=EVIL)
    shown = to(letter(Content(product=EVIL, texts={"en": texts}, brand=brand)), name=EVIL)
    page = Page(shown.html)
    assert "script" not in {tag for tag, _attributes in page.tags}
    assert not any(name.startswith("on") for _tag, attributes in page.tags for name in attributes)
    assert "\u202e" not in shown.html + shown.text + shown.subject
    assert "<script>alert(1)</script>" in page.text


def test_the_logo_travels_with_the_message():
    logo = "data:image/png;base64," + base64.b64encode(PNG).decode()
    shown = to(letter(Content(brand=Brand(company="Acme", logo=logo))))
    assert 'src="cid:logo"' in shown.html
    assert "data:" not in shown.html
    assert (shown.pictures[0].kind, shown.pictures[0].data) == ("png", PNG)


def test_own_words_hold_in_their_language_only():
    content = Content(product="Cloud", texts={"en": Texts(question="How is {product}?", subject="Hello")})
    assert "How is Cloud?" in letter(content, language="en").mould.html
    german = letter(content, language="de")
    assert german.language == "de"
    assert "How is Cloud?" not in german.mould.html
    assert letter(Content(languages=("en",)), language="de").language == "en"


def test_a_reminder_says_so_and_answers_the_first():
    assert letter(reminder=True).subject == f"Re: {letter().subject}"
    assert letter(reminder=True).mould.text != letter().mould.text


def test_it_is_small_and_loads_nothing():
    shown = to(letter())
    assert len(shown.html) < 20_000  # Gmail cuts at 102,000
    assert max(map(len, shown.html.splitlines())) < 900
    assert not [attributes for tag, attributes in Page(shown.html).tags if tag in ("img", "link", "script", "iframe")]


@pytest.mark.parametrize("colour", ["#ffffff", "#000000", "#ffff00", "#4f46e5", "#7f7f7f"])
def test_a_company_colour_is_readable_on_both_grounds(colour: str):
    found = mail._colours(colour)
    assert colours.contrast(found["brand_text"], "#ffffff") >= 4.5
    assert colours.contrast(found["brand_line"], "#ffffff") >= 3
    assert colours.contrast(found["brand_on_dark"], "#1b1c1f") >= 4.5
