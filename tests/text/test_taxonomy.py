"""Taxonomies: read, checked, changed as values; and what a change would do."""

from __future__ import annotations

import pytest

from nineplus.text import editing
from nineplus.text.tagging import Reader
from nineplus.text.taxonomy import PACKS, Taxonomy, Theme, WrongTaxonomy, packaged, seed, taxonomy_data, taxonomy_from

WANTED = {
    "quality", "performance", "ease", "features", "support", "support.speed", "support.competence", "support.courtesy",
    "support.resolution", "support.follow_up", "pricing", "billing", "onboarding", "account_management",
    "communication", "integrations", "documentation", "security", "competitor", "praise", "complaint",
}  # fmt: skip


def small() -> Taxonomy:
    return taxonomy_from(
        {
            "name": "own",
            "title": "Our own",
            "theme": [
                {"slug": "money", "name": "Money", "seeds": {"en": "price, invoice*"}, "bad": ["Too dear."]},
                {"slug": "people", "name": "People", "seeds": {"en": "+friendly, -rude"}},
                {"slug": "people.speed", "name": "Speed", "seeds": {"en": "-slow reply"}},
                {"slug": "people.skill", "name": "Skill", "seeds": {"en": "skilled"}},
            ],
        }
    )


def themes(taxonomy: Taxonomy, *comments: str) -> list[tuple[str, ...]]:
    return [reading.themes for reading in Reader(taxonomy=taxonomy, mode="fast").read(comments, expected="en")]


@pytest.mark.parametrize("name", PACKS)
def test_every_pack_is_whole_and_comes_back_from_kept_data(name):
    pack = packaged(name)
    assert set(pack.slugs) >= WANTED
    assert taxonomy_from(taxonomy_data(pack)) == pack
    for theme in pack.themes:
        assert theme.description
        assert theme.general or (theme.seeds_in("en") and theme.good and theme.bad)
        assert theme.general or all(theme.seeds_in(language) for language in ("de", "fr", "es", "pt", "it", "nl"))


@pytest.mark.parametrize("name", PACKS[1:])
def test_a_pack_adds_themes_of_its_own(name):
    assert len(packaged(name).themes) >= len(packaged("b2b").themes) + 4


def test_a_seed_says_what_it_feels():
    assert [(seed(text).phrase, seed(text).feeling) for text in ("-crash*", "+ easy", "api")] == [
        ("crash*", -1),
        ("easy", 1),
        ("api", 0),
    ]


@pytest.mark.parametrize(
    ("theme", "says"),
    [
        ({"slug": "Big", "name": "x"}, "cannot name a theme"),
        ({"slug": "a.b.c", "name": "x"}, "cannot name a theme"),
        ({"slug": "a.b", "name": "x"}, "does not exist"),
        ({"slug": "a", "name": " "}, "has no name"),
        ({"slug": "a", "name": "x", "colour": "red"}, "colour"),
        ({"slug": "a", "name": "x", "seeds": {"English": "y"}}, "by language"),
        ({"slug": "a", "name": "x", "good": "one sentence"}, "list of sentences"),
        ({"slug": "a", "name": "x", "general": "sad"}, "positive, negative"),
    ],
)
def test_a_wrong_taxonomy_says_what_to_mend(theme, says):
    with pytest.raises(WrongTaxonomy, match=says):
        taxonomy_from({"name": "own", "theme": [theme]})


def test_renaming_keeps_what_is_counted():
    renamed = editing.rename(small(), slug="money", name="Cost")
    assert (renamed.theme("money").name, renamed.version) == ("Cost", 2)
    assert themes(renamed, "the price") == themes(small(), "the price") == [("money",)]


def test_merged_themes_are_recognised_as_one_and_old_names_lead_there():
    merged = editing.merge(small(), slugs=["money", "people"], into="money", name="All")
    assert merged.slugs == ("money", "money.speed", "money.skill")
    assert (merged.now("people"), merged.now("people.speed")) == ("money", "money.speed")
    assert themes(merged, "rude people", "a slow reply") == [("money",), ("money.speed",)]


def test_a_theme_cannot_take_in_the_one_it_stands_under():
    with pytest.raises(WrongTaxonomy, match="other way round"):
        editing.merge(small(), slugs=["people"], into="people.speed")


def test_splitting_puts_parts_in_the_place():
    parts = [
        Theme("people.first", "First reply", seeds=(("en", (seed("first reply"),)),)),
        Theme("people.later", "Later replies", seeds=(("en", (seed("slow reply"),)),)),
    ]
    divided = editing.split(small(), slug="people.speed", parts=parts)
    assert "people.speed" not in divided.slugs
    assert divided.now("people.speed") == "people"
    assert themes(divided, "a slow reply") == [("people.later",)]
    with pytest.raises(WrongTaxonomy, match="two parts"):
        editing.split(small(), slug="people.speed", parts=parts[:1])


def test_adding_needs_something_to_recognise_it_by():
    with pytest.raises(WrongTaxonomy, match="few examples"):
        editing.add(small(), slug="food", name="Food")
    added = editing.add(small(), slug="food", name="Food", seeds={"en": ["+tasty"]})
    assert themes(added, "very tasty") == [("food",)]


def test_removing_leaves_it_to_the_parent():
    assert editing.remove(small(), slug="people.skill").now("people.skill") == "people"
    with pytest.raises(WrongTaxonomy, match="under it"):
        editing.remove(small(), slug="people")


def test_a_preview_names_the_comments_that_change():
    comments = ["The price is high", "They were rude", "Tasty lunch", "Tasty, but rude"]
    after = editing.add(small(), slug="food", name="Food", seeds={"en": ["tasty"]})
    changes = editing.preview(
        Reader(taxonomy=small(), mode="fast").read(comments),
        Reader(taxonomy=after, mode="fast").read(comments),
        taxonomy=after,
    )
    assert [(change.theme, change.before, change.after, change.gained, change.lost) for change in changes] == [
        ("food", 0, 2, (2, 3), ())
    ]


def test_a_theme_of_three_examples_finds_what_means_the_same():
    own = editing.add(
        packaged("b2b"),
        slug="parking",
        name="Parking",
        bad=["There is never a free parking space.", "The car park is always full.", "Nowhere to park near here."],
    )
    found, not_found = Reader(taxonomy=own).read(["There are never enough parking spaces.", "The invoice was wrong."])
    assert "parking" in found.themes
    assert "parking" not in not_found.themes
