"""Who is not written to stays so: in whatever spelling, erased, or brought in again."""

from __future__ import annotations

import pytest

from nineplus.stages.capture.people import digests, gone, suppression
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Suppression
from tests.stages.capture.conftest import NOW

pytestmark = pytest.mark.django_db


def add(address: str, *, reason: str = "unsubscribed", medium: str = "email", **more: object) -> bool:
    return suppression.suppress(medium=medium, address=address, reason=reason, now=NOW, **more)


def test_an_address_is_known_in_every_spelling():
    assert add("Ada@Bücher.example")
    assert not add(" ada@xn--bcher-kva.EXAMPLE ")
    assert suppression.is_suppressed(medium="email", address="ADA@bücher.example")
    assert not suppression.is_suppressed(medium="sms", address="ada@bücher.example")
    assert add("+49 151 1234 5678", medium="sms")
    assert suppression.is_suppressed(medium="sms", address="+4915112345678")


def test_an_erased_person_is_known_without_their_address():
    add("ada@customer.example", reason="erased", keep_address=False)
    assert Suppression.objects.get().address == ""
    assert "ada@" not in str(Suppression.objects.values().get())
    assert suppression.is_suppressed(medium="email", address="ada@customer.example")
    assert suppression.lift(medium="email", address="ada@customer.example") == 0
    assert suppression.lift(medium="email", address="ada@customer.example", reason="erased") == 1


def test_many_at_once():
    add("a@customer.example")
    add("b@customer.example", reason="bounced")
    many = [f"p{number}@customer.example" for number in range(1200)]
    found = suppression.suppressed(medium="email", addresses=["a@customer.example", *many, "b@customer.example", ""])
    assert found == {"a@customer.example": "unsubscribed", "b@customer.example": "bounced"}


def test_under_another_secret_everybody_is_known_still(settings):
    add("ada@customer.example")
    digests.keep()  # as a worker does when it starts
    gone.remember(7, [("hubspot", "501")], now=NOW)
    settings.SECRET_KEY = "another, after the first one was lost by people"
    assert suppression.is_suppressed(medium="email", address="ada@customer.example")
    assert gone.among(["501", "502"], source="hubspot") == {"501"}
    add("ada@customer.example")
    assert Suppression.objects.count() == 1


def test_two_spellings_of_one_address_are_both_found():
    add("ada@customer.example")
    both = ["Ada@customer.example", "ada@customer.example"]
    assert suppression.suppressed(medium="email", addresses=both) == dict.fromkeys(both, "unsubscribed")


def test_no_spreadsheet_runs_what_the_list_holds():
    add("=1+1@customer.example", detail="=HYPERLINK(1)")
    text = "".join(suppression.to_csv())
    assert ",'=1+1@customer.example," in text
    assert ",'=HYPERLINK(1)" in text
    Suppression.objects.all().delete()
    assert suppression.from_csv(text, now=NOW).added == 1
    assert suppression.is_suppressed(medium="email", address="=1+1@customer.example")


def test_a_list_goes_out_and_comes_in_again():
    add("a@customer.example")
    add("+4915112345678", medium="sms", reason="complained")
    text = "".join(suppression.to_csv())
    Suppression.objects.all().delete()
    taken = suppression.from_csv(text, now=NOW)
    assert (taken.added, taken.same, taken.refused) == (2, 0, ())
    assert suppression.from_csv(text, now=NOW).same == 2
    assert suppression.is_suppressed(medium="sms", address="+4915112345678")


def test_a_bad_line_stops_no_good_one():
    taken = suppression.from_csv("\ufeffEmail;x\nEmail\n".replace(";x", "") + "a@customer.example\nnobody\n", now=NOW)
    assert taken.added == 1
    assert [line for line, _reason in taken.refused] == [2, 4]
    with pytest.raises(NotPossible, match="column named"):
        suppression.from_csv("name\nAda\n", now=NOW)
    with pytest.raises(NotPossible, match="no reason"):
        add("a@customer.example", reason="disliked")
