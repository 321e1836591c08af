"""Playbooks and measures in the browser: written, taken up on a case, ticked, measured; the rule editor offers them."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone

from nineplus.store.models import CasePlaybook, CaseStep, Playbook
from tests.stages.act.world import case

pytestmark = pytest.mark.django_db
FORM = {
    "name": "Call",
    "step": ["1", "2"],
    "title_1": "Call them",
    "hours_1": "1,5",
    "link_1": "https://wiki.example/call",
    "title_2": "Write it down",
}


def test_from_the_first_playbook_to_its_measures(client_of):
    client = client_of("analyst")
    assert "There are no playbooks yet" in client.get("/loop/playbooks/").content.decode()
    assert "Call them" in client.get("/loop/playbooks/new/").content.decode()
    for edit, there, gone in (
        ("add", "title_3", "title_4"),
        ("drop-1", "title_1", "title_2"),
        ("up-2", "title_2", "x_3"),
    ):
        drawn = client.post("/loop/playbooks/create/", {**FORM, "edit": edit}).content.decode()
        assert there in drawn
        assert gone not in drawn
    wrong = client.post("/loop/playbooks/create/", {**FORM, "hours_1": "soon"})
    assert (wrong.status_code, "Step 1: due after" in wrong.content.decode()) == (400, True)
    assert "earlier version" not in client.post("/loop/playbooks/create/", FORM, follow=True).content.decode()
    playbook = Playbook.objects.get()
    one = f"/loop/playbooks/{playbook.pk}/"
    assert "within 1.5 working hours" in client.get(one).content.decode()
    said = client.post(one + "change/", {**FORM, "title_1": "Ring them"}, follow=True).content.decode()
    assert "Cases on which an earlier version was begun go on by that." in said
    assert "Version 2" in client.get(one).content.decode()
    assert 'value="1.5"' in client.get(one + "edit/").content.decode()
    made = case(at=timezone.now())
    page = f"/loop/{made.pk}/"
    assert "Take up this playbook" in client.get(page).content.decode()
    client.post(page + "playbook/", {"playbook": playbook.pk})
    first, second = CaseStep.objects.order_by("place")
    shown = client.get(page).content.decode()
    assert "Ring them" in shown
    assert "0 of 2" in shown
    client.post(page + "step/", {"step": first.pk, "do": "done", "text": "Glad"})
    client.post(page + "step/", {"step": second.pk, "do": "leave", "text": "No need"})
    assert CasePlaybook.objects.get().ended_at
    client.post(page + "step/", {"step": second.pk, "do": "undo"})
    assert not CasePlaybook.objects.get().ended_at
    assert "1 of 2" in client.get(page).content.decode()
    told = client.get(one).content.decode()
    assert "Taken up on 1 case" in told
    assert "A step is due, and late, by working hours" in told
    client.post(page + "step/", {"step": second.pk, "do": "leave", "text": "No need"})
    for place in (one, "/loop/playbooks/"):  # one case that ended: a share, and what it is worth
        assert re.search(r"0\W?% \(0\W?% to \d+\W?%\), too few to judge", client.get(place).content.decode())
    assert "Call" in client.get("/loop/playbooks/").content.decode()
    assert client.post("/loop/rules/draft/", {"edit": "add-do-start_playbook"}).content.decode().count("Call") >= 1
    client.post(one + "remove/")
    assert not Playbook.objects.filter(removed_at=None).exists()


def test_agents_read_and_tick_but_do_not_write_playbooks(client_of):
    client = client_of("agent")
    assert client.get("/loop/playbooks/").status_code == 200
    assert client.get("/loop/measures/").status_code == 200
    assert client.get("/loop/playbooks/new/").status_code == 403
