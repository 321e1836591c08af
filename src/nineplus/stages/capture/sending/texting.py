"""What is said by text message: the question, the why, the thanks, and answers to STOP, START and HELP."""

from __future__ import annotations

from nineplus.languages import Language
from nineplus.model.survey import Content, Texts
from nineplus.rules import sms
from nineplus.stages.capture.sending import mail
from nineplus.stats import scale


def invitation_text(content: Content, *, language: str, company: str, link: str = "") -> str:
    """The question, to be answered with a number; `link` is added where nobody could reply."""
    says = mail.language_of(content, language)
    company = content.brand.company or company
    own = content.texts.get(says.code, Texts()).question
    if own:
        filled = own.replace("{product}", content.product or company).replace("{company}", company)
        text = f"{company}: {filled} {says.say('sms', 'not_understood')}" if company else f"{filled}"
    else:
        text = says.say("sms", "question", company=company, product=content.product)
    return sms.plain(f"{text} {link}".strip())


def follow_up(content: Content, *, language: str, score: int) -> str:
    """The question after the score: the survey's own for that group, else the standard one."""
    says = mail.language_of(content, language)
    own = content.texts.get(says.code, Texts()).follow_up.of(scale.group_of(score).value)
    return sms.plain(own or says.say("sms", "why"))


def thanks(content: Content, *, language: str, score: int) -> str:
    """The last word: the survey's own for that group, else the standard one."""
    says = mail.language_of(content, language)
    own = content.texts.get(says.code, Texts()).thanks.of(scale.group_of(score).value)
    return sms.plain(own or says.say("sms", "thanks"))


def standard(key: str, *, says: Language, company: str = "") -> str:
    """One of the fixed answers: not_understood, stopped, started, help."""
    return sms.plain(says.say("sms", key, company=company))


def can_reply(sender_address: str) -> bool:
    """Can what is sent from there be answered? Not when a name stands for the number."""
    return sender_address.startswith(("+", "MG")) or sender_address.isdigit()
