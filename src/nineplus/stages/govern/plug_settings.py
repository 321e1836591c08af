"""Settings of a plug as a form gives them: checked against its fields, what is secret apart from what may be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nineplus.plugs import Field
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern import secrets


def divided(title: str, fields: Sequence[Field], given: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Checked settings of the plug of that title: those that may be shown, and the secrets.

    Raises NotPossible, naming the field that will not do.
    """
    known = {field.name: field for field in fields}
    if strange := sorted(set(given) - set(known)):
        raise NotPossible(f"{title} has no setting {strange[0]!r}. There are: {', '.join(known)}.")
    values: dict[str, str] = {}
    for field in fields:
        value = str(given.get(field.name, "") or "").strip() or field.default
        if not value and field.required:
            raise NotPossible(f"{field.title} ({field.name}) is missing.")
        if field.type == "choice" and value and value not in field.choices:
            raise NotPossible(f"{field.title} is one of {', '.join(field.choices)}, not {value!r}.")
        if field.type == "number" and value and not (value.isascii() and value.isdigit() and len(value) < 7):
            raise NotPossible(f"{field.title} is a whole number, not {value!r}.")
        if value:
            values[field.name] = value
    hidden = hidden_names(fields)
    return (
        {name: value for name, value in values.items() if name not in hidden},
        {name: value for name, value in values.items() if name in hidden},
    )


def changed(
    title: str, fields: Sequence[Field], *, shown: Mapping[str, str], locked: str, given: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """As `divided`, when some settings are there already: a secret left empty stays as it is.

    What the plug no longer knows is left out: it may have lost a setting since.
    """
    hidden, known = hidden_names(fields), {field.name for field in fields}
    held = {name: value for name, value in {**shown, **readable(locked)}.items() if name in known}
    told = {name: value for name, value in given.items() if value or name not in hidden}
    return divided(title, fields, {**held, **told})


def whole(fields: Sequence[Field], *, shown: Mapping[str, str], locked: str) -> dict[str, str]:
    """All settings with their defaults, secrets among them. Raises NotPossible when these cannot be read."""
    defaults = {field.name: field.default for field in fields if field.default}
    return {**defaults, **shown, **secrets.unlock(locked)}


def hidden_names(fields: Sequence[Field]) -> set[str]:
    return {field.name for field in fields if field.type == "secret"}


def readable(locked: str) -> dict[str, str]:
    """The secrets, or none when another installation kept them: then they are being typed in again."""
    try:
        return secrets.unlock(locked)
    except secrets.Unreadable:
        return {}
