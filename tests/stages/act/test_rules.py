"""Rules on the store: what holds is asked alike of one answer and of all, and nothing is done twice."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from nineplus.channels._web import Answer
from nineplus.rules.workflows import FIELDS, holds
from nineplus.rules.workflows_document import read
from nineplus.stages.act.actions import _calling
from nineplus.stages.act.cases import opening
from nineplus.stages.act.playbooks import keeping as playbooks
from nineplus.stages.act.rules import calls, facts, files, firing, hearing, keeping, steps, trying
from nineplus.stages.errors import NotPossible
from nineplus.store.models import (
    Account,
    Alert,
    Case,
    CasePlaybook,
    CommentReading,
    Contact,
    Event,
    Invitation,
    Mention,
    Message,
    Movement,
    Response,
    Sender,
    Subscription,
    ThemesVersion,
    Ticket,
    TicketEvent,
    Workflow,
    WorkflowRun,
    WorkflowStep,
)
from tests.stages.act.ruling import DAY, UNHAPPY, asks, document, happen, switched_on
from tests.stages.act.world import HOUR, NOW, agent, answer, case, company, person

pytestmark = pytest.mark.django_db


def test_an_unhappy_answer_fires_once_however_often_it_is_told():
    rule = switched_on(document(UNHAPPY))
    said, happy = answer(4, by=person(at=company())), answer(8, by=person(at=company()))
    for _ in range(3):
        happen("response.scored", {"response": said.pk})
        happen("response.scored", {"response": happy.pk})
    run = WorkflowRun.objects.get()
    assert (run.workflow, run.response, run.state) == (rule, said, "done")
    assert run.why == ["Yes: the score is at most 6 (it is 4)"]
    assert Case.objects.filter(reason="rule").count() == 1
    assert run.steps.get().says.endswith("was opened.")


def test_a_rule_is_tried_before_it_is_switched_on_and_again_when_changed():
    kept = keeping.save(document(UNHAPPY), by=None, now=NOW)
    with pytest.raises(NotPossible, match="Try it"):
        keeping.switch(kept.workflow.pk, on=True, now=NOW)
    keeping.tried(kept.version, {"of": 0, "examples": []})
    assert keeping.switch(kept.workflow.pk, on=True, now=NOW).workflow.on
    assert keeping.save(document(UNHAPPY), pk=kept.workflow.pk, by=None, now=NOW).version.number == 1
    changed = keeping.save(document(asks("score", "at_most", 5)), pk=kept.workflow.pk, by=None, now=NOW)
    assert (changed.version.number, Workflow.objects.get().on) == (2, False)
    with pytest.raises(NotPossible, match="already"):
        keeping.save(document(), by=None, now=NOW)
    with pytest.raises(NotPossible, match="no action 'dance'"):
        keeping.save(document(then=[{"do": "dance"}], name="Other"), by=None, now=NOW)
    keeping.remove(kept.workflow.pk, now=NOW)
    assert keeping.every(now=NOW) == []


def test_limits_hold_back_and_a_storm_pauses():
    rule = switched_on(document(limits={"per": "account", "times": 1, "days": 30, "per_hour": 3}))
    who = person(at=company())
    for _ in range(2):
        happen("response.scored", {"response": answer(1, by=who).pk})
    assert sorted(WorkflowRun.objects.values_list("state", flat=True)) == ["done", "held"]
    for _ in range(4):
        happen("response.scored", {"response": answer(1, by=person(at=company())).pk})
    rule.refresh_from_db()
    assert not rule.on
    assert "within an hour" in rule.paused_because
    assert WorkflowRun.objects.filter(state="done").count() == 3


def test_what_a_rule_did_does_not_fire_it_again():
    switched_on(document(when="case.opened", then=[{"do": "open_case", "with": {"reason": "again"}}]))
    first = case()
    happen("case.opened", {"case": first.pk})
    second = Case.objects.get(reason="again")
    happen("case.opened", {"case": second.pk})
    held = WorkflowRun.objects.get(case=second)
    assert held.state == "held"
    assert "itself" in held.why[-1]
    assert Case.objects.count() == 2


def test_waits_and_branches_are_taken_in_their_time_and_survive_a_crash(monkeypatch):
    branch = {"if": {"all": [asks("open_cases", "at_least", 1)]}, "then": [{"do": "tag_answer", "with": {"tag": "a"}}]}
    branch["else"] = [{"do": "tag_answer", "with": {"tag": "b"}}]
    switched_on(document(UNHAPPY, then=[{"do": "open_case"}, {"wait": 2}, branch]))
    said = answer(3, by=person(at=company()))

    def dies(*args, **named):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(steps, "_step", dies)
        with pytest.raises(KeyboardInterrupt):
            happen("response.scored", {"response": said.pk})
    assert Case.objects.filter(reason="rule").count() == 1
    steps.advance_due(clock=lambda: NOW + timedelta(minutes=3))
    assert Case.objects.filter(reason="rule").count() == 1
    steps.advance_due(clock=lambda: NOW + HOUR)
    assert WorkflowRun.objects.get().state == "going"
    for _ in range(2):
        steps.advance_due(clock=lambda: NOW + 3 * HOUR)
    said.refresh_from_db()
    assert (said.tags, WorkflowRun.objects.get().state) == (["a"], "done")
    assert list(WorkflowStep.objects.order_by("pk").values_list("place", flat=True)) == ["1", "2", "3", "3.then.1"]


def test_a_rule_takes_up_a_playbook_and_alerts_whoever_looks_after_the_customer():
    ada = agent("Ada")
    playbooks.save("Call", [{"title": "Call them"}], by=None, now=NOW)
    steps = [{"do": "open_case"}, {"do": "start_playbook", "with": {"playbook": "call"}}, {"do": "alert"}]
    switched_on(document(UNHAPPY, then=steps))
    said = answer(3, by=person(at=company(owner=ada)), comment="Too slow")
    for _ in range(2):
        happen("response.scored", {"response": said.pk})
    run = WorkflowRun.objects.get()
    assert run.state == "done", list(run.steps.values_list("says", flat=True))
    assert CasePlaybook.objects.get().case.reason == "rule"
    told = Alert.objects.get()
    assert (told.user, "Too slow" in told.title) == (ada, True)


def test_passives_are_asked_once_in_their_language_what_would_make_it_a_nine():
    Sender.objects.create(
        name="Mail", channel="outbox_folder", medium="email", settings={}, is_default=True, created_at=NOW
    )
    switched_on(document(asks("group", "is", "passive"), then=[{"do": "nudge"}]))
    bo = person("Bo", at=company(), language="de")
    other = person("Cy", at=company(), consent=False)
    first, second = answer(8, by=bo), answer(7, by=other)
    for _ in range(2):
        happen("response.scored", {"response": first.pk})
        happen("response.scored", {"response": second.pk})
    letter = Message.objects.get()
    assert letter.body["subject"] == "Was würde daraus eine 9 machen?"
    assert "Sie haben uns 8 von 10 Punkten gegeben" in letter.body["html"]
    assert letter.body["headers"]["List-Unsubscribe-Post"]
    refused = WorkflowRun.objects.get(response=second)
    assert (refused.state, refused.steps.get().says) == ("failed", "They do not want to be contacted.")


def test_nobody_is_asked_for_a_nine_while_something_else_of_theirs_is_followed_up():
    Sender.objects.create(
        name="Mail", channel="outbox_folder", medium="email", settings={}, is_default=True, created_at=NOW
    )
    switched_on(document(asks("group", "is", "passive"), then=[{"do": "open_case"}, {"do": "nudge"}]))
    firm = company()
    opening.from_answer(answer(2, by=person("Bo", at=firm)).pk, now=NOW)
    colleague, other = answer(8, by=person("Cy", at=firm)), answer(8, by=person("Di", at=company()))
    for one in (colleague, other):
        happen("response.scored", {"response": one.pk})
    held = WorkflowRun.objects.get(response=colleague)
    assert held.steps.get(place="2").says == "A case of theirs is open: they wait for another answer."
    assert WorkflowRun.objects.get(response=other).state == "done", "the case is of this very answer"
    assert Message.objects.get().address.startswith("di")


class Killed(BaseException):
    """As sudden as a kill: nothing in between catches it."""


def test_killed_at_any_statement_nothing_is_lost_or_doubled():
    """The worker dies at its first, second, third … question to the database, and comes back each time."""
    agent("Ada", seat=False)
    Sender.objects.create(name="Mail", channel="smtp", medium="email", settings={}, is_default=True, created_at=NOW)
    letter = {"do": "email_colleague", "with": {"to": "ada@us.example"}}
    switched_on(document(UNHAPPY, then=[{"do": "open_case"}, letter, {"do": "tag_answer", "with": {"tag": "a"}}]))
    kills, left = 0, 0
    for dies_at in range(1, 400, 5):
        left = dies_at
        said = answer(3, by=person(at=company()))

        def kills_it(execute, sql, params, many, context):
            nonlocal left
            left -= 1
            if not left:
                raise Killed
            return execute(sql, params, many, context)

        with connection.execute_wrapper(kills_it):
            try:
                firing.look({"on": "response.scored", "response": said.pk}, now=NOW)
            except Killed:
                kills += 1
        whole = left > 0
        firing.look({"on": "response.scored", "response": said.pk}, now=NOW)
        steps.advance_due(clock=lambda: NOW + timedelta(minutes=3))
        run = WorkflowRun.objects.get(response=said)
        assert (run.state, run.steps.count()) == ("done", 3), dies_at
        assert Case.objects.filter(answers__response=said, reason="rule").count() == 1, dies_at
        said.refresh_from_db()
        assert said.tags == ["a"], dies_at
        if whole:
            break
    assert kills >= 5
    assert Message.objects.count() == WorkflowRun.objects.count() == kills + 1


def test_what_cannot_be_done_is_told_and_the_rest_is_done():
    then = [{"do": "open_case"}, {"do": "tag_answer", "with": {"tag": "x"}}]
    rule = switched_on(document(then=then))
    happen("response.scored", {"response": answer(3).pk})
    rule.refresh_from_db()
    assert WorkflowRun.objects.get().state == "failed"
    assert rule.fault == "Say for which account or contact."
    assert Response.objects.get().tags == ["x"]


def test_who_asks_for_themes_waits_until_the_comment_is_read():
    switched_on(document(asks("themes", "has", "speed")))
    said = answer(3, by=person(at=company()), comment="Too slow")
    happen("response.scored", {"response": said.pk})
    assert not WorkflowRun.objects.exists()
    read_as(said, "speed")
    happen("response.scored", {"response": said.pk}, now=NOW + timedelta(seconds=6))
    assert WorkflowRun.objects.get().state == "done"


def test_what_was_before_concerns_no_rule():
    switched_on(document())
    happen("response.scored", {"response": answer(3, by=person(), at=NOW - DAY).pk})
    assert not WorkflowRun.objects.exists()


def read_as(said: Response, theme: str, tone: str = "negative") -> None:
    version, _ = ThemesVersion.objects.get_or_create(
        current=True, defaults={"number": 1, "document": {}, "created_at": NOW, "state": "done", "revision": 1}
    )
    reading = CommentReading.objects.create(version=version, response=said, sentiment=tone, revision=1, digest="d")
    Mention.objects.create(
        reading=reading, theme=theme, sentiment=tone, sure=1, start=0, stop=1, model=True, counts=True
    )


def world() -> None:
    large, small = company("Acme"), company(" Жук ÄÖß")
    Movement.objects.create(
        external_id="M", account=large, at=NOW - DAY, kind="new", amount_minor=500_000, currency="EUR", revision=1
    )
    Movement.objects.create(
        external_id="M2", account=large, at=NOW - DAY, kind="new", amount_minor=500_000, currency="USD", revision=1
    )
    Subscription.objects.create(external_id="S", account=large, renews_at=NOW + 40 * DAY + HOUR, revision=1)
    bo, cy = person("Bo", at=large, country="DE"), person("Cy", at=small)
    ticket = Ticket.objects.create(
        external_id="T", account=large, opened_at=NOW - DAY, priority="High", category="Bug", reopens=2, revision=1,
        sla_breached=True,
    )  # fmt: skip
    first = answer(9, by=bo, at=NOW - 3 * DAY, language="de", tags=["VIP"], attributes={"plan": "Pro", "n": 5})
    answer(3, by=bo, at=NOW - 2 * DAY, comment="Too slow", ticket=ticket, consent_contact=True, channel="email")
    answer(8, by=cy, at=NOW - DAY, consent_contact=False)
    answer(5, at=NOW - DAY, comment="?")
    answer(7, at=NOW - DAY, attributes={"plan": "про"})
    read_as(first, "speed")
    read_as(Response.objects.get(score=3), "price", "mixed")
    Case.objects.filter(pk=case().pk).update(team="Süd", owner=agent("Ida"))


QUESTIONS = [
    *(asks("score", how, value) for how, value in (("is", 3), ("is_not", 3), ("at_most", 6), ("one_of", [3, 9]))),
    asks("group", "is", "Promoter"), asks("commented", "is", True), asks("survey", "contains", "relation"),
    asks("touchpoint", "is_not", "custom"), asks("channel", "known"), asks("language", "unknown"),
    asks("language", "is_not", "de"), asks("tags", "has", "vip"), asks("tags", "has_not", "vip"),
    asks("may_contact", "is", True), asks("may_contact", "is", False), asks("themes", "has", "speed"),
    asks("themes", "has_not", "speed"), asks("sentiment", "one_of", ["mixed", "positive"]),
    asks("previous_score", "at_least", 9), asks("previous_score", "unknown"), asks("change", "at_most", -4),
    asks("answers", "at_least", 2), asks("account", "is", "acme"), asks("monthly", "at_least", 1000),
    asks("monthly", "unknown"), asks("renews_in", "at_most", 40), asks("renews_in", "at_most", 39),
    asks("renews_in", "at_least", 40), asks("renews_in", "is", 40), asks("renews_in", "is_not", 40),
    asks("renews_in", "unknown"), asks("open_cases", "at_least", 1), asks("contact", "is", False),
    asks("country", "is", "de"), asks("ticket_category", "is", "bug"), asks("ticket_priority", "is_not", "high"),
    asks("ticket_team", "unknown"), asks("sla_breached", "is", True), asks("reopens", "one_of", [1, 2]),
    asks("case_reason", "is", "Detractor"), asks("case_priority", "is_not", "low"), asks("case_state", "is", "open"),
    asks("case_team", "is", "süd"), asks("case_owner", "known"), asks("case_outcome", "unknown"),
    asks("case_cause", "unknown"), asks("account", "contains", "ÄÖ"), asks("account", "is", "жук äöß"),
    asks("attribute.plan", "is", "ПРО"),
    asks("attribute.plan", "is", "PRO"), asks("attribute.plan", "unknown"), asks("attribute.n", "is", "5"),
]  # fmt: skip


def test_one_answer_and_all_answers_are_asked_alike():
    """Facts of one answer judged in Python say the same as the question to the store, for every field."""
    world()
    assert {one["field"] for one in QUESTIONS} >= set(FIELDS)
    pks = list(Response.objects.values_list("pk", flat=True))
    yes = 0
    for question in QUESTIONS:
        rule = read(document(question))
        said = {pk for pk in pks if holds(rule.when, facts.facts_of(pk, rule.fields(), now=NOW))[0]}
        asked = set(facts.matching(Response.objects.all(), rule.when, now=NOW).values_list("pk", flat=True))
        assert asked == said, question
        yes += 0 < len(said) < len(pks)
    assert yes > len(QUESTIONS) - 8  # nearly every question tells answers apart


def test_a_rule_of_cases_asks_the_case_itself_also_without_an_answer():
    steps = [{"do": "assign_case", "with": {"team": "Nord"}}]
    switched_on(
        document(asks("case_reason", "is", "Risk"), asks("account", "is", "öl ag"), when="case.opened", then=steps)
    )
    for reason in ("risk", "other"):
        opening.open_case(account=company("ÖL AG"), contact=None, reason=reason, now=NOW)
    for row in Case.objects.all():
        happen("case.opened", {"case": row.pk})
    assert dict(Case.objects.values_list("reason", "team")) == {"risk": "Nord", "other": ""}


def test_a_dry_run_counts_and_does_nothing():
    world()
    before = Case.objects.count()
    branch = {"if": {"all": [asks("change", "at_most", -1)]}, "then": [{"do": "tag_answer", "with": {"tag": "fell"}}]}
    rule = read(document(UNHAPPY, then=[{"do": "open_case"}, branch]))
    found = trying.dry_run(rule, now=NOW)
    assert (found.of, found.matched, found.fired) == (6, 3, 3)
    assert dict(found.did) == {"Open a case": 3, "Tag the answer": 1}
    assert sum(count for _, count in found.weeks) == 3
    assert len(found.weeks) == 13
    limited = trying.dry_run(read(document(limits={"per": "contact", "times": 1})), now=NOW)
    assert (limited.matched, limited.fired) == (6, 5)
    assert trying.dry_run(read(document(when="case.opened")), now=NOW).matched == 1
    assert Case.objects.count() == before
    assert not WorkflowRun.objects.exists()


@pytest.mark.parametrize(
    ("step", "says", "done"),
    [
        ({"do": "slack", "with": {"url": "https://hooks.example/x"}}, "Slack was told.", True),
        ({"do": "webhook", "with": {"url": "https://hooks.example/x"}}, "The address was called.", True),
        ({"do": "webhook", "with": {"url": "https://hooks.example/gone"}}, "It answered 410.", False),
        ({"do": "email_colleague", "with": {"to": "ada@us.example"}}, "A letter to the colleague was queued.", True),
        ({"do": "email_colleague", "with": {"to": "no@us.example"}}, "The colleague is not there any more.", False),
        ({"do": "assign_case", "with": {"to": "ada@us.example"}}, "was given to a colleague.", True),
        ({"do": "assign_case", "with": {"team": "North"}}, "is in the queue of North.", True),
        ({"do": "crm_task", "with": {"title": "Call"}}, "No connected system takes tasks for this customer.", False),
        ({"do": "ask_survey", "with": {"survey": "Nothing"}}, "There is no survey 'Nothing'.", False),
    ],
)
def test_each_action_says_what_it_did(step, says, done, monkeypatch):
    agent("Ada", seat=False)
    Sender.objects.create(name="S", medium="email", channel="smtp", is_default=True, created_at=NOW)
    calls = []

    def call(url, *, headers, body, **more):
        calls.append((headers["webhook-id"], json.loads(body)))
        return Answer(410 if "gone" in url else 200, {}, b"")

    monkeypatch.setattr(_calling, "call", call)
    switched_on(document(UNHAPPY, then=[{"do": "open_case"}, step]))
    who = person(at=company("A<b>&Co"))
    happen("response.scored", {"response": answer(3, by=who, comment="Too slow").pk})
    row = WorkflowStep.objects.get(place="2")
    assert row.says.endswith(says)
    assert row.done is done
    run = WorkflowRun.objects.get()
    assert {key for key, _ in calls} <= {f"rule-{run.pk}-2"}
    if step["do"] == "slack":
        assert "A&lt;b&gt;&amp;Co gave 3: “Too slow”" in calls[0][1]["text"]
    if step["do"] == "email_colleague" and done:
        letter = Message.objects.get()
        assert letter.address == "ada@us.example"
        assert "A&lt;b&gt;" in letter.body["html"]


def test_what_is_down_is_tried_again_under_the_same_key_and_then_given_up(monkeypatch):
    keys, times = [], [NOW]

    def call(url, *, headers, **more):
        keys.append(headers["webhook-id"])
        return Answer(503, {}, b"")

    monkeypatch.setattr(_calling, "call", call)
    then = [{"do": "webhook", "with": {"url": "https://hooks.example/x"}}, {"do": "open_case"}]
    switched_on(document(UNHAPPY, then=then))
    happen("response.scored", {"response": answer(3, by=person(at=company())).pk})
    for _ in range(20):
        run = WorkflowRun.objects.get()
        if run.due_at is None:
            break
        times.append(run.due_at)
        calls.call_due(clock=lambda at=run.due_at: at)
    assert len(keys) == 8
    assert len(set(keys)) == 1
    assert timedelta(days=2) < times[-1] - times[0] < timedelta(days=12)
    assert run.state == "failed"
    assert Case.objects.filter(reason="rule").count() == 1


def test_an_address_of_our_own_network_is_no_address():
    for url in ("http://hooks.example/", "https://me:pw@hooks.example/", "ftp://x", "hooks"):
        with pytest.raises(NotPossible, match=r"https://|no password"):
            keeping.read(document(then=[{"do": "webhook", "with": {"url": url}}]))


def test_files_bring_back_what_was_written():
    kept = keeping.save(document(UNHAPPY, name="Größe"), by=None, now=NOW)
    assert files.document(files.written(kept)) == kept.version.document
    assert "Größe" in files.written(kept)


def happenings_world() -> None:
    large = company("Acme")
    Movement.objects.create(
        external_id="N", account=large, at=NOW - 30 * DAY, kind="new", amount_minor=500_000, currency="USD", revision=1
    )
    small, bo = company("Tiny"), person("Bo", at=large)
    for number, (account, kind) in enumerate(((large, "contraction"), (small, "contraction"), (large, "churn"))):
        Movement.objects.create(
            external_id=f"M{number}", account=account, at=NOW, kind=kind, amount_minor=-100, currency="USD", revision=1
        )
    for number, (priority, breached) in enumerate((("High", True), ("Low", True), ("High", False))):
        ticket = Ticket.objects.create(
            external_id=f"T{number}", account=large, contact=bo, opened_at=NOW - HOUR / 2, priority=priority,
            sla_breached=breached, revision=1,
        )  # fmt: skip
        for kind in ("reopen", "escalation"):
            TicketEvent.objects.create(
                external_id=f"E{number}{kind}", ticket=ticket, at=NOW - HOUR / 4, kind=kind, revision=1
            )
    asked = answer(9, by=person("Cy", at=large)).survey
    for number, account in enumerate((large, small)):
        Invitation.objects.create(
            external_id=f"I{number}", survey=asked, account=account, contact=person(at=account), fate="sent",
            sent_at=NOW - 14 * DAY, expires_at=NOW - HOUR / 2, revision=1,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("event", "condition", "of", "fires"),
    [
        ("ticket.breached", asks("ticket_priority", "is", "high"), 2, 1),
        ("ticket.reopened", asks("sla_breached", "is", True), 3, 2),
        ("ticket.escalated", asks("account", "is", "ACME"), 3, 3),
        ("money.contracted", asks("monthly", "at_least", 1000), 2, 1),
        ("money.churned", asks("score", "unknown"), 1, 1),
        ("customer.silent", asks("monthly", "at_least", 1000), 2, 1),
    ],
)
def test_tickets_money_and_silence_open_cases_once(event, condition, of, fires):
    happenings_world()
    rule = document(condition, when=event, then=[{"do": "open_case", "with": {"reason": "risk"}}])
    tried = trying.dry_run(read(rule), now=NOW)
    assert (tried.of, tried.matched, tried.fired) == (of, fires, fires)
    assert dict(tried.did) == {"Open a case": fires}
    shown = trying.examples(tried.to_dict())
    assert len(shown) == fires
    assert [one.at for one in shown] == sorted((one.at for one in shown), reverse=True)
    assert {one.whose.split(", ")[-1] for one in shown} <= {"Acme", "Tiny"}
    switched_on(rule)
    assert firing.watched(NOW)
    assert [firing.watch(clock=lambda: NOW) for _ in range(2)] == [fires, 0]
    assert WorkflowRun.objects.filter(state="done").count() == fires
    assert Case.objects.filter(reason="risk", account__name="Acme").count() == 1  # one of a customer and reason


def test_a_breached_ticket_that_is_resolved_weeks_later_is_known_still():
    happenings_world()
    switched_on(document(when="ticket.breached", then=[{"do": "open_case", "with": {"reason": "risk"}}]))
    assert firing.watch(clock=lambda: NOW) == 2
    later = NOW + 20 * DAY
    Ticket.objects.update(resolved_at=later - HOUR)
    with CaptureQueriesContext(connection) as asked:
        assert firing.watch(clock=lambda: later) == 0
    assert not [one for one in asked if "INSERT" in one["sql"]]  # nothing is tried that is refused, minute by minute


def test_of_a_flood_each_answer_is_looked_at_by_the_rules_that_may_hold_alone():
    mine = company()
    low = switched_on(document(asks("score", "at_most", 3), name="Low"))
    switched_on(document(asks("score", "at_least", 9), name="High"))
    unhappy, fine = answer(2, by=person("Ada", at=mine)), answer(8, by=person("Bob", at=mine))
    both = [unhappy.pk, fine.pk]
    assert hearing.worth_a_look(both, now=NOW) == {unhappy.pk: [low.pk]}

    late = switched_on(document(asks("open_cases", "at_least", 1), name="Late"))  # a case may be opened meanwhile
    found = hearing.worth_a_look(both, now=NOW)
    assert found == {unhappy.pk: [late.pk, low.pk], fine.pk: [late.pk]}

    hearing.heard("response.scored", response=unhappy.pk, only=found[unhappy.pk], now=NOW)
    opening.from_answer(unhappy.pk, now=NOW)
    assert firing.look(Event.objects.get(kind="rules.look").data, now=NOW) == 2
    assert set(WorkflowRun.objects.values_list("workflow", flat=True)) == {low.pk, late.pk}


def test_the_examples_of_a_dry_run_name_the_customer():
    acme, unnamed = company("Acme"), company("")
    Account.objects.filter(pk=unnamed.pk).update(domain="else.example")
    gone, nobody = person("Eve", at=acme), None
    Contact.objects.filter(pk=gone.pk).update(erased_at=NOW)
    people = (person("Bo", at=acme), person("Cy", at=unnamed), person("Di"), gone, nobody)
    for number, who in enumerate(people):
        answer(number, by=who, at=NOW - number * HOUR)
    found = trying.dry_run(read(document(UNHAPPY)), now=NOW).to_dict()
    shown = trying.examples(found)
    assert [one.whose for one in shown] == ["Bo, Acme", "Cy, else.example", "Di", "Acme", ""]
    assert [one.response.score for one in shown if one.response] == [0, 1, 2, 3, 4]
