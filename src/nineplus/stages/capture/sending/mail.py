"""The message itself: what an invitation and a reminder say, as HTML and as plain text.

A `Letter` is written once for everyone who gets the same words; what is each recipient's own is filled in when it is
addressed. A link opens the page with the score chosen and records nothing: mail scanners follow every link.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from urllib.parse import quote

from django.template import Context, Engine, Template

from nineplus.channels import Mould, Outgoing, Picture
from nineplus.languages import Language, choose, question, texts
from nineplus.model.survey import Content, Texts
from nineplus.render import colours

_ANSWER, _UNSUBSCRIBE = "\x00answer\x00", "\x00unsubscribe\x00"
FONT = "Inter,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"
LOGO = "logo"
"""How the part of a message is called that holds the logo."""
_DRAWN = re.compile(r"data:image/(png|jpeg|webp);base64,(.+)\Z", re.DOTALL)
_TURNING = dict.fromkeys([0, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_INVISIBLE = ("\u00a0\u200c" * 15 + "\n") * 4
"""Keeps mail programs from showing the buttons' digits behind the preview line."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What everyone with these words gets; `to` makes it one recipient's."""

    subject: str
    mould: Mould
    language: str
    company: str
    reply_to: str
    sender_name: str
    list_id: str
    pictures: tuple[Picture, ...]

    def to(
        self,
        *,
        key: str,
        address: str,
        name: str,
        answer: str,
        unsubscribe: str,
        sender_address: str,
        sender_name: str = "",
        thread: str = "",
        mailbox: str = "",
        at: datetime,
    ) -> Outgoing:
        """The message to one address. `answer` and `unsubscribe` are the absolute addresses of its two pages.

        `mailbox`: where a mail that says "no more" is read, too; empty: nowhere.
        """
        domain = sender_address.rpartition("@")[2]
        return Outgoing(
            key=key,
            address=address,
            name=name,
            subject=self.subject,
            text=self.mould.text.replace(_ANSWER, answer).replace(_UNSUBSCRIBE, unsubscribe),
            html=self.mould.html.replace(_ANSWER, answer).replace(_UNSUBSCRIBE, unsubscribe),
            sender_name=self.sender_name or sender_name or self.company,
            sender_address=sender_address,
            reply_to=self.reply_to,
            headers={
                "List-Unsubscribe": _by_mail(mailbox, unsubscribe) + f"<{unsubscribe}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                "List-Id": f"<{self.list_id}.{domain}>",
                "Auto-Submitted": "auto-generated",
                "X-Auto-Response-Suppress": "OOF, AutoReply",
                "Content-Language": self.language,
            },
            thread=thread,
            language=self.language,
            pictures=self.pictures,
            at=at,
            mould=self.mould,
            filled=(answer, unsubscribe),
        )


def _by_mail(mailbox: str, unsubscribe: str) -> str:
    """The same by mail (RFC 2369), for programs that do not call the page's address."""
    if not mailbox:
        return ""
    token = unsubscribe.rstrip("/").rpartition("/")[2]
    return f"<mailto:{quote(mailbox, safe='@')}?subject=unsubscribe%20{token}>, "


def letter(*, content: Content, language: str, company: str, list_id: str, reminder: bool = False) -> Letter:
    """The words of an invitation, or of a reminder, in the language nearest to `language` that the survey offers.

    `company` is used where the survey names none. `list_id` is what is the same for all messages of the survey.
    """
    says = language_of(content, language)
    own = content.texts.get(says.code, Texts())
    company = _plain(content.brand.company or company)
    product = _plain(content.product)
    names = {"product": product, "company": company}
    fill = _filler(product or company, company or product)
    subject = fill(own.subject) or says.say("email", "subject", **names)
    words = {
        "question": fill(own.question) or question(says, product=product, company=company),
        "low": fill(own.low) or says.say("question", "low"),
        "high": fill(own.high) or says.say("question", "high"),
        "why": says.say("email", "why", **names),
        "privacy": says.say("email", "privacy", **names),
        "unsubscribe_text": says.say("email", "unsubscribe"),
        "company": company,
        "address": _plain(content.brand.address),
    }
    intro = says.say("email", "reminder_intro", **names) if reminder else fill(own.intro)
    intro = intro or says.say("email", "intro", **names)
    logo = picture(content.brand.logo)
    subject = f"Re: {subject}" if reminder else subject
    html = _template().render(
        Context(
            {
                **words,
                **_colours(content.brand.colour),
                "code": says.code,
                "direction": says.direction,
                "start": "right" if says.direction == "rtl" else "left",
                "end": "left" if says.direction == "rtl" else "right",
                "font": FONT,
                "subject": subject,
                "preheader": words["question"],
                "filler": _INVISIBLE,
                "intro": intro.splitlines(),
                "logo": logo.name if logo else "",
                "halves": (range(6), range(6, 11)),
                "answer": _ANSWER,
                "unsubscribe": _UNSUBSCRIBE,
            }
        )
    )
    return Letter(
        subject=subject,
        mould=Mould(
            text=_as_text(words, intro=intro, instruction=says.say("email", "text_instruction")),
            html=html,
            blanks=(_ANSWER, _UNSUBSCRIBE),
        ),
        language=says.code,
        company=company,
        reply_to=content.brand.reply_to,
        sender_name=content.brand.sender_name,
        list_id=list_id,
        pictures=(logo,) if logo else (),
    )


def language_of(content: Content, wanted: str) -> Language:
    """The language that somebody who reads `wanted` (empty: not known) gets this survey in."""
    return texts(choose(survey=content.language, offered=content.languages, contact=wanted))


def _filler(product: str, company: str) -> Callable[[str], str]:
    return lambda text: _plain(text.replace("{product}", product).replace("{company}", company))


def _plain(text: str) -> str:
    """The text without characters that turn the direction of what follows, or that stand for our own marks."""
    return text.translate(_TURNING)


def _colours(brand: str) -> dict[str, str]:
    """The company's colour as text and as edge on the white card, and on the dark one."""
    return {
        "brand_text": colours.readable(brand, on="#ffffff", least=colours.TEXT),
        "brand_line": colours.readable(brand, on="#ffffff", least=colours.EDGE),
        "brand_on_dark": colours.readable(brand, on="#1b1c1f", least=colours.TEXT),
    }


def _as_text(words: Mapping[str, str], *, intro: str, instruction: str) -> str:
    scores = "\n".join(
        f"{n:>2}  {_ANSWER}?score={n}" + {0: f"  ({words['low']})", 10: f"  ({words['high']})"}.get(n, "")
        for n in range(10, -1, -1)
    )
    end = "\n".join(filter(None, (words["why"], words["privacy"], words["address"])))
    return (
        f"{intro}\n\n{words['question']}\n\n{instruction}\n\n{scores}\n\n-- \n{end}\n\n"
        f"{words['unsubscribe_text']}: {_UNSUBSCRIBE}\n"
    )


def picture(logo: str) -> Picture | None:
    """The logo as a part of the message: pictures in the HTML itself are not shown by Gmail."""
    found = _DRAWN.match(logo)
    if not found:
        return None
    try:
        return Picture(name=LOGO, kind=found.group(1), data=base64.b64decode(found.group(2)))
    except ValueError:
        return None


@cache
def _template() -> Template:
    source = (resources.files(__package__) / "mail.html").read_text(encoding="utf-8")
    return Engine(autoescape=True).from_string(source)
