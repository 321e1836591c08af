"""Columns are recognised by name and shape; what is not on 0 to 10 is refused with an explanation."""

from __future__ import annotations

import json

import pytest

from nineplus.connectors.files import BadMapping, Mapping, convert, open_file, read_all, recognise


def columns(written, header: str, *rows: str, kind: str | None = None) -> dict[str, str]:
    mapping = recognise(open_file(written("\n".join([header, *rows]) + "\n")), kind)
    assert not mapping.problems
    return {meaning.field: column for column, meaning in mapping.columns.items()}


ROWS = [f"{10 - i % 4},it was quick and the answer {i} helped us,1{i % 9}.01.2024,K{i}" for i in range(30)]


@pytest.mark.parametrize(
    "header",
    [
        "score,comment,date,customer id",
        "NPS,Feedback,Response Date,user_id",
        "nps_score,verbatim,answered_at,contact",
        "Rating,Text,timestamp,userId",
        "q1,q2_improve,submitted_at,client_id",
        "Bewertung,Kommentar,Datum,Kundennummer",
        "Note,Commentaire,Date de réponse,ID client",
        "Puntuación,Comentario,Fecha,ID cliente",
        "Punteggio,Commento,Data,ID utente",
        "Pontuação,Comentário,Data da resposta,Código do cliente",
        "Cijfer,Opmerking,Datum,Klantnummer",
        "How likely are you to recommend us to a friend?,Why did you give that score?,Submit Date (UTC),Respondent",
        "Wie wahrscheinlich ist es dass Sie uns weiterempfehlen?,Begründung,Zeitstempel,Kunde",
        "x1,x2,x3,customer",
    ],
)
def test_names_in_many_languages(written, header):
    found = columns(written, header, *ROWS)
    names = header.split(",")
    assert [found.get(field) for field in ("score", "comment", "answered_at", "contact")] == names


def test_every_other_column_is_an_attribute_or_ignored_and_that_is_said(written):
    rows = [f"{i % 11},2024-01-{i % 28 + 1:02},EMEA{i % 3},{i * 7919},a{i}@example.org,,v{i % 2}" for i in range(80)]
    source = open_file(written("\n".join(["score,date,Region,random,mail of boss,nothing,Plan (2024)", *rows]) + "\n"))
    mapping = recognise(source)
    assert mapping.attributes == {"region": "Region", "plan_2024": "Plan (2024)"}
    told = " ".join(note.message for note in mapping.notes)
    for column in ("Region", "random", "nothing", "Plan (2024)"):
        assert column in told


def test_the_group_beside_the_score_is_no_segment(written):
    rows = [f"{word},{score}" for word, score in (("Promoter", 10), ("Passive", 7), ("Detractor", 2))] * 5
    found = columns(written, "NPS_RATING,NPS_SCORE", *rows)
    assert found == {"group": "NPS_RATING", "score": "NPS_SCORE"}


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (["1", "2", "3", "4", "5"] * 6, "1 to 5"),
        (["1", "4", "7", "6"] * 20, "1 to 7"),
        (["10", "55", "80", "100"] * 5, "from 10 to 100"),
        (["-100", "50", "0"] * 5, "from -100 to 50"),
        (["Promoter", "Detractor", "Passive"] * 5, "only the groups"),
        (["very good", "bad", "so so"] * 5, "words"),
    ],
)
def test_other_scales_are_refused_with_an_explanation(written, values, says):
    source = open_file(written("score\n" + "\n".join(values) + "\n"))
    mapping = recognise(source, "responses")
    assert says in mapping.problems[0]
    with pytest.raises(BadMapping, match=says):
        convert(source, mapping)


def test_a_column_of_groups_is_said_to_be_one_whatever_its_name(written):
    rows = "".join(f"{i},{group}\n" for i, group in enumerate(["Promoter", "Passive", "Detractor"] * 4))
    mapping = recognise(open_file(written("id,nps group\n" + rows)), "responses")
    assert "'nps group' holds only the groups" in mapping.problems[0]


def test_scores_out_of_ten_and_seconds_since_1970_are_read(written):
    rows = "".join(f"{i},{i % 11} out of 10,{1_700_000_000 + i}\n" for i in range(22))
    table = read_all([written("id,score,ts\n" + rows)])[0]
    assert table.column("score").to_pylist() == list(range(11)) * 2
    assert table.column("answered_at")[1].as_py().timestamp() == 1_700_000_001


def test_a_person_may_insist_on_the_scale_or_give_the_bands(written):
    path = written("score\n" + "4\n5\n" * 10)
    sure = Mapping.from_dict({"kind": "responses", "columns": {"score": "score"}, "any_scale": True})
    assert read_all([path], mapping=sure)[0].num_rows == 20
    path = written("score\n" + "Promoter\nDetractor\n" * 3)
    bands = {"kind": "responses", "columns": {"score": "score"}, "bands": {"promoter": 9, "Detractor": 3}}
    assert read_all([path], mapping=Mapping.from_dict(bands))[0].column("score").to_pylist() == [9, 3] * 3


def test_all_detractors_are_not_a_scale_of_one_to_five(written):
    mapping = recognise(open_file(written("score\n" + "0\n3\n5\n6\n" * 20)), "responses")
    assert not mapping.problems


def test_ambiguous_dates_are_asked_and_settled_by_another_column(written):
    source = open_file(written("score,date\n" + "9,03/04/2024\n" * 12))
    question = recognise(source).questions[0]
    assert (question.setting, question.column, question.must) == ("order", "date", True)
    assert "03/04/2024" in question.text
    answered = recognise(source).answered(order="mdy")
    assert answered.columns["date"].order == "mdy"
    assert not answered.questions
    both = open_file(written("score,date,created\n" + "9,03/04/2024,31/03/2024\n" * 12))
    settled = [q for q in recognise(both).questions if q.setting == "order"]
    assert all(not q.must and q.answer == "dmy" for q in settled)


def test_the_zone_is_asked_once_and_only_when_times_have_none(written):
    naive = recognise(open_file(written("score,date\n9,2024-01-02 10:00\n8,2024-01-03 11:00\n")))
    assert [question.setting for question in naive.questions] == ["timezone"]
    for rows in ("9,2024-01-02\n8,2024-01-03\n", "9,2024-01-02T10:00Z\n8,2024-01-03T10:00Z\n"):
        assert not recognise(open_file(written("score,date\n" + rows))).questions


@pytest.mark.parametrize("name", ["map.json", "map.toml"])
def test_a_mapping_is_the_same_after_a_file(written, name):
    source = open_file(written("when,mark,land\n" + "03/04/2024,9,DE\n" * 12))
    given = {
        "kind": "responses",
        "timezone": "Europe/Berlin",
        "columns": {"when": {"field": "answered_at", "order": "mdy"}, "mark": "score"},
    }
    if name.endswith("json"):
        path = written(json.dumps(given), name)
    else:
        path = written(
            'kind = "responses"\ntimezone = "Europe/Berlin"\n[columns]\nmark = "score"\n'
            'when = {field = "answered_at", order = "mdy"}\n',
            name,
        )
    mapping = recognise(source, given=Mapping.load(path))
    assert mapping.columns["when"].order == "mdy"
    assert mapping.attributes == {"land": "land"}
    assert not mapping.questions
    assert Mapping.from_dict(json.loads(json.dumps(mapping.to_dict()))) == mapping
    first = next(convert(source, mapping)).rows.to_pylist()[0]
    assert first["answered_at"].isoformat() == "2024-03-03T23:00:00+00:00"


def test_a_mapping_that_says_no_zone_leaves_it_to_who_asks(written):
    source = open_file(written("when,mark\n" + "2024-03-04 12:00,9\n" * 3))
    given = Mapping.from_dict({"kind": "responses", "columns": {"mark": "score", "when": "answered_at"}})
    mapping = recognise(source, given=given, timezone="Asia/Tokyo")
    assert (given.timezone, mapping.timezone) == ("", "Asia/Tokyo")
    assert "Times without a zone were read as Asia/Tokyo." in [note.message for note in mapping.notes]
    first = next(convert(source, mapping)).rows.to_pylist()[0]
    assert first["answered_at"].isoformat() == "2024-03-04T03:00:00+00:00"
    assert next(convert(source, given)).rows.to_pylist()[0]["answered_at"].hour == 12


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"kind": "cars", "columns": {}}, "not known"),
        ({"kind": "responses"}, "columns"),
        ({"kind": "responses", "columns": {"a": "speed"}}, "no field of responses"),
        ({"kind": "responses", "columns": {"a": {"fild": "score"}}}, "not understood"),
        ({"kind": "responses", "columns": {"a": {"field": "answered_at", "order": "xyz"}}}, "order"),
        ({"kind": "responses", "columns": {}, "timezone": "Mars/Base"}, "time zone"),
        ({"kind": "responses", "columns": {}, "touchpoint": "dinner"}, "touchpoint"),
        ({"kind": "responses", "columns": {}, "bands": {"x": 12}}, "bands"),
    ],
)
def test_a_wrong_mapping_is_told(data, says):
    with pytest.raises(BadMapping, match=says):
        Mapping.from_dict(data)


def test_a_mapping_for_another_file_names_the_missing_column(written):
    given = Mapping.from_dict({"kind": "responses", "columns": {"Scöre": "score"}})
    with pytest.raises(BadMapping, match="Scöre"):
        recognise(open_file(written("score\n9\n")), given=given)


def test_the_kind_is_guessed(written):
    assert (
        recognise(open_file(written("id,name,domain,tier\n1,Ada,ada.example,gold\n2,Bob,bob.example,gold\n"))).kind
        == "accounts"
    )
    events = (
        "ticket_id,timestamp,event,from,to\nT1,2024-01-02 10:00,reopened,closed,open\nT2,2024-01-03,status,new,open\n"
    )
    assert recognise(open_file(written(events))).kind == "ticket_events"
    people = (
        "contact id,email,first name,last name,company\n1,a@example.org,Ada,L,Ada Ltd\n2,b@example.org,Bob,M,Bob Ltd\n"
    )
    assert recognise(open_file(written(people))).kind == "contacts"


def test_real_broadband_answers(shared):
    table, notes, mapping = read_all([shared / "nps_broadband_uk" / "verbatim.csv"])
    assert table.num_rows == 2353
    assert {note.code: note.rows for note in notes}["score_missing"] == 32
    assert mapping.columns["CUSTOMER_RESPONSE_DATE"].order == "dmy"
    assert {c: m.field for c, m in mapping.columns.items()} == {
        "CUSTOMER_RESPONSE_DATE": "answered_at",
        "SURVEY_SUB_TYPE": "attribute",
        "NPS_RATING": "group",
        "NPS_SCORE": "score",
        "text": "comment",
    }


def test_real_channels_three_files_into_one(shared):
    files = [shared / "nps_channels" / f"nps_{channel}.csv" for channel in ("email", "mobile", "web")]
    table, _, _ = read_all(files)
    assert table.num_rows == 1952 + 1801 + 2290
    assert table.column("channel").value_counts().to_pylist() == [
        {"values": "email", "counts": 1952},
        {"values": "mobile", "counts": 1801},
        {"values": "web", "counts": 2290},
    ]
    assert len(table.column("response").unique()) == table.num_rows


def test_real_accounts_tickets_and_subscriptions(shared):
    folder = shared / "saas_ravenstack"
    accounts, _, _ = read_all([folder / "ravenstack_accounts.csv"], "accounts")
    tickets, _, _ = read_all([folder / "ravenstack_support_tickets.csv"], "tickets")
    movements, _, mapping = read_all([folder / "ravenstack_subscriptions.csv"], "movements")
    assert (accounts.num_rows, tickets.num_rows) == (500, 2000)
    first = tickets.to_pylist()[0]
    assert (first["first_response_at"] - first["opened_at"]).total_seconds() == 74 * 60
    assert (first["resolved_at"] - first["opened_at"]).total_seconds() == 27 * 3600
    assert mapping.currency == "USD"
    kinds = {row["values"]: row["counts"] for row in movements.column("kind").value_counts().to_pylist()}
    assert kinds == {"new": 5000, "churn": 486}
    for kind in ("accounts", "support_tickets", "subscriptions"):
        assert recognise(open_file(folder / f"ravenstack_{kind}.csv")).kind in ("accounts", "tickets", "movements")


def test_files_that_are_no_channels_get_a_file_attribute(written, tmp_path):
    for name in ("export_2023_q1.csv", "export_2024_q1.csv"):
        (tmp_path / name).write_text("score,date\n9,2024-01-02\n7,2024-01-03\n")
    table, _, _ = read_all([tmp_path / "export_2023_q1.csv", tmp_path / "export_2024_q1.csv"])
    assert table.column("attributes").to_pylist() == ['{"file": "2023"}'] * 2 + ['{"file": "2024"}'] * 2
