"""Comments are read once, by one version at a time, whatever brings, changes or takes them away."""

from __future__ import annotations

import pytest
from django.db import transaction

from nineplus.stages.analyze.comments import labels, meaning, reading, showing, versions
from nineplus.stages.capture.people.erasing import erase
from nineplus.stages.errors import Conflict, NotFound, NotPossible
from nineplus.store.models import (
    CommentReading,
    CommentReview,
    Contact,
    Event,
    Mention,
    Response,
    Revision,
    ThemesVersion,
)
from nineplus.store.referring import take_away, unreferred
from nineplus.text import editing
from tests.stages.analyze.comments.conftest import DEAR, NOW, PRAISE, SLOW, themes

pytestmark = pytest.mark.django_db(transaction=True)


def change(response: Response, **values: object) -> None:
    with transaction.atomic():
        Response.objects.filter(pk=response.pk).update(**values, revision=Revision.next())


def test_what_came_is_read_once_and_what_says_nothing_is_not(say):
    slow, dear, silent = say(SLOW, DEAR, "")
    assert reading.wanted(NOW)
    assert reading.follow(now=NOW) == 2
    assert not reading.wanted(NOW)
    assert reading.follow(now=NOW) == 0
    assert themes(slow) == ["support.speed"]
    assert "pricing" in themes(dear)
    assert not silent.readings.exists()
    [one] = slow.readings.all()
    mention = one.mentions.get(counts=True)
    assert slow.comment[mention.start : mention.stop].lower().startswith("slow response")
    assert (one.sentiment, mention.reasons[0][0]) == ("negative", "words")
    assert Event.objects.filter(kind="mart.stale").exists()


def test_a_changed_comment_is_read_anew_another_change_is_not_and_one_taken_back_is_forgotten(say):
    [one] = say(SLOW)
    reading.follow(now=NOW)
    first = one.readings.get().pk
    change(one, score=5)
    assert reading.follow(now=NOW) == 0
    assert one.readings.get().pk == first
    change(one, comment=DEAR)
    assert reading.follow(now=NOW) == 1
    assert "pricing" in themes(one)
    before = Revision.last()
    change(one, comment="")
    Event.objects.all().delete()
    reading.follow(now=NOW)
    assert Event.objects.filter(kind="mart.stale").exists()
    left = one.readings.get()
    assert (left.empty_because, left.mentions.count()) == ("taken back", 0)
    assert left.revision > before, "the mart must be told"
    assert not reading.wanted(NOW)


def test_portions_of_one_transaction_are_gone_through_to_the_end(say, monkeypatch):
    monkeypatch.setattr(reading, "PORTION", 2)
    monkeypatch.setattr(reading, "_LOOKED_AT", 3)
    made = say(SLOW, "", DEAR, PRAISE, SLOW, "", DEAR)
    assert reading.follow(now=NOW) == 5
    assert CommentReading.objects.count() == 5
    assert all(themes(one) for one in made if one.comment)


def test_stopped_amidst_it_goes_on_where_it_was(say, monkeypatch):
    monkeypatch.setattr(reading, "PORTION", 1)
    say(SLOW, DEAR, PRAISE)
    rounds = iter([False, False, True])
    assert reading.follow(now=NOW, stopping=lambda: next(rounds)) == 2
    assert reading.follow(now=NOW) == 1


def test_a_comment_that_changes_while_it_is_read_is_read_as_it_is_in_the_end(say, monkeypatch):
    [one] = say(SLOW)
    real = reading.read

    def meanwhile(version, rows):
        found = real(version, rows)
        if any(row["comment"] == SLOW for row in rows):
            change(one, comment=DEAR)
        return found

    monkeypatch.setattr(reading, "read", meanwhile)
    reading.follow(now=NOW)
    assert "pricing" in themes(one)


def test_the_next_version_is_in_force_when_all_is_read_and_not_before(say, monkeypatch):
    monkeypatch.setattr(reading, "PORTION", 1)
    slow, _, dear = say(SLOW, PRAISE, DEAR)
    reading.follow(now=NOW)
    kept = editing.merge(versions.edited(), slugs=["support.speed"], into="support.competence")
    versions.edit(kept, said="Speed goes into competence.", now=NOW)
    assert versions.current().number == 1
    with pytest.raises(NotFound):
        versions.cancel(number=9, now=NOW)
    one = versions.apply(now=NOW)
    rounds = iter([False, True])
    assert not reading.run(now=NOW, stopping=lambda: next(rounds, True))
    assert themes(slow) == ["support.speed"], "the version before, whole"
    say(SLOW)  # one that comes meanwhile is read by both
    assert reading.run(now=NOW)
    assert versions.current().number == one.number
    assert themes(slow) == ["support.competence"]
    assert "pricing" in themes(dear)
    done = versions.current()
    assert (done.read, done.of, done.state) == (4, 4, "done")
    with pytest.raises(Conflict):
        versions.cancel(number=one.number, now=NOW)


def test_a_later_version_overtakes_and_a_cancelled_one_leaves_all_as_it_was(say):
    say(SLOW)
    reading.follow(now=NOW)
    versions.start_from("telecom", now=NOW)
    versions.apply(now=NOW)
    versions.start_from("retail", now=NOW)
    last = versions.apply(now=NOW)
    assert reading.run(now=NOW)
    assert versions.current() == last
    assert [one.state for one in versions.versions()] == ["done", "cancelled", "done"]
    versions.start_from("saas", now=NOW)
    gone = versions.apply(now=NOW)
    versions.cancel(number=gone.number, now=NOW)
    assert reading.run(now=NOW)
    assert versions.current() == last
    with pytest.raises(NotFound):
        versions.apply(now=NOW)


def test_only_what_is_shown_and_the_version_before_is_kept(say):
    say(SLOW, DEAR)
    reading.follow(now=NOW)
    for pack in ("telecom", "retail"):
        versions.start_from(pack, now=NOW)
        versions.apply(now=NOW)
        reading.run(now=NOW)
    assert CommentReading.objects.count() == 6
    while versions.forget_old():
        pass
    assert CommentReading.objects.count() == 4
    assert not CommentReading.objects.filter(version__number=1).exists()


def test_a_draft_that_changes_nothing_is_not_applied_and_a_file_that_is_none_is_refused(fast):
    with pytest.raises(NotPossible, match="no themes"):
        versions.bring({"title": "Empty"}, now=NOW)
    with pytest.raises(NotPossible, match="cannot name a theme"):
        versions.bring({"theme": [{"slug": "No!", "name": "No"}]}, now=NOW)
    versions.edit(versions.edited(), said="Nothing.", now=NOW)
    with pytest.raises(Conflict, match="in force"):
        versions.apply(now=NOW)
    versions.discard()
    assert versions.draft() is None
    with pytest.raises(NotFound):
        versions.discard()


def test_a_persons_word_wins_at_once_and_in_every_version_and_can_be_taken_back(say):
    [slow] = say(SLOW)
    reading.follow(now=NOW)
    labels.label(response=slow.pk, themes={"support.speed": False, "billing": True}, by=None, now=NOW)
    assert themes(slow) == ["billing"]
    versions.edit(editing.rename(versions.edited(), slug="billing", name="Invoices"), said="Renamed.", now=NOW)
    versions.apply(now=NOW)
    reading.run(now=NOW)
    assert themes(slow) == ["billing"]
    assert Mention.objects.filter(theme="support.speed", model=True, counts=False).count() == 2
    labels.take_back(response=slow.pk, by=None, now=NOW)
    assert themes(slow) == ["support.speed"]


def test_a_review_says_all_and_what_it_leaves_out_is_wrong(say):
    both, silent = say(SLOW + " " + DEAR, "")
    reading.follow(now=NOW)
    found = labels.review(response=both.pk, themes=["pricing"], sentiment="mixed", by=None, now=NOW)
    assert themes(both) == ["pricing"]
    assert (found.said, found.sentiment) == ("mixed", "negative")
    assert [one.sentiment for one in showing.shown([both.pk])[both.pk].themes] == ["negative"]
    labels.review(response=both.pk, themes=["pricing"], sentiment="positive", by=None, now=NOW)
    assert [one.sentiment for one in showing.shown([both.pk])[both.pk].themes] == ["positive"]
    with pytest.raises(NotPossible, match="no comment"):
        labels.review(response=silent.pk, themes=[], by=None, now=NOW)
    with pytest.raises(NotFound):
        labels.label(response=both.pk, themes={"nonsense": True}, by=None, now=NOW)
    with pytest.raises(NotPossible, match="sentiment"):
        labels.review(response=both.pk, themes=[], sentiment="angry", by=None, now=NOW)


def test_an_answer_goes_with_what_was_read_in_it(say):
    [one] = say(SLOW)
    reading.follow(now=NOW)
    labels.label(response=one.pk, themes={"billing": True}, by=None, now=NOW)
    assert list(unreferred(Response.objects.all())) == [one]
    take_away(Response, [one.pk])
    assert not CommentReading.objects.exists()
    assert not Mention.objects.exists()


def test_a_score_that_contradicts_the_words_is_marked(say):
    [one] = say("Terrible support, awful product, very disappointed.", score=10)
    reading.follow(now=NOW)
    assert one.readings.get().contradicts
    Event.objects.all().delete()
    change(one, score=2)
    before = Revision.last()
    assert reading.follow(now=NOW) == 0
    told = one.readings.get()
    assert (told.contradicts, told.revision > before) == (False, True)
    assert Event.objects.filter(kind="mart.stale").exists()


def test_what_is_erased_while_it_is_read_leaves_no_meaning(say, monkeypatch):
    """The vectors are kept before the readings: those of a comment that went in between must go with it."""
    [one] = say(SLOW)
    kept: set[int] = set()
    real = reading.read

    def meanwhile(version, rows):
        found, _ = real(version, rows)
        if rows:
            change(one, comment="")
        return found, {row["pk"]: [] for row in rows}

    monkeypatch.setattr(reading, "read", meanwhile)

    def put(rows, *, gone=()):
        kept.update(rows)
        kept.difference_update(gone)

    monkeypatch.setattr(meaning, "put", put)
    reading.follow(now=NOW)
    assert not kept
    assert one.readings.get().empty_because == "taken back"


def test_of_whoever_was_erased_no_version_keeps_words(say):
    [one] = say(SLOW)
    person = Contact.objects.create(external_id="c", name="Ada", created_at=NOW, revision=0)
    change(one, contact=person)
    reading.follow(now=NOW)
    versions.again(now=NOW)
    reading.run(now=NOW)
    assert one.readings.count() == 2
    erase(contact=person.pk, now=NOW)
    [left] = one.readings.all()
    assert (left.version.current, left.clauses, Mention.objects.count()) == (True, [], 0)
    reading.follow(now=NOW)
    [left] = one.readings.all()
    assert (left.digest, left.empty_because) == ("", "taken back")


def test_no_version_comes_into_force_that_leaves_comments_without_meaning(say, monkeypatch):
    """Only the version in force keeps vectors: what the next one alone has read would never be found by meaning."""
    say(SLOW)
    reading.follow(now=NOW)
    first = versions.current()
    versions.again(now=NOW)
    say(DEAR)
    follow, rounds = reading.follow, iter([True])
    monkeypatch.setattr(reading, "follow", lambda **how: 0 if next(rounds, False) else follow(**how))
    assert reading.run(now=NOW)
    assert versions.current() != first
    assert CommentReading.objects.filter(version=first).count() == 2


def test_what_was_taught_is_kept_as_plain_data(fast):
    import numpy as np

    from nineplus.text.corrections import Gain, Taught
    from nineplus.text.vectors import ENCODER, WIDTH

    taught = Taught(ENCODER, {}, {"billing": np.linspace(-1, 1, WIDTH + 1)}, Gain(0.5, 0.625, 40, ("billing",)))
    back = versions.taught_from(versions.taught_data(taught))
    assert np.allclose(back.weights["billing"], taught.weights["billing"], atol=1e-3)
    assert back.gain == taught.gain
    assert versions.taught_from({**versions.taught_data(taught), "encoder": "another"}) is None
    assert ThemesVersion.objects.count() == 1


def test_a_search_finds_what_means_the_same_and_forgets_with_the_comment(say, settings, tmp_path, monkeypatch):
    import numpy as np

    def vectors(texts):
        """A meaning of two: is it about money?"""
        rows = np.zeros((len(texts), 512), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[int("expensive" in text or "cost" in text)] = 1
        return rows

    settings.HOME = tmp_path
    monkeypatch.setattr("nineplus.text.vectors.vectors", vectors)
    with pytest.raises(NotPossible, match="by meaning"):
        meaning.search("costs")
    slow, dear, _ = say(SLOW, DEAR, DEAR)
    meaning.put({slow.pk: vectors([SLOW]), dear.pk: vectors([DEAR, "cost"])})
    assert meaning.search("what it costs") == [dear.pk]
    meaning.put({slow.pk: vectors([DEAR])}, gone=[dear.pk])
    assert meaning.search("what it costs") == [slow.pk]
    take_away(Response, [slow.pk])
    meaning.tidy()
    with pytest.raises(NotPossible):
        meaning.search("anything")
    reading.follow(now=NOW)
    assert meaning.lost()
    monkeypatch.setattr(meaning, "_PORTION", 1)
    reading.follow(now=NOW)
    rounds = iter([False])
    assert meaning.rebuild(stopping=lambda: next(rounds, True)) == 1
    assert meaning.lost(), "it is not whole yet"
    assert meaning.rebuild() == 1
    assert len(meaning.search("what it costs")) == 2
    assert not meaning.lost()


def test_what_people_said_goes_with_the_comment_it_was_said_of(say):
    [one] = say(SLOW)
    reading.follow(now=NOW)
    labels.review(response=one.pk, themes=["billing"], drawn=True, by=None, now=NOW)
    change(one, score=1)
    reading.follow(now=NOW)
    assert themes(one) == ["billing"], "the comment is the same"
    change(one, comment=DEAR)
    reading.follow(now=NOW)
    assert "billing" not in themes(one)
    assert not CommentReview.objects.exists()


def test_a_newer_reader_is_offered_and_reads_all_anew_by_the_same_themes(say, monkeypatch):
    say(SLOW)
    reading.follow(now=NOW)
    assert not versions.outdated()
    monkeypatch.setattr(versions, "EDITION", versions.EDITION + 1)
    assert versions.outdated()
    versions.again(now=NOW)
    assert reading.run(now=NOW)
    assert not versions.outdated()
    assert versions.current().document["theme"] == ThemesVersion.objects.get(number=1).document["theme"]
