"""People who wrote that answers are slow: read by words alone, and in the mart."""

from __future__ import annotations

from nineplus.stages import analyze
from nineplus.stages.analyze.comments import reading, versions
from nineplus.store.models import Contact, ThemesVersion
from tests.stages.act.world import NOW, answer, company, person

SLOW = "Slow response times from support."


def wrote() -> dict[str, Contact]:
    """Who wrote what, by name. Ada twice and under another contact, Cy who wants no contact, Di who reads German."""
    ThemesVersion.objects.filter(pk=versions.current().pk).update(mode="fast")
    versions._reader.cache_clear()
    at = company()
    found = {name: person(name, at=at) for name in ("Ada", "Bo", "Cy", "Di", "Eve")}
    Contact.objects.filter(pk=found["Cy"].pk).update(consent=False)
    Contact.objects.filter(pk=found["Di"].pk).update(language="de")
    twin = person("Ada", at=at)  # another contact of the same address
    Contact.objects.filter(pk=twin.pk).update(email=found["Ada"].email.upper())
    for name in ("Ada", "Ada", "Bo", "Cy", "Di"):
        answer(2, by=found[name], comment=SLOW)
    answer(2, by=twin, comment=SLOW)
    answer(9, by=found["Eve"], comment="Great product, easy to use.")
    answer(1, comment=SLOW)  # of nobody known
    reading.follow(now=NOW)
    analyze.rebuild_mart(now=NOW)
    return found
