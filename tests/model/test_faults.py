"""What is wrong with a value is said without the checker's own words."""

from __future__ import annotations

from typing import Literal

import pytest
from pydantic import AwareDatetime, BaseModel, Field, ValidationError, field_validator

from nineplus.model.faults import sentence
from nineplus.model.survey import Plan


class Given(BaseModel):
    model_config = {"extra": "forbid"}

    score: int = Field(5, ge=0, le=10)
    name: str = Field("x", min_length=1, max_length=3)
    at: AwareDatetime | None = None
    state: Literal["active", "paused"] = "active"
    tags: tuple[str, ...] = Field((), max_length=2)
    on: bool = True

    @field_validator("name")
    @classmethod
    def _no_z(cls, name: str) -> str:
        if "z" in name:
            raise ValueError("A name has no z.")
        return name


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"score": 11}, "score must be at most 10."),
        ({"score": -1}, "score must be at least 0."),
        ({"score": "many"}, "score must be a whole number."),
        ({"score": 1.5}, "score must be a whole number."),
        ({"name": ""}, "name may not be empty."),
        ({"name": "four"}, "name may have at most 3 characters."),
        ({"name": 4}, "name must be text."),
        ({"name": "z"}, "A name has no z."),
        ({"at": "soon"}, "at must be a time, such as 2026-01-31T12:00:00Z."),
        ({"at": "2026-01-31T12:00:00"}, "at must say its time zone, such as 2026-01-31T12:00:00Z."),
        ({"state": "closed"}, "state must be one of 'active', 'paused'."),
        ({"tags": ["a", "b", "c"]}, "tags may have at most 2 entries."),
        ({"tags": "a"}, "tags must be a list."),
        ({"on": "perhaps"}, "on must be true or false."),
        ({"colour": "red"}, "colour is not known here."),
    ],
)
def test_field_and_rule_in_plain_words(given, said):
    with pytest.raises(ValidationError) as caught:
        Given.model_validate(given)
    fault = caught.value.errors()[0]
    assert sentence(fault, field=str(fault["loc"][-1])) == said


def test_limits_are_said_in_the_unit_of_the_form():
    with pytest.raises(ValidationError) as caught:
        Plan.model_validate({"policy": {"share": 1.4}})
    assert sentence(caught.value.errors()[0], field="Share", scale=100) == "Share must be at most 100."
