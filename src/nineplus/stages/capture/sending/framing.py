"""The frame of letters that are no survey: safe in light and in dark, with the logo and colour of the brand."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from django.template import Context, Engine, Template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from nineplus.channels import Picture
from nineplus.languages import texts
from nineplus.model.survey import Brand
from nineplus.render import colours
from nineplus.stages.capture.sending import mail
from nineplus.store.models import Contact, Response, Survey, SurveyVersion
from nineplus.store.models.capture import SurveyState

_COLOUR = "#2f5bd7"
_BREAK = SafeString("<br>")


@dataclass(frozen=True, slots=True)
class Look:
    """How a letter looks. `logo_of`: the version of a survey whose logo it carries; None: it carries none."""

    colour: str = _COLOUR
    logo_of: int | None = None


PLAIN = Look()


def look_for(contact: Contact | None) -> Look:
    """The look of the survey that they answered last, else of the one that was made last and is in use."""
    answered = Response.objects.filter(contact=contact, survey__current__isnull=False) if contact else None
    version = (
        answered.order_by("-answered_at", "-pk").values_list("survey__current", flat=True).first() if answered else None
    )
    if version is None:
        used = Survey.objects.filter(state=SurveyState.ACTIVE, current__isnull=False)
        version = used.order_by("-pk").values_list("current", flat=True).first()
    brand = _brands([version]).get(version) if version else None
    return Look(brand.colour, version if brand.logo else None) if version and brand else PLAIN


def logos(versions: Collection[int]) -> dict[int, Picture]:
    """The logos of these versions of surveys; those that have none, or are gone, are left out."""
    found = {version: mail.picture(brand.logo) for version, brand in _brands(versions).items()}
    return {version: logo for version, logo in found.items() if logo}


def _brands(versions: Collection[int]) -> dict[int, Brand]:
    rows = SurveyVersion.objects.filter(pk__in=versions).values_list("pk", "content__brand")
    return {pk: Brand.model_validate(brand or {}) for pk, brand in rows}


def framed(
    blocks: Sequence[str],
    *,
    subject: str,
    language: str,
    end: str,
    links: Sequence[tuple[str, str]] = (),
    leave: tuple[str, str] = ("", ""),
    company: str = "",
    look: Look = PLAIN,
) -> str:
    """The letter as HTML: its blocks one below the other, links as buttons, and small at the end why it came.

    `leave`: what the link to want no more says, and its address. Text is escaped, safe strings stay.
    """
    says = texts(language)
    return _template().render(
        Context(
            {
                "code": says.code,
                "direction": says.direction,
                "start": "right" if says.direction == "rtl" else "left",
                "font": mail.FONT,
                "subject": subject,
                "blocks": blocks,
                "links": links,
                "end": end,
                "leave_text": leave[0],
                "leave": leave[1],
                "company": company,
                "logo": mail.LOGO if look.logo_of else "",
                "brand": colours.readable(look.colour, on="#ffffff", least=colours.TEXT),
                "brand_on_dark": colours.readable(look.colour, on="#131416", least=colours.TEXT),
            }
        )
    )


def paragraphs(text: str) -> list[SafeString]:
    """The text as blocks: paragraphs are apart by an empty line, and keep their own lines."""
    parts = (part.splitlines() for part in text.strip().split("\n\n"))
    return [format_html_join(_BREAK, "{}", ((line,) for line in lines)) for lines in parts]


@cache
def _template() -> Template:
    source = (resources.files(__package__) / "frame.html").read_text(encoding="utf-8")
    return Engine(autoescape=True).from_string(source)
