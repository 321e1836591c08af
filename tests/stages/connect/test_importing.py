"""An import, from the file to the store and back: nothing twice, nothing half, nothing lost."""

from __future__ import annotations

import csv
import errno
import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.db.utils import OperationalError

from nineplus.connectors.files import Mapping
from nineplus.stages.capture.people.erasing import erase
from nineplus.stages.connect import imports
from nineplus.stages.errors import Conflict, NotFound, NotPossible
from nineplus.store import models
from tests.stages.connect.common import NOW, state_of_store

ANSWERS = "response id,customer id,company,score,comment,date,region\n" + "".join(
    f"R{i},C{i % 4},A{i % 2},{i % 11},{'n/a' if i == 3 else 'was fine'},2024-03-{i + 1:02} 10:00,{'NS'[i % 2]}\n"
    for i in range(25)
)


def many(rows: int, start: int = 0) -> str:
    lines = (f"R{i},{i % 11},2024-01-{i % 28 + 1:02}" for i in range(start, start + rows))
    return "id,score,date\n" + "\n".join(lines) + "\n"


@pytest.mark.django_db
def test_rows_people_companies_surveys_and_attributes_come_in(bring):
    one = bring(ANSWERS)
    assert (one.state, one.rows_added, one.rows_refused, one.rows_total) == ("done", 25, 0, 25)
    answer = models.Response.objects.get(external_id="R3")
    assert (answer.score, answer.comment, answer.comment_raw) == (3, "", "n/a")
    assert (answer.account.external_id, answer.contact.external_id, answer.contact.account) == (
        "A1",
        "C3",
        answer.account,
    )
    assert answer.answered_at == datetime(2024, 3, 4, 10, tzinfo=UTC)
    assert answer.attributes == {"region": "S"}
    assert answer.survey.name == "Imported answers"
    assert answer.added_by == one
    assert models.Attribute.objects.get().label == "region"
    assert answer.revision == models.Revision.last()
    assert models.Event.objects.filter(kind="mart.stale").exists()


@pytest.mark.django_db
def test_the_same_file_twice_changes_nothing(bring):
    bring(ANSWERS)
    before, revision = state_of_store(), set(models.Response.objects.values_list("revision", flat=True))
    again = bring(ANSWERS)
    assert (again.rows_added, again.rows_changed, again.rows_same) == (0, 0, 25)
    assert state_of_store() == before
    assert set(models.Response.objects.values_list("revision", flat=True)) == revision


@pytest.mark.django_db
def test_rows_without_ids_twice_change_nothing_either(bring):
    text = "score,date,region\n9,2024-01-02,N\n9,2024-01-02,N\n4,2024-01-03,S\n"
    assert bring(text).rows_added == 3
    again = bring(text + "5,2024-01-04,S\n")
    assert (again.rows_added, again.rows_same) == (1, 3)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("accounts", "account id,name,created at,plan\nA1,Ada,2024-01-02,pro\nA2,Bob,2024-01-03,\n"),
        ("accounts", "account id,name,renewal date\nA1,Ada,2027-01-31\nA2,Bob,\n"),
        ("contacts", "contact id,email,name,company\nC1,a@example.org,Ada,A1\n"),
        (
            "tickets",
            "ticket id,created at,closed at,company,priority,reopens,escalated,x\n"
            "T1,2024-01-02 10:00,2024-01-03,A1,high,1,yes,q\n",
        ),
        (
            "movements",
            "id,account,subscription,date,type,amount,currency\nM1,A1,S1,2024-01-02,new,10.50,EUR\nM2,A1,S1,2024-02-02,churn,10.50,EUR\n",
        ),
        (
            "movements",
            "id,account,subscription,date,type,amount,currency,renews at\nM1,A1,S1,2024-01-02,new,1,EUR,2027-01-31\n",
        ),
        (
            "invitations",
            "invitation id,survey,contact id,sent at,status,reason\n"
            "I1,Q1,C1,2024-01-02 10:00,sent,\nI2,Q1,C2,,skipped,\n",
        ),
    ],
)
def test_every_kind_comes_in_once_and_goes_whole(bring, kind, text):
    before = state_of_store()
    one = bring(text, kind)
    assert (one.state, one.error, one.rows_refused) == ("done", "", 0)
    assert one.rows_added == text.count("\n") - 1
    after = state_of_store()
    again = bring(text, kind)
    assert (again.rows_added, again.rows_changed) == (0, 0)
    assert state_of_store() == after
    assert imports.undo(one.pk, now=NOW).state == "undone"
    assert state_of_store() == before


@pytest.mark.django_db
def test_another_score_in_a_file_is_told_and_so_is_its_return(bring):
    bring("id,score,date\nR1,3,2024-01-02\nR2,9,2024-01-02\n")
    told = models.Event.objects.filter(kind="response.changed")
    assert not told.exists()
    one = bring("id,score,comment,date\nR1,9,Better,2024-01-02\nR2,9,Fine,2024-01-02\n")
    answer = models.Response.objects.get(external_id="R1")
    assert [event.data["response"] for event in told] == [answer.pk]
    imports.undo(one.pk, now=NOW)
    assert [event.data["response"] for event in told.all()] == [answer.pk] * 2


@pytest.mark.django_db
def test_a_file_of_accounts_says_when_they_renew(bring):
    bring("account id,name,renewal date\nA1,Ada,2027-01-31\nA2,Bob,\n", "accounts")
    one = bring("account id,name,renewal date\nA1,Ada,2028-01-31\nA2,Bob,\n", "accounts")
    renewing = models.Subscription.objects.values_list("account__external_id", "renews_at__year")
    assert list(renewing) == [("A1", 2028)]
    imports.undo(one.pk, now=NOW)
    assert list(renewing.all()) == [("A1", 2027)]


@pytest.mark.django_db
def test_undo_puts_everything_back_and_tells_the_mart(bring):
    bring("account id,name,plan\nA0,Zero,basic\n", "accounts")
    before = state_of_store()
    one = bring("account id,name,plan,size\nA0,Nought,pro,big\nA1,One,pro,big\n", "accounts")
    assert (one.rows_added, one.rows_changed) == (1, 1)
    assert models.Account.objects.get(external_id="A0").attributes == {"plan": "pro", "size": "big"}
    removed = models.Account.objects.get(external_id="A1").pk
    written = models.Revision.last()
    imports.undo(one.pk, now=NOW)
    assert state_of_store() == before
    assert models.Removal.objects.filter(table="account", row=removed).exists()
    assert models.Account.objects.get(external_id="A0").revision > written
    assert imports.undo(one.pk, now=NOW).state == "undone"


@pytest.mark.django_db
def test_undo_leaves_what_others_changed_since_or_build_on_and_says_so(bring):
    first = bring("score,date,company\n9,2024-01-02,A0\n8,2024-01-03,A1\n7,2024-01-04,A2\n")
    bring("account id,name\nA0,Zero\n", "accounts")
    bring("ticket id,created at,company\nT1,2024-01-02,A1\n", "tickets")
    undone = imports.undo(first.pk, now=NOW)
    assert set(models.Account.objects.values_list("external_id", flat=True)) == {"A0", "A1"}
    assert not models.Response.objects.exists()
    assert {note["code"]: note["rows"] for note in undone.report["notes"]}["undo_kept"] == 2


@pytest.mark.django_db
def test_undo_in_reverse_order_leaves_nothing(bring):
    before = state_of_store()
    first = bring("score,date,company\n9,2024-01-02,A0\n")
    second = bring("account id,name\nA0,Zero\n", "accounts")
    third = bring("account id,name\nA0,Nought\n", "accounts")
    for one in (third, second, first):
        imports.undo(one.pk, now=NOW)
    assert state_of_store() == before


@pytest.mark.django_db
def test_a_file_speaks_only_of_its_own_columns(bring):
    bring("account id,name,domain\nA0,Zero,zero.example\n", "accounts")
    one = bring("account id,plan\nA0,pro\nA1,pro\n", "accounts")
    assert (one.rows_added, one.rows_changed) == (1, 1)
    assert models.Account.objects.values_list("name", "domain", "attributes").get(external_id="A0") == (
        "Zero",
        "zero.example",
        {"plan": "pro"},
    )


@pytest.mark.django_db
def test_attributes_are_frozen_when_the_answer_comes_in(bring):
    bring("account id,plan,region\nA0,pro,N\n", "accounts")
    bring("contact id,company,role,region\nC0,A0,boss,S\n", "contacts")
    bring("id,score,date,customer id,role\nR0,9,2024-01-02,C0,buyer\n")
    frozen = {"plan": "pro", "region": "S", "role": "buyer"}
    assert models.Response.objects.get().attributes == frozen
    assert models.Response.objects.get().account.external_id == "A0"
    bring("account id,plan\nA0,basic\n", "accounts")
    again = bring("id,score,date,customer id,role\nR0,9,2024-01-02,C0,buyer\n")
    assert again.rows_same == 1
    assert models.Response.objects.get().attributes == frozen
    bring("id,score,date,customer id,role\nR0,8,2024-01-02,C0,user\n")
    assert models.Response.objects.values_list("score", "attributes").get() == (8, frozen | {"role": "user"})


@pytest.mark.django_db
def test_people_are_found_by_their_address(bring):
    bring("contact id,email\nC0,Anna@example.org\n", "contacts")
    bring("id,score,date,email\nR0,9,2024-01-02,anna@example.org\n")
    assert models.Response.objects.get().contact.external_id == "C0"
    assert bring("id,score,date,email\nR0,9,2024-01-02,anna@example.org\n").rows_same == 1
    assert models.Contact.objects.count() == 1


@pytest.mark.django_db
def test_answers_may_come_before_their_tickets_but_events_may_not(bring):
    bring("id,score,date,ticket id\nR0,9,2024-01-02,T0\nR1,9,2024-01-02,T9\n")
    assert not models.Response.objects.exclude(ticket=None).exists()
    events = "ticket id,timestamp,event\nT0,2024-01-02 10:00,reopened\nT9,2024-01-02 11:00,reply\n"
    assert bring(events, "ticket_events").rows_refused == 2
    bring("ticket id,created at\nT0,2024-01-01\n", "tickets")
    assert models.Response.objects.get(external_id="R0").ticket.external_id == "T0"
    assert models.Response.objects.get(external_id="R1").raw == {"ticket": "T9"}
    one = bring(events, "ticket_events")
    assert (one.rows_added, one.rows_refused) == (1, 1)
    assert bring(events, "ticket_events").rows_same == 1


@pytest.mark.django_db
def test_a_dry_run_says_what_the_run_does_and_writes_nothing(bring):
    bring(ANSWERS)
    changed = (
        ANSWERS.replace("R7,C3,A1,7", "R7,C3,A1,9")
        + "R90,C1,A1,11,x,2024-03-01 10:00,N\nR91,C1,A1,10,x,2024-03-01 10:00,N\n"
    )
    one = bring(changed, go=False)
    before = state_of_store()
    report = imports.dry_run(one.pk)
    assert (report.added, report.changed, report.same, report.refused) == (1, 1, 24, 1)
    assert report.examples[0].line == 27
    assert state_of_store() == before
    one = imports.run(one.pk, now=NOW)
    assert (one.rows_added, one.rows_changed, one.rows_same, one.rows_refused) == (1, 1, 24, 1)


@pytest.mark.django_db
def test_refused_rows_can_be_taken_home_mended_and_sent_again(bring):
    one = bring('id,score,date,comment\nR1,11,2024-01-02,=cmd()\nR2,9,2024-01-02,fine\nR3,"9,5",2024-01-02,x\n')
    rows = list(csv.DictReader(StringIO("".join(imports.refused_csv(one.pk)))))
    assert [(row["line"], row["id"], row["comment"]) for row in rows] == [("2", "R1", "'=cmd()"), ("4", "R3", "x")]
    assert "outside 0 to 10" in rows[0]["reason"]
    mended = "id,score,date,comment\n" + "".join(f"{r['id']},9,{r['date']},{r['comment']}\n" for r in rows)
    assert bring(mended).rows_added == 2


@pytest.mark.django_db
def test_cancel_stops_between_steps_and_the_rest_can_follow(bring, small_steps):
    one = bring(many(35), go=False)
    seen = []

    def progress(done, total):
        seen.append((done, total))
        if done == 20:
            imports.cancel(one.pk)

    stopped = imports.run(one.pk, now=NOW, progress=progress)
    assert (stopped.state, stopped.rows_added) == ("cancelled", 20)
    assert seen == [(10, 35), (20, 35)]
    imports.resume(one.pk, now=NOW, hand_on=False)
    done = imports.run(one.pk, now=NOW)
    assert (done.state, done.rows_added, done.rows_same) == ("done", 35, 0)


@pytest.mark.django_db
def test_a_worker_that_must_stop_leaves_the_import_waiting(bring, small_steps):
    one = bring(many(35), go=False)
    assert imports.run(one.pk, now=NOW, stopping=lambda: True).state == "waiting"
    assert imports.run(one.pk, now=NOW).rows_added == 35


@pytest.mark.django_db
def test_a_full_disk_ends_the_import_with_a_sentence_and_no_half_step(bring, small_steps, monkeypatch):
    from nineplus.stages.connect import bulk

    one = bring(many(35), go=False)
    honest, steps = bulk.insert_new, []

    def full(model, *rest):
        if model is models.Response:
            steps.append(model)
            if len(steps) == 3:
                honest(model, *rest)
                raise OperationalError("database or disk is full")
        return honest(model, *rest)

    monkeypatch.setattr(bulk, "insert_new", full)
    failed = imports.run(one.pk, now=NOW)
    assert (failed.state, failed.rows_added, models.Response.objects.count()) == ("failed", 20, 20)
    assert "disk is full" in failed.error
    imports.resume(one.pk, now=NOW, hand_on=False)
    assert imports.run(one.pk, now=NOW).rows_added == 35
    assert models.Response.objects.count() == 35


if "NINEPLUS_DATABASE_URL" not in os.environ:  # SQLite can be told how large its file may grow

    @pytest.mark.django_db(transaction=True)
    def test_sqlite_really_full(bring, small_steps):
        bring(many(30))
        one = bring(many(400, start=100), go=False)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM")  # pages that earlier tests left free would take it all
            pages = cursor.execute("PRAGMA page_count").fetchone()[0]
            cursor.execute(f"PRAGMA max_page_count = {pages + 10}")
        try:
            failed = imports.run(one.pk, now=NOW)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA max_page_count = 1073741823")
        assert failed.state == "failed"
        assert "disk is full" in failed.error
        assert models.Response.objects.count() == 30 + imports.get(one.pk).rows_added < 430
        imports.undo(one.pk, now=NOW)
        assert models.Response.objects.count() == 30


@pytest.mark.django_db
def test_a_disk_full_while_receiving_leaves_no_file(bring):
    class Cut(BytesIO):
        def read(self, *size):
            raise OSError(errno.ENOSPC, "No space left on device")

    before = set(imports.folder().iterdir()) if imports.folder().exists() else set()
    with pytest.raises(NotPossible, match="disk is full"):
        imports.receive(Cut(), file_name="a.csv", now=NOW)
    with pytest.raises(NotPossible, match="empty"):
        imports.receive(BytesIO(b""), file_name="a.csv", now=NOW)
    assert set(imports.folder().iterdir()) == before
    assert not models.Import.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_lose_and_double_nothing(bring, small_steps):
    first, second = bring(many(120), name="a.csv", go=False), bring(many(120, start=60), name="b.csv", go=False)

    def run(pk):
        try:
            imports.run(pk, now=NOW)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(one.pk,)) for one in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    ours = [imports.get(one.pk) for one in (first, second)]
    assert [(one.state, one.error) for one in ours] == [("done", ""), ("done", "")]
    assert models.Response.objects.count() == 180 == sum(one.rows_added for one in ours)
    assert sum(one.rows_same for one in ours) + sum(one.rows_changed for one in ours) == 60


CHILD = """
import sys
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
import django; django.setup()
from datetime import UTC, datetime
from nineplus.connectors.files import csv
csv.BATCH = 10
from nineplus.stages.connect import imports
now = datetime(2026, 7, 1, tzinfo=UTC)
imports.run(int(sys.argv[2]), now=now, progress=lambda done, total: print(done, flush=True))
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("steps", [4])
def test_killed_at_any_moment_it_goes_on_without_loss(bring, small_steps, steps):
    one = bring(many(300) + "R5,3,2024-01-01\nR9999,11,2024-01-01\n", go=False)
    child = [sys.executable, "-c", CHILD, str(connection.settings_dict["NAME"]), str(one.pk)]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "nineplus.settings", "NINEPLUS_HOME": str(settings.HOME)}
    with subprocess.Popen(child, env=environment, stdout=subprocess.PIPE, text=True) as process:
        for _ in range(steps):
            assert process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    killed = imports.get(one.pk)
    assert killed.state == "running"
    assert 10 * steps <= killed.rows_added == models.Response.objects.count() < 300
    done = imports.run(one.pk, now=NOW)
    assert (done.state, done.rows_added, done.rows_same, done.rows_refused) == ("done", 300, 0, 2)
    assert models.Response.objects.count() == 300
    assert models.ImportRow.objects.filter(source_import=one).count() == 2


@pytest.mark.django_db
def test_what_cannot_be_is_told(bring):
    with pytest.raises(NotFound, match="no import 4711"):
        imports.get(4711)
    with pytest.raises(NotPossible, match="source"):
        imports.receive(BytesIO(b"a,b\n1,2\n"), source="Not a slug", now=NOW)
    draft = imports.receive(
        BytesIO(b"score\n" + b"3\n5\n" * 20), file_name="..\\..\\etc/stars.csv", kind="responses", now=NOW
    )
    assert draft.file_name == "stars.csv"
    mapping = imports.propose(draft.pk)
    with pytest.raises(NotPossible, match="1 to 5"):
        imports.confirm(draft.pk, mapping, now=NOW)
    with pytest.raises(Conflict):
        imports.undo(draft.pk, now=NOW)
    imports.discard(draft.pk)
    done = bring(many(3))
    with pytest.raises(Conflict):
        imports.confirm(done.pk, Mapping.from_dict(done.mapping), now=NOW)
    (imports.folder() / done.stored_as).unlink()
    with pytest.raises(NotPossible, match="no longer kept"):
        imports.opened(done)
    assert len(list(imports.refused_csv(done.pk))) == 1


@pytest.mark.django_db
def test_confirming_hands_the_import_to_the_worker_once(bring):
    one = imports.receive(BytesIO(many(3).encode()), file_name="a.csv", kind="responses", now=NOW)
    imports.confirm(one.pk, imports.propose(one.pk), now=NOW)
    assert [event.data for event in models.Event.objects.filter(kind="import.confirmed")] == [{"import": one.pk}]
    imports.cancel(one.pk)
    stopped = imports.run(one.pk, now=NOW)  # the event still reaches the worker
    assert (stopped.state, stopped.rows_added, models.Response.objects.count()) == ("cancelled", 0, 0)


@pytest.mark.django_db
def test_an_import_whose_process_died_can_be_cancelled_and_undone(bring, small_steps):
    one = bring(many(35), go=False)

    def dies(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        imports.run(one.pk, now=NOW, progress=dies)
    assert imports.get(one.pk).state == "running"
    with pytest.raises(Conflict, match="Cancel it first"):
        imports.undo(one.pk, now=NOW)
    assert imports.cancel(one.pk, now=NOW).state == "cancelled"
    assert imports.undo(one.pk, now=NOW).state == "undone"
    assert not models.Response.objects.exists()


@pytest.mark.django_db
def test_what_was_never_confirmed_is_discarded_not_cancelled(bring):
    one = imports.receive(BytesIO(many(3).encode()), file_name="a.csv", kind="responses", now=NOW)
    imports.propose(one.pk)
    with pytest.raises(Conflict, match="Discard"):
        imports.cancel(one.pk)
    with pytest.raises(Conflict, match="nothing to go on with"):
        imports.resume(one.pk, now=NOW)
    imports.discard(one.pk)
    with pytest.raises(NotFound):
        imports.get(one.pk)
    done = bring(many(3))
    with pytest.raises(Conflict, match="undo it instead"):
        imports.discard(done.pk)
    assert imports.opened(done).columns == ("id", "score", "date")


@pytest.mark.django_db
def test_a_dry_run_refuses_the_events_that_the_run_would_refuse(bring, tmp_path):
    bring("ticket,opened_at\nT1,2024-01-02 10:00\n", "tickets")
    path = tmp_path / "events.csv"
    path.write_text("ticket,at,kind\nT1,2024-01-02 11:00,reply\nT9,2024-01-02 11:00,reply\n")
    one = imports.receive(path, kind="ticket_events", now=NOW)
    mapping = imports.propose(one.pk)
    report = imports.dry_run(one.pk, mapping)
    assert (report.added, report.refused, [row.code for row in report.examples]) == (1, 1, ["ticket_unknown"])
    imports.confirm(one.pk, mapping, now=NOW, hand_on=False)
    done = imports.run(one.pk, now=NOW)
    assert (done.rows_added, done.rows_refused) == (report.added, report.refused)


@pytest.mark.django_db
def test_mappings_are_kept_by_name(bring):
    mapping = Mapping.from_dict(bring(many(3)).mapping)
    imports.save_mapping("monthly", mapping, now=NOW)
    imports.save_mapping("monthly", mapping, now=NOW)
    assert [(saved.kind, saved.name) for saved in imports.saved_mappings("responses")] == [("responses", "monthly")]
    assert Mapping.from_dict(imports.saved_mappings()[0].mapping).columns == mapping.columns
    assert not imports.saved_mappings("tickets")


@pytest.mark.django_db
def test_sources_do_not_mix(bring):
    bring(many(3))
    other = bring(many(3), source="delighted")
    assert other.rows_added == 3
    assert models.Response.objects.count() == 6


@pytest.mark.django_db
def test_real_company_with_tickets_and_money(bring):
    folder = Path(__file__).parents[3].parent / "shared" / "data" / "saas_ravenstack"
    if not folder.is_dir():
        pytest.skip("the folder ../shared/data with real files is not on this machine")
    before = state_of_store()
    done = []
    for kind, name in (("accounts", "accounts"), ("tickets", "support_tickets"), ("movements", "subscriptions")):
        done.append(bring((folder / f"ravenstack_{name}.csv").read_text(), kind))
    assert [(one.state, one.rows_added, one.rows_refused) for one in done] == [
        ("done", 500, 0),
        ("done", 2000, 0),
        ("done", 5486, 0),
    ]
    assert models.Account.objects.count() == 500
    assert not models.Ticket.objects.filter(account=None).exists()
    for one in reversed(done):
        imports.undo(one.pk, now=NOW)
    assert state_of_store() == before


@pytest.mark.django_db
def test_a_database_locked_by_a_backup_costs_a_pause_not_rows(bring, small_steps, monkeypatch):
    one = bring(many(25), go=False)
    honest = models.Revision.next
    calls = []

    def locked():
        calls.append(None)
        if len(calls) == 2:
            raise OperationalError("database is locked")
        return honest()

    monkeypatch.setattr(models.Revision, "next", locked)
    stopped = imports.run(one.pk, now=NOW)
    assert (stopped.state, stopped.rows_added) == ("failed", 10)
    assert "locked" in stopped.error
    assert imports.run(one.pk, now=NOW).rows_added == 25


@pytest.mark.django_db
def test_a_second_process_on_the_same_import_gives_way(bring, small_steps):
    one = bring(many(35), go=False)

    def overtaken(done, total):
        if done == 10:
            models.Import.objects.filter(pk=one.pk).update(line=999)

    left = imports.run(one.pk, now=NOW, progress=overtaken)
    assert (left.state, left.line, left.rows_added) == ("running", 999, 10)
    assert models.Response.objects.count() == 10


@pytest.mark.django_db
def test_of_whoever_was_erased_nothing_comes_back_and_no_refused_row_is_kept(bring):
    people = "contact id,email,name\nC1,ada@customer.example,Ada\nC2,bob@customer.example,Bob\n"
    bring(people, "contacts")
    bad = bring(
        "contact id,email,score,date\nC1,Ada@Customer.example,11,2024-01-02\nC2,bob@customer.example,12,2024-01-02\n"
    )
    assert bad.rows_refused == 2
    erase(contact=models.Contact.objects.get(external_id="C1").pk, now=NOW)
    assert sorted(bad.refused.values_list("code", flat=True)) == ["erased", "score_out_of_range"]
    assert not [row for row in bad.refused.values("row", "reason") if "ada" in str(row).casefold()]

    again = bring(people, "contacts")
    assert (again.rows_added, again.rows_same, again.rows_refused) == (0, 1, 1)
    of_ada, of_bob = "R1,ada@customer.example,9,It is Ada,2024-01-02", "R2,bob@customer.example,8,,2024-01-02"
    answers = f"response id,email,score,comment,date\n{of_ada}\n{of_bob}\n"
    answered = bring(answers)
    assert (answered.rows_added, answered.rows_refused) == (1, 1)
    tickets = "ticket id,created at,email,contact name\nT1,2024-01-02,ada@customer.example,Ada\n"
    assert bring(tickets, "tickets").rows_added == 1
    assert models.Ticket.objects.get().contact is None
    assert set(models.Contact.objects.values_list("name", "email")) == {("", ""), ("Bob", "bob@customer.example")}
    listed = "".join(imports.refused_csv(answered.pk))
    assert "Ada" not in listed
    assert "whoever was erased stays away" in listed


@pytest.mark.django_db
def test_whoever_was_erased_without_an_address_is_known_by_their_id(bring):
    people = "contact id,name\nC1,Ada\nC2,Bob\n"
    bring(people, "contacts")
    erase(contact=models.Contact.objects.get(external_id="C1").pk, now=NOW)
    again = bring(people, "contacts")
    assert (again.rows_added, again.rows_same, again.rows_refused) == (0, 1, 1)
    answered = bring("response id,contact id,score,date\nR1,C1,9,2024-01-02\nR2,C2,8,2024-01-02\n")
    assert (answered.rows_added, answered.rows_refused) == (1, 1)
    assert bring("ticket id,created at,contact id\nT1,2024-01-02,C1\n", "tickets").rows_added == 1
    assert models.Ticket.objects.get().contact is None
    assert set(models.Contact.objects.values_list("name", flat=True)) == {"", "Bob"}
    assert models.Contact.objects.count() == 2


@pytest.mark.django_db
def test_how_contacts_are_reached_comes_from_a_file(bring):
    text = (
        "contact id,email,Mobile phone,Language,Time zone,Country,Consent\n"
        "C1,ada@customer.example,+49 170 1234567,de,europe/berlin,de,yes\n"
        "C2,bob@customer.example,0170 1234567,pt_br,,BR,no\n"
        "C3,cy@customer.example,,,,,\n"
    )
    one = bring(text, "contacts")
    assert (one.state, one.rows_added, one.rows_refused) == ("done", 3, 0)
    columns = ("phone", "language", "time_zone", "country", "consent", "attributes")
    assert list(models.Contact.objects.order_by("external_id").values_list(*columns)) == [
        ("+491701234567", "de", "Europe/Berlin", "DE", True, {"country": "de", "language": "de"}),
        ("", "pt-BR", "", "BR", False, {"country": "BR", "language": "pt_br"}),
        ("", "", "", "", None, {}),
    ]
    assert {note["code"]: note["rows"] for note in one.report["notes"]}["phone_unread"] == 1
    assert bring(text, "contacts").rows_same == 3
    before = state_of_store()
    changed = bring("contact id,Language,Consent\nC1,fr,no\n", "contacts")
    ada = models.Contact.objects.get(external_id="C1")
    assert (changed.rows_changed, ada.language, ada.consent, ada.country) == (1, "fr", False, "DE")
    imports.undo(changed.pk, now=NOW)
    assert state_of_store() == before


@pytest.mark.django_db
def test_names_of_countries_and_languages_stay_attributes(bring):
    bring("contact id,email,country,language\nC1,ada@customer.example,Germany,German\n", "contacts")
    ada = models.Contact.objects.get()
    assert (ada.country, ada.language, ada.attributes) == ("", "", {"country": "Germany", "language": "German"})
