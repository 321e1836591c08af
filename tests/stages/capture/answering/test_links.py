"""A link's answer: taken once, changed while the link is open, and politely not after that."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from nineplus.model.survey import Content, Plan
from nineplus.rules.links import seal
from nineplus.rules.outcomes import State
from nineplus.stages import capture
from nineplus.stages.capture.drawing import surveys
from nineplus.store.models import (
    Account,
    Code,
    CodePool,
    Contact,
    Event,
    Invitation,
    Response,
    Revision,
    Survey,
    Ticket,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def survey(state: str = "active", **content: object) -> Survey:
    made = surveys.create(
        name="After a ticket", touchpoint="post-resolution", content=Content(**content), plan=Plan(), now=NOW
    )
    surveys.publish(made, now=NOW)
    Survey.objects.filter(pk=made.pk).update(state=state)
    return Survey.objects.get(pk=made.pk)


def invite(survey: Survey, **more: object) -> Invitation:
    count = Invitation.objects.count()
    given = {"fate": "sent", "channel": "email", "expires_at": NOW + timedelta(days=30), "language": "de", **more}
    return Invitation.objects.create(
        source="nineplus",
        external_id=f"{survey.pk}/{count}",
        survey=survey,
        version=survey.current,
        revision=1,
        **given,
    )


def token(invitation: Invitation | int, purpose: str = "answer") -> str:
    number = invitation if isinstance(invitation, int) else invitation.pk
    return seal(number=number, purpose=purpose, key=capture.links_key())


def score(invitation: Invitation | str, score: object = 9, now: datetime = NOW, **more: object) -> capture.Outcome:
    used = invitation if isinstance(invitation, str) else token(invitation)
    return capture.score_by_link(token=used, score=score, now=now, **more)


def test_a_score_takes_over_what_the_invitation_knows():
    account = Account.objects.create(
        external_id="acme", attributes={"plan": "Pro", "region": "EMEA", "seats": 5, "gone": None}, revision=1
    )
    contact = Contact.objects.create(external_id="a", account=account, attributes={"region": "APAC"}, revision=1)
    ticket = Ticket.objects.create(external_id="t", opened_at=NOW, revision=1)
    asked = invite(
        survey(), account=account, contact=contact, ticket=ticket, attributes={"agent": "Ada"}, signals={"opened": 2}
    )
    outcome = score(asked, "9", signals={"dwell_ms": 5_000, "how": "press", "other": 1}, agent="browser")
    row = Response.objects.get()
    assert (outcome.state, outcome.score, outcome.group, outcome.response) == (State.SAVED, 9, "promoter", row.pk)
    assert (row.invitation, row.account, row.contact, row.ticket) == (asked, account, contact, ticket)
    assert (row.survey, row.version, row.channel, row.language) == (asked.survey, asked.version, "email", "de")
    assert row.attributes == {"plan": "Pro", "region": "APAC", "seats": "5", "agent": "Ada"}
    assert row.signals == {"opened": 2, "dwell_ms": 5_000, "how": "press", "agent": "browser"}
    assert (row.answered_at, row.anonymous, row.extras, row.tags, row.raw) == (NOW, False, {}, [], None)
    asked.refresh_from_db()
    assert asked.fate == "answered"
    assert row.revision == asked.revision == Revision.last()
    event = Event.objects.get()
    assert (event.kind, event.data, event.state, event.due_at) == (
        "response.scored",
        {"response": row.pk},
        "waiting",
        NOW,
    )


def test_again_is_the_same_and_another_score_a_change_that_keeps_the_first():
    asked = invite(survey())
    first = score(asked, 3)
    assert score(asked, 3).state is State.SAME
    later = NOW + timedelta(hours=1)
    changed = score(asked, 8, now=later)
    assert (changed.state, changed.response, changed.group) == (State.CHANGED, first.response, "passive")
    row = Response.objects.get()
    assert (row.score, row.answered_at, row.changed_at) == (8, NOW, later)
    assert row.signals["earlier"] == [{"score": 3, "until": later.isoformat()}]
    assert list(Event.objects.order_by("id").values_list("kind", flat=True)) == ["response.scored", "response.changed"]


@pytest.mark.parametrize(
    ("state", "more", "found"),
    [
        ("closed", {}, State.CLOSED),
        ("draft", {}, State.UNKNOWN),
        ("active", {"expires_at": NOW}, State.EXPIRED),
        ("active", {"fate": "expired"}, State.EXPIRED),
        ("active", {"fate": "skipped", "reason": "holiday"}, State.UNKNOWN),
        ("active", {"fate": "declined"}, State.DECLINED),
    ],
)
def test_a_link_that_takes_nothing_writes_nothing(state: str, more: dict[str, object], found: State):
    asked = invite(survey(state), **more)
    assert score(asked).state is found
    assert capture.standing(token=token(asked), now=NOW).state is found
    assert not Response.objects.exists()
    assert not Event.objects.exists()


def test_a_paused_survey_still_hears_those_it_asked():
    assert score(invite(survey("paused"))).state is State.SAVED


def test_a_link_of_somebody_who_was_erased_is_closed():
    contact = Contact.objects.create(external_id="a", erased_at=NOW, revision=1)
    assert score(invite(survey(), contact=contact)).state is State.CLOSED


def test_forged_links_are_told_from_links_to_nothing():
    asked = invite(survey())
    good = token(asked)
    forged = [good[:-1], good + "A", good[:-2] + "xy", "", "a" * 27, token(asked, "unsubscribe"), "ü" * 27]
    assert {score(bad).state for bad in forged} == {State.FORGED}
    assert {score(token(number)).state for number in (4_711, 2**63, 2**64 - 1)} == {State.UNKNOWN}
    assert capture.standing(token=token(2**64 - 1), now=NOW).state is State.UNKNOWN
    assert not Response.objects.exists()


@pytest.mark.parametrize(
    "wrong", [11, -1, float("nan"), "ten", "9 ", " 9", "", "09", "+9", "٩", 9.0, True, None, [9], {}]
)
def test_what_is_no_score_is_told(wrong: object):
    outcome = score(invite(survey()), wrong)
    assert outcome.state is State.WRONG
    assert "0 to 10" in outcome.faults["score"]
    assert not Response.objects.exists()


def test_no_thanks_is_kept_and_can_be_thought_over():
    asked = invite(survey())
    assert capture.decline(token=token(asked), now=NOW).state is State.DECLINED
    asked.refresh_from_db()
    assert (asked.fate, asked.revision, asked.declined_at) == ("declined", Revision.last(), NOW)
    assert score(asked).state is State.DECLINED
    assert score(asked, anyway=True).state is State.SAVED
    assert capture.decline(token=token(asked), now=NOW).state is State.ANSWERED
    assert Response.objects.get().score == 9


def test_a_visit_never_scores_but_tells_machines_from_people():
    asked = invite(survey())
    capture.visited(token=token(asked), now=NOW, head=True, agent="curl/8")
    capture.visited(token=token(asked), now=NOW, agent="Proofpoint-Scanner", score=3)
    asked.refresh_from_db()
    assert (asked.fate, asked.opened_at) == ("sent", None)
    capture.visited(token=token(asked), now=NOW, agent="Mozilla/5.0", score=9)
    asked.refresh_from_db()
    assert (asked.fate, asked.opened_at, asked.revision) == ("opened", NOW, Revision.last())
    assert asked.signals == {"heads": 1, "opened": 2, "agent": "browser", "links": ["3", "9"]}
    assert not Response.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_fifty_answers_at_one_link_at_once_are_one_response():
    asked = invite(survey())
    outcomes: list[State] = []
    begin = threading.Barrier(25)

    def send(each: int) -> None:
        begin.wait()
        try:
            outcomes.extend(score(asked, (each + turn) % 2 + 8).state for turn in range(2))
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(each,)) for each in range(25)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 50
    assert outcomes.count(State.SAVED) == 1
    row = Response.objects.get()
    assert Event.objects.filter(kind="response.scored").count() == 1
    assert Event.objects.filter(kind="response.changed").count() == outcomes.count(State.CHANGED)
    assert len(row.signals.get("earlier", ())) == outcomes.count(State.CHANGED)


def anonymous(of: Survey, score: object = 7, key: str = "0123456789abcdef", **more: object) -> capture.Outcome:
    return capture.score_anonymous(public_id=of.public_id, score=score, key=key, **{"now": NOW, **more})


def test_an_anonymous_answer_is_once_by_its_key_and_nobodys():
    of = survey()
    first = anonymous(of)
    assert (first.state, anonymous(of).state, anonymous(of, 2).state) == (State.SAVED, State.SAME, State.CHANGED)
    assert anonymous(of, key="fedcba9876543210", channel="kiosk").state is State.SAVED
    row = Response.objects.get(pk=first.response)
    assert (row.source, row.external_id, row.score) == ("link", f"{of.pk}/0123456789abcdef", 2)
    assert (row.anonymous, row.contact, row.invitation, row.account) == (True, None, None, None)
    assert Response.objects.count() == 2


@pytest.mark.parametrize(("state", "found"), [("paused", "paused"), ("closed", "closed"), ("draft", "unknown")])
def test_an_anonymous_link_rests_with_its_survey(state: str, found: str):
    assert anonymous(survey(state)).state == found
    assert capture.score_anonymous(public_id="nothing", score=5, now=NOW).state is State.UNKNOWN
    assert not Response.objects.exists()


@pytest.mark.parametrize("key", ["short", "x" * 65, "0123456789abcde!", "0123456789abcde\n"])
def test_a_guessable_key_is_refused(key: str):
    assert anonymous(survey(), key=key).state is State.WRONG


def test_what_follows_the_score():
    asked = invite(survey(consent_quote=True))
    assert capture.amend(token=token(asked), comment="Early", now=NOW).state is State.UNSCORED
    score(asked)
    said = " Great \u202eevil\u202c 👍\x00 \ud800"
    outcome = capture.amend(token=token(asked), comment=said, consent_contact=True, now=NOW)
    assert outcome.state is State.CHANGED
    row = Response.objects.get()
    assert row.comment_raw == " Great \u202eevil\u202c 👍\ufffd \ufffd"
    assert (row.comment, row.consent_contact, row.consent_quote) == (row.comment_raw.strip(), True, None)
    assert row.revision == Revision.last()
    again = capture.amend(token=outcome.amend, comment=said, consent_quote=False, now=NOW)
    assert (again.state, again.response) == (State.CHANGED, row.pk)
    assert capture.amend(token=token(asked), comment=said, now=NOW).state is State.SAME
    long = capture.amend(token=token(asked), comment="x" * 20_001, extras={"no_such": 1}, now=NOW)
    assert (long.state, set(long.faults)) == (State.WRONG, {"comment", "no_such"})
    assert capture.amend(token=token(asked), comment="x" * 20_001, now=NOW).state is State.TOO_LONG
    late = NOW + timedelta(days=30)
    assert capture.amend(token=token(asked), comment="Late", now=late).state is State.EXPIRED
    assert capture.amend(token=outcome.amend, comment="Late", now=late).state is State.EXPIRED
    assert Response.objects.get().comment_raw == row.comment_raw


def test_an_anonymous_answer_is_added_to_while_its_page_may_keep_it():
    of = survey()
    outcome = anonymous(of)
    assert capture.amend(token=outcome.amend, comment="Here", now=NOW).state is State.CHANGED
    assert capture.amend(token=outcome.amend, comment="Late", now=NOW + timedelta(days=8)).state is State.EXPIRED
    waited = anonymous(of, key="fedcba9876543210", age_ms=6 * 86_400_000)  # it waited for network
    assert Response.objects.get(pk=waited.response).answered_at == NOW - timedelta(days=6)
    assert capture.amend(token=waited.amend, comment="Why", now=NOW).state is State.CHANGED
    assert capture.amend(token="x" * 27, comment="x", now=NOW).state is State.FORGED


def test_a_code_is_given_once_and_shown_again():
    pool = CodePool.objects.create(name="Coffee", created_at=NOW)
    Code.objects.bulk_create(Code(pool=pool, code=f"C{n}") for n in range(2))
    of = survey(code_pool=pool.pk)
    first, second, third = invite(of), invite(of), invite(of)
    assert [score(first).code, score(second).code, score(first).code, score(first, 2).code] == ["C0", "C1", "C0", "C0"]
    dry = score(third)
    assert (dry.state, dry.code) == (State.SAVED, "")
    assert anonymous(of).code == ""
    assert capture.standing(token=token(first), now=NOW).code == "C0"


DAY = 86_400_000


@pytest.mark.parametrize("fate", ["sent", "expired"])
@pytest.mark.parametrize(
    ("age_ms", "state"),
    [
        (3 * DAY, State.SAVED),  # pressed a day before the end, sent two days after it
        (2 * DAY, State.EXPIRED),  # pressed at the end itself
        (DAY, State.EXPIRED),
        (8 * DAY, State.EXPIRED),  # no page keeps an answer so long
        (None, State.EXPIRED),
        ("3", State.EXPIRED),
        (True, State.EXPIRED),
    ],
)
def test_a_score_pressed_in_time_counts_though_it_comes_late(fate: str, age_ms: object, state: State):
    asked = invite(survey(), fate=fate, expires_at=NOW - timedelta(days=2))
    assert score(asked, age_ms=age_ms).state is state
    if state is State.SAVED:
        response = Response.objects.get()
        assert response.answered_at == NOW - timedelta(days=3)
        said = {"token": token(asked), "comment": "Written underground", "now": NOW}
        assert capture.amend(**said).state is State.EXPIRED
        assert capture.amend(**said, age_ms=age_ms).state is State.CHANGED
        asked.refresh_from_db()
        assert asked.fate == "answered"


def test_a_survey_that_was_closed_takes_nothing_however_early_it_was_pressed():
    of = survey()
    asked = invite(of)
    Survey.objects.filter(pk=of.pk).update(state="closed")
    assert score(asked, age_ms=3 * DAY).state is State.CLOSED
