"""From who is due to what becomes of each: facts are read for many at once, rules decide, nothing is written.

Planning and preview decide here, so that what a preview shows is what a run does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from nineplus.languages import choose
from nineplus.rules.asking import HOLDS, No, Person, Yes, draw_of, look_again, may_we_ask
from nineplus.rules.audiences import matches
from nineplus.stages.capture.asking.audience import LATE, SOURCE, Asking, Due, external_id
from nineplus.stages.capture.asking.facts import MEDIA, Facts, Row, attributes_of, contacts
from nineplus.stages.capture.asking.places import Places
from nineplus.store.models import Attribute, Invitation

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one who is due. `at`: when the message goes, or when they are looked at again (None: never).

    `until`: when looking again ends.
    """

    due: Due
    verdict: Yes | No
    at: datetime | None
    until: datetime | None = None
    language: str = ""
    arm: str = ""
    name: str = field(default="", repr=False)
    email: str = field(default="", repr=False)

    @property
    def reason(self) -> str:
        return self.verdict.reason if isinstance(self.verdict, No) else ""


class Desk:
    """Decides for one survey. `writes` False: nobody writes what was decided, so the desk itself remembers it.

    `media` are used in place of the plan's channels.
    """

    def __init__(
        self, asking: Asking, *, now: datetime, writes: bool = True, media: tuple[str, ...] | None = None
    ) -> None:
        self.asking, self.now, self.writes = asking, now, writes
        self.plan, self.policy = asking.plan, asking.plan.policy
        if self.plan.trigger.kind == "relationship":
            # Asked once a period, whatever the gap says; what a holiday put off does not put off the next.
            period = 7 * asking.spread.weeks - LATE.days
            gap = min(730, max(self.policy.survey_gap_days, period))
            self.policy = self.policy.model_copy(update={"survey_gap_days": gap})
        self.types = dict(Attribute.objects.values_list("slug", "type")) if self.plan.audience else {}
        self.media = media or tuple(dict.fromkeys(name for name in self.plan.channels if name in MEDIA))
        self.outside = 0
        self.places = Places(asking, self.policy, now=now)
        self._languages: dict[str, str] = {}
        self._asked: dict[str, list[datetime]] = defaultdict(list)
        self._asked_of: dict[int, list[datetime]] = defaultdict(list)

    def decide(self, dues: Sequence[Due]) -> list[Decision]:
        """What becomes of these; those of the audience only, and only occasions that were not decided before."""
        if self.writes:  # what earlier calls decided can be read by now
            self._asked.clear()
            self._asked_of.clear()
            self.places.forget()
        dues = self._undecided(dues)
        rows = contacts([due.contact for due in dues if due.contact], attributes=bool(self.plan.audience))
        facts = Facts(self.asking.survey.pk, rows.values(), dues, policy=self.policy, now=self.now)
        found = []
        for due in dues:
            if due.contact is None:
                found.append(Decision(due, No("no_contact"), None))
            elif (row := rows.get(due.contact)) is not None:  # else deleted meanwhile
                if not matches(self.plan.audience, attributes_of(row), self.types):
                    self.outside += 1
                    continue
                found.append(self._one(due, row, facts))
        return found

    def _one(self, due: Due, row: Row, facts: Facts) -> Decision:
        account = row.account or due.account
        at = self.places.find(time_zone=row.zone, country=row.country, first=due.at, floating=due.floating)
        verdict: Yes | No = No("daily_cap")
        if at is not None:
            person = Person(
                addresses={"email": row.email, "sms": row.phone, "api": str(row.pk)},
                media=self.media,
                suppressed=facts.suppressed(row),
                consent=row.consent,
                known_since=row.known_since,
                erased=row.erased is not None,
                draw=draw_of(contact=row.pk, survey=self.asking.survey.pk or 0, occasion=due.occasion),
            )
            history = facts.history(row, account, ticket=due.ticket)
            ours, theirs = self._asked.get(row.person, ()), self._asked_of.get(account or 0, ())
            if ours or theirs:
                history = replace(
                    history,
                    asked=(*history.asked, *ours),
                    asked_this=(*history.asked_this, *ours),
                    account_asked=(*history.account_asked, *theirs),
                )
            verdict = may_we_ask(person, history, self.policy, now=at)
        if isinstance(verdict, Yes) and at is not None:
            self.places.take(at)
            self._asked[row.person].append(at)
            if account:
                self._asked_of[account].append(at)
        until = None
        if isinstance(verdict, No):
            at, until = self._later(due, verdict.reason)
        return Decision(
            due=due if due.account or not account else replace(due, account=account),
            verdict=verdict,
            at=at,
            until=until,
            language=self._language(row.language),
            arm=self.asking.arm(account=account, contact=row.pk),
            name=row.name,
            email=row.email,
        )

    def _language(self, wanted: str) -> str:
        """The language this contact is asked in, so far as it is known now."""
        if wanted not in self._languages:
            content = self.asking.content
            self._languages[wanted] = choose(survey=content.language, offered=content.languages, contact=wanted)
        return self._languages[wanted]

    def _undecided(self, dues: Sequence[Due]) -> list[Due]:
        """Those nobody decided meanwhile: no invitation of that occasion, or still the skip that was found."""
        survey = self.asking.survey.pk
        if not survey:
            return list(dues)
        names = [external_id(survey, due.occasion) for due in dues]
        ours = Invitation.objects.filter(source=SOURCE)
        known = set(ours.filter(external_id__in=names).values_list("external_id", flat=True))
        rows = [due.row for due in dues if due.row is not None]
        skips = ours.filter(pk__in=rows, fate=Invitation.Fate.SKIPPED).values_list("pk", "due_at") if rows else ()
        waiting = dict(skips)
        return [
            due
            for due, name in zip(dues, names, strict=True)
            if (name not in known if due.row is None else waiting.get(due.row) == due.at)
        ]

    def _later(self, due: Due, reason: str) -> tuple[datetime | None, datetime | None]:
        """When somebody who is not asked now is looked at again, and until when; None: not for this occasion.

        A quarter has time for whatever passes; a ticket or a renewal only for holds.
        """
        quarterly = self.plan.trigger.kind == "relationship"
        every = timedelta(days=7) if quarterly else _DAY
        until = due.until or due.at + LATE
        if reason in HOLDS or quarterly:
            since = due.at if due.row is None else self.now
            at = look_again(reason, every=every, since=since, until=until, now=self.now)
            return at, at and until
        return None, None
