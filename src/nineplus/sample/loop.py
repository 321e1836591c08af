"""What the sample company does with its answers: calls, letters, programmes, and the news of what it changed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from nineplus.sample import names
from nineplus.sample.asking import Asked
from nineplus.sample.days import DAY
from nineplus.sample.following import FollowUp
from nineplus.sample.service import HOUR
from nineplus.sample.sources import Answers
from nineplus.stats.scale import DETRACTOR_TO, PROMOTER_FROM

TOLD_DAYS = 40
"""So long ago the customers were told what had been changed."""
REFERRAL_STAGES = (*("done",) * 3, *("doing",) * 2, "agreed", "asked", "asked", "declined")
REVIEW_STAGES = (*("done",) * 2, "agreed", "asked", "asked", "declined")
_LEADS = (("won", 24_000_00), ("open", 0), ("open", 0), ("lost", 0), ("open", 0))


@dataclass(frozen=True, slots=True)
class Deed:
    """One act of a programme (`kind`) by whoever gave that answer; instants are microseconds."""

    answer: int
    kind: str
    stage: str
    asked: int
    changed: int


@dataclass(frozen=True, slots=True)
class Referred:
    """Somebody whom the answer's author referred."""

    answer: int
    name: str
    company: str
    state: str
    value_minor: int
    at: int
    settled: int | None


@dataclass(frozen=True, slots=True)
class News:
    """Who asked for what was changed, and whether it helped (empty: they did not say)."""

    answer: int
    helped: str
    at: int


@dataclass(frozen=True, slots=True)
class Loop:
    """Answers are known by their number: 12 is R-000012. `nudged` are the answers of passives who got a letter."""

    cases: tuple[FollowUp, ...] = ()
    nudged: tuple[tuple[int, int], ...] = ()
    deeds: tuple[Deed, ...] = ()
    referred: tuple[Referred, ...] = ()
    news: tuple[News, ...] = ()
    told_at: int = 0


def loop(
    cases: list[FollowUp],
    nudged: list[int],
    *,
    answers: Answers,
    asked: Asked,
    stop: int,
    random: np.random.Generator,
) -> Loop:
    """The whole of it, its answers by their numbers."""
    number = np.cumsum(answers.answered)  # of each answer, by its position among those asked
    told_at = stop - TOLD_DAYS * DAY + 10 * HOUR
    deeds = _deeds(answers, asked, number, stop=stop, random=random)
    return Loop(
        cases=tuple(replace(case, answers=[int(number[place]) for place in case.answers]) for case in cases),
        nudged=tuple((int(number[place]), int(answers.at[place]) + DAY) for place in nudged),
        deeds=deeds,
        referred=_referred([deed for deed in deeds if deed.kind == "referral" and deed.stage == "done"], stop, random),
        news=_news(answers, asked, number, told_at=told_at, stop=stop, random=random),
        told_at=told_at,
    )


def _deeds(
    answers: Answers, asked: Asked, number: np.ndarray, *, stop: int, random: np.random.Generator
) -> tuple[Deed, ...]:
    """Acts of some who answered between five months and three weeks ago; a review is asked of everyone alike."""
    lately = answers.answered & (answers.at >= stop - 150 * DAY) & (answers.at < stop - 21 * DAY)
    found: list[Deed] = []
    seen: set[int] = set()
    for kind, stages, wanted in (
        ("referral", REFERRAL_STAGES, lately & (answers.score >= PROMOTER_FROM)),
        ("review", REVIEW_STAGES, lately & (answers.score > DETRACTOR_TO)),
    ):
        order = random.permutation(np.flatnonzero(wanted))
        several = [place for place in order if int(asked.contact[place]) not in seen]
        for stage, place in zip(stages, dict.fromkeys(several), strict=False):
            seen.add(int(asked.contact[place]))
            begun = int(answers.at[place]) + 8 * DAY
            later = 0 if stage == "asked" else int((1 + 9 * random.random()) * DAY)
            found.append(Deed(int(number[place]), kind, stage, begun, begun + later))
    return tuple(found)


def _referred(done: list[Deed], stop: int, random: np.random.Generator) -> tuple[Referred, ...]:
    people = names.people(len(_LEADS), random)
    firms = names.companies(len(_LEADS), random.choice(names.INDUSTRIES, len(_LEADS)), random)
    found = []
    for place, (state, value) in enumerate(_LEADS if done else ()):
        deed = done[place % len(done)]
        at = min(deed.changed + (2 + 3 * place) * DAY, stop - DAY)
        settled = None if state == "open" else min(at + 20 * DAY, stop - 2 * HOUR)
        found.append(Referred(deed.answer, people[place], f"{firms[place]} Group", state, value, at, settled))
    return tuple(found)


def _news(
    answers: Answers, asked: Asked, number: np.ndarray, *, told_at: int, stop: int, random: np.random.Generator
) -> tuple[News, ...]:
    """Those who met wrong invoices in the year before they were told, each once."""
    who = answers.answered & answers.invoice & (answers.score <= DETRACTOR_TO)
    who &= (answers.at < told_at) & (answers.at >= told_at - 300 * DAY)
    newest = {int(asked.contact[place]): place for place in np.flatnonzero(who)}
    says = random.choice(("", "yes", "partly", "no"), len(newest), p=(0.5, 0.29, 0.14, 0.07))
    after = random.exponential(20 * HOUR, len(newest)).astype(np.int64) + HOUR
    return tuple(
        News(int(number[place]), str(said), min(int(told_at + wait), stop - HOUR))
        for place, said, wait in zip(newest.values(), says, after, strict=True)
    )
