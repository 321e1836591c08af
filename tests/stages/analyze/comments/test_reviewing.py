"""People label comments: queues, agreement, the reader measured, a draft previewed, and lessons."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from nineplus.stages.analyze.comments import label_files, labels, previewing, reading, reviewing, teaching, versions
from nineplus.stages.errors import Conflict, NotPossible
from nineplus.store.models import CommentReading, Event, Preference, Response, ThemesVersion, User
from nineplus.text import editing
from tests.stages.analyze.comments.conftest import DEAR, NOW, PRAISE, SLOW, themes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def people(db) -> list[User]:
    return [User.objects.create(email=f"{name}@example.org", name=name, created_at=NOW) for name in ("ana", "bo")]


def test_the_least_sure_comes_first_and_nobody_sees_their_own_again(say, people):
    made = say(SLOW, DEAR, PRAISE)
    reading.follow(now=NOW)
    CommentReading.objects.filter(response=made[1]).update(doubt=0.99)
    [first] = reviewing.waiting(reviewing.UNSURE, by=people[0])
    assert first.response == made[1]
    labels.review(response=made[1].pk, themes=["pricing"], by=people[0], now=NOW)
    assert made[1] not in [one.response for one in reviewing.waiting(reviewing.UNSURE, by=people[0], most=9)]
    assert made[1] in [one.response for one in reviewing.waiting(reviewing.UNSURE, by=people[1], most=9)]
    assert (reviewing.left("unsure", by=people[0]), reviewing.left("unsure", by=people[1])) == (2, 3)
    skipped = [one.response.pk for one in reviewing.waiting("drawn", by=people[0])]
    assert skipped != [one.response.pk for one in reviewing.waiting("drawn", by=people[0], after=skipped)]
    with pytest.raises(NotPossible):
        reviewing.waiting("best", by=None)


def test_the_sample_leaves_out_nothing_and_stays_what_it_is(say, people):
    """What was reviewed because it was doubtful is drawn like any other; without it the reader would look better."""
    [ana, _], made = people, say(SLOW, DEAR)
    reading.follow(now=NOW)
    labels.review(response=made[1].pk, themes=["pricing"], by=ana, now=NOW)
    assert (reviewing.left("unsure", by=ana), reviewing.left("drawn", by=ana)) == (1, 2)
    assert made[1] in [one.response for one in reviewing.waiting("drawn", by=ana, most=9)]
    labels.review(response=made[1].pk, themes=["pricing"], drawn=True, by=ana, now=NOW)
    labels.review(response=made[1].pk, themes=["billing"], by=ana, now=NOW)  # by a program, later
    assert (reviewing.left("drawn", by=ana), reviewing.card().drawn) == (1, 1)
    assert teaching.labels() == 0, "it measures the reader, which must not know it"
    Response.objects.filter(pk=made[1].pk).update(comment="")
    assert reviewing.card().drawn == 0, "what was taken back cannot be read rightly"


@pytest.mark.one_database("with few rows PostgreSQL looks at them all")
@pytest.mark.parametrize(("queue", "index"), [("drawn", "reading_drawn"), ("unsure", "reading_doubt")])
def test_the_next_comment_is_found_without_sorting_all(fast, people, queue, index):
    with CaptureQueriesContext(connection) as asked:
        reviewing.waiting(queue, by=people[0])
    with connection.cursor() as cursor:
        plan = " ".join(str(row) for row in cursor.execute(f"EXPLAIN QUERY PLAN {asked[-1]['sql']}").fetchall())
    assert index in plan
    assert "TEMP B-TREE" not in plan


def test_labels_under_an_older_name_of_a_theme_are_taken_in(say):
    made = say(SLOW, DEAR)
    reading.follow(now=NOW)
    merged = editing.merge(versions.edited(), slugs=["support.speed"], into="support.competence")
    versions.edit(merged, said="Speed goes into competence.", now=NOW)
    versions.apply(now=NOW)
    reading.run(now=NOW)
    Event.objects.all().delete()
    lines = f"text,themes\n{SLOW},support.speed\n{DEAR},nonsense\n{DEAR},pricing\n"
    came = label_files.bring(lines.encode(), by=None, now=NOW)
    assert (came.labelled, came.refused) == (2, [(3, "There is no theme 'nonsense'.")])
    assert Event.objects.filter(kind="mart.stale").count() == 1, "the mart is told of all lines at once"
    assert "support.competence" in themes(made[0])


def test_only_comments_drawn_by_lot_measure_the_reader_and_it_by_itself(say, people):
    made = say(SLOW, SLOW, DEAR, PRAISE)
    reading.follow(now=NOW)
    labels.review(response=made[0].pk, themes=["support.speed"], sentiment="negative", drawn=True, by=None, now=NOW)
    labels.review(response=made[1].pk, themes=["billing"], sentiment="positive", drawn=True, by=None, now=NOW)
    labels.review(response=made[2].pk, themes=[], drawn=False, by=None, now=NOW)
    card = reviewing.card()
    speed = next(one for one in card.themes if one.slug == "support.speed")
    assert (speed.quality.right, speed.quality.wrong, speed.quality.missed) == (1, 1, 0)
    assert speed.precision[0] < 0.5 < speed.precision[1]
    assert (card.drawn, card.reviewed, card.enough) == (2, 3, False)
    assert (card.sentiment_right, card.sentiment_of) == (1, 2)


def test_people_who_labelled_the_same_comments_are_compared(say, people):
    made = say(SLOW, DEAR, PRAISE)
    reading.follow(now=NOW)
    assert reviewing.agreement() == []
    for one, first, second in zip(
        made, (["support.speed"], ["pricing"], []), (["support.speed"], ["pricing"], ["pricing"]), strict=True
    ):
        labels.review(response=one.pk, themes=first, sentiment="negative", by=people[0], now=NOW)
        labels.review(response=one.pk, themes=second, sentiment="negative", by=people[1], now=NOW)
    found = {one.slug: one.found for one in reviewing.agreement()}
    assert found["support.speed"].alpha == 1
    assert 0 < found["pricing"].alpha < 1
    assert found[""] == (None, 1.0, 3)
    assert found["*"].units == 6


def test_a_draft_is_tried_on_past_comments_before_it_is_applied(say):
    made = say(SLOW, DEAR)
    reading.follow(now=NOW)
    changed = editing.add(
        versions.edited(), slug="slowness", name="Slowness", seeds={"en": ["slow"]}, bad=["Everything is slow."]
    )
    versions.edit(changed, said="Added Slowness.", now=NOW)
    assert Event.objects.filter(kind="themes.preview").exists()
    previewing.run(now=NOW)
    told = versions.draft().preview
    [gained] = [one for one in told["changes"] if one["theme"] == "slowness"]
    assert (gained["before"], gained["after"], gained["gains"]) == (0, 1, [made[0].pk])
    assert told["comments"] == 2
    versions.edit(editing.remove(changed, slug="slowness"), said="Removed it.", now=NOW)
    assert versions.draft().preview is None
    assert versions.current().number == 1
    versions.discard()
    previewing.run(now=NOW)


def test_a_lesson_is_measured_first_and_used_only_when_somebody_says_so(say, monkeypatch):
    with pytest.raises(NotPossible, match="no corrections"):
        teaching.ask(now=NOW)
    made = say(SLOW, DEAR, PRAISE)
    reading.follow(now=NOW)
    for one in made:
        labels.label(response=one.pk, themes={"billing": True}, by=None, now=NOW)
    teaching.ask(now=NOW)
    assert teaching.found()["state"] == "waiting"
    with pytest.raises(NotPossible, match="label more"):
        teaching.use(by=None, now=NOW)
    monkeypatch.setattr("nineplus.text.corrections.teach", lesson)
    teaching.learn(now=NOW)
    told = teaching.found()
    assert (told["labels"], told["before"], told["after"], told["themes"]) == (3, 0.25, 0.5, ["Billing and contract"])
    assert versions.current().taught is None
    draft = teaching.use(by=None, now=NOW)
    assert "0.25 → 0.50" in draft.changes[-1]
    versions.apply(now=NOW)
    assert ThemesVersion.objects.get(state="waiting").taught["gain"]["labels"] == 3
    Preference.objects.update(value={**told, "version": 9})
    with pytest.raises(Conflict):
        teaching.use(by=None, now=NOW)


def lesson(said, *, reader, seed):
    """What `teach` would give; it has its own tests, with the encoder."""
    import numpy as np

    from nineplus.text.corrections import Gain, Taught
    from nineplus.text.vectors import ENCODER, WIDTH

    assert [one.theme for one in said] == ["billing"] * 3
    return Taught(ENCODER, {}, {"billing": np.zeros(WIDTH + 1)}, Gain(0.25, 0.5, len(said), ("billing",)))
