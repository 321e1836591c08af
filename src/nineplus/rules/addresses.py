"""E-mail addresses and telephone numbers as they are kept and compared. The one home of both rules."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=4096)
def email_address(text: str) -> str:
    """The address as it is kept: lower case, Unicode in one form, domain in ASCII. Raises ValueError with a sentence.

    No look-up: whether the domain takes mail, its mail server tells. RFC 5321 lets the part before the @ tell capitals
    apart; no provider in use does, and people do not.
    """
    from email_validator import EmailNotValidError, validate_email

    try:
        found = validate_email(text.strip(), check_deliverability=False, allow_smtputf8=True, test_environment=True)
    except EmailNotValidError as problem:
        raise ValueError(f"This is no e-mail address: {problem}") from None
    return f"{found.local_part.lower()}@{found.ascii_domain.lower()}"


def telephone_number(text: str, *, country: str = "") -> str:
    """The number in E.164 (`+4930123456`). `country` (ISO 3166) is where it is, when it says no country itself.

    Raises ValueError with a sentence.
    """
    import phonenumbers

    try:
        number = phonenumbers.parse(text, country.upper() or None)
    except phonenumbers.NumberParseException:
        raise ValueError("This is no telephone number. Write it with its country, as +49 30 123456.") from None
    if not phonenumbers.is_possible_number(number):
        raise ValueError("This telephone number is too long or too short for its country.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
