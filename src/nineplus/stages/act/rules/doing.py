"""What an action is given, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from nineplus.store.models import Account, Case, Contact, Response, WorkflowRun
from nineplus.store.questions import Question, integer

_CASE = Question(lambda: Case.objects.select_related("owner").filter(pk=integer("pk")))


@dataclass(frozen=True)
class Doing:
    """One step of one run. `key` is the same however often it is tried; `about` is the newest case that it is about."""

    run: WorkflowRun
    key: str
    now: datetime
    response: Response | None
    account: Account | None
    contact: Contact | None
    about: int | None

    @cached_property
    def case(self) -> Case | None:
        """That case as it is now, with its owner; read by who needs it."""
        return _CASE.first(pk=self.about) if self.about else None

    @property
    def rule(self) -> str:
        return self.run.workflow.name

    @property
    def customer(self) -> str:
        for one in (self.account, self.contact):
            if one is not None and one.name:
                return one.name
        return "A customer"


@dataclass(frozen=True, slots=True)
class Did:
    """What was done, in a sentence, and the case that it made or found."""

    says: str
    case: Case | None = None
