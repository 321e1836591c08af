"""What a key can be narrowed to. Each scope says what it opens and the role it takes; nothing else decides that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nineplus.stages.errors import NotPossible
from nineplus.store.models import ApiKey
from nineplus.store.models.govern import Role


@dataclass(frozen=True, slots=True)
class Scope:
    """What may be done with it, in words, and the least role that may do it. `explicit`: no key has it unless named."""

    says: str
    role: str
    explicit: bool = False


SCOPES: Mapping[str, Scope] = {
    "analyses:read": Scope("analyses and their results", Role.VIEWER),
    "responses:read": Scope("responses with comments and people", Role.AGENT),
    "responses:write": Scope("bring in responses, add comments", Role.AGENT),
    "accounts:read": Scope("customers and what happened with them", Role.AGENT),
    "cases:read": Scope("follow-ups and their history", Role.AGENT),
    "cases:write": Scope("open follow-ups, work on them, close them", Role.AGENT),
    "alerts:read": Scope("what the key's maker was told, and how", Role.VIEWER),
    "alerts:write": Scope("mark that as read, choose how to be told", Role.VIEWER),
    "channels:read": Scope("which messages go to which channel of Slack and Teams", Role.OWNER),
    "channels:write": Scope("set up those channels, and what goes there", Role.OWNER),
    "rules:read": Scope("rules and what they did", Role.ANALYST),
    "rules:write": Scope("make, try and switch rules", Role.ANALYST),
    "changes:read": Scope("changes customers were told of, and whether they helped", Role.ANALYST),
    "changes:write": Scope("draw up changes and tell customers of them", Role.ANALYST),
    "advocates:read": Scope("who speaks for you, what they did, referrals and rewards", Role.AGENT),
    "advocates:write": Scope("note and move what advocates do, settle referrals", Role.AGENT),
    "programmes:write": Scope("draw up programmes, ask customers into them, budgets and rewards", Role.ANALYST),
    "surveys:read": Scope("surveys, who would be asked, how asking goes", Role.ANALYST),
    "surveys:write": Scope("draw up, publish and switch surveys", Role.ANALYST),
    "invitations:read": Scope("who was asked and what became of it", Role.AGENT),
    "invitations:write": Scope("ask people, tell what happened to them", Role.ANALYST),
    "suppressions:read": Scope("who is not written to", Role.ANALYST),
    "suppressions:write": Scope("add to that list, take off it", Role.ANALYST),
    "imports:read": Scope("files brought in and how it went", Role.ANALYST),
    "connections:read": Scope("systems that are read, and how it goes", Role.ANALYST),
    "connections:write": Scope("have a system read now", Role.OWNER),
    "attribution:write": Scope("change the rule that ties answers to tickets", Role.ANALYST),
    "attribution:judge": Scope("see single answers with their tickets, say whether they belong together", Role.AGENT),
    "themes:write": Scope("change what comments are read by", Role.ANALYST),
    "matches:read": Scope("who may be the same person or company, and what was joined", Role.ANALYST),
    "matches:write": Scope("decide who is the same, take joinings back", Role.ANALYST),
    "people:everyone": Scope("Delighted's clients: list everybody, erase people", Role.ANALYST, explicit=True),
}


def chosen(scopes: Iterable[str]) -> list[str]:
    """These scopes, each once and in order; none means everything the role may. Raises NotPossible."""
    wanted = set(scopes)
    if strange := sorted(wanted - SCOPES.keys()):
        raise NotPossible(f"There is no scope {strange[0]!r}. There are: {', '.join(SCOPES)}.")
    return [name for name in SCOPES if name in wanted]


def refusal(key: ApiKey, scope: str) -> str:
    """Why this key may not do what the scope opens; empty when it may."""
    role = SCOPES[scope].role
    if not key.may(role):
        return f"This key has the role {key.role_now}; {role} is needed."
    if SCOPES[scope].explicit and scope not in key.scopes:
        return f"This needs a key that was made with the scope {scope}."
    narrowed = [name for name in key.scopes if name in SCOPES and not SCOPES[name].explicit]
    if narrowed and not SCOPES[scope].explicit and scope not in narrowed:
        return f"This key has the scopes {', '.join(key.scopes)}; {scope} is needed."
    return ""
