"""The themes themselves: a draft is edited, tried on past comments, and applied; every version is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from nineplus.stages.analyze.comments import versions
from nineplus.stages.errors import NotPossible
from nineplus.store.models import Response
from nineplus.text import editing
from nineplus.text.taxonomy import PACKS, Taxonomy, Theme, WrongTaxonomy, packaged, taxonomy_data
from nineplus.text.words import LANGUAGES
from nineplus.web.page import carried_out, page, reads, writes

_LARGEST = 1_000_000
"""Bytes of a taxonomy that is brought."""
_EXAMPLES = ("good", "bad", "other")


@reads("analyst")
def themes_edit(request: HttpRequest) -> HttpResponse:
    """All themes in two levels, the draft with what it would change, and the versions there were."""
    taxonomy = versions.edited()
    return page(
        request,
        "themes/edit.html",
        title="Edit themes",
        taxonomy=taxonomy,
        tree=_tree(taxonomy),
        packs=[(name, packaged(name).title) for name in PACKS],
        versions=versions.versions(),
        going=versions.going(),
        current=versions.current(),
        **_draft(taxonomy),
    )


@reads("analyst")
def themes_draft(request: HttpRequest) -> HttpResponse:
    """The draft and its preview, asked for again by the open page until the worker has read past comments by it."""
    return page(request, "themes/draft.html", **_draft(versions.edited()))


@reads("analyst")
def themes_edit_one(request: HttpRequest, slug: str) -> HttpResponse:
    """One theme: its name, words and examples, and what can be done with it."""
    taxonomy = versions.edited()
    theme = _theme(taxonomy, slug)
    return page(
        request,
        "themes/edit_one.html",
        title=theme.name,
        subject=theme,
        children=[one for one in taxonomy.themes if one.parent == slug],
        others=[one for one in taxonomy.themes if one.slug != slug],
        seeds=[
            (language, ", ".join(map(str, theme.seeds_in(language))))
            for language in LANGUAGES
            if language == "en" or theme.seeds_in(language)
        ],
        examples=[(name, "\n".join(getattr(theme, name))) for name in _EXAMPLES],
    )


@writes("analyst")
def themes_add(request: HttpRequest) -> HttpResponse:
    """A new theme out of a name and a few examples."""
    given = request.POST
    name, parent = given.get("name", "").strip(), given.get("parent", "")

    def changed(taxonomy: Taxonomy) -> Taxonomy:
        return editing.add(
            taxonomy,
            slug=editing.slug_for(taxonomy, name=name, parent=parent),
            name=name,
            seeds=_seeds({"en": given.get("seeds", "")}),
            **{kind: _lines(given.get(kind, "")) for kind in _EXAMPLES},
        )

    return _edit(request, changed, said=f"Added {name}.")


@writes("analyst")
def themes_change(request: HttpRequest, slug: str, action: str) -> HttpResponse:
    """Rename, change words and examples, merge, split or remove one theme of the draft."""
    taxonomy = versions.edited()
    theme, given = _theme(taxonomy, slug), request.POST
    try:
        make, said = _ACTIONS[action](theme, taxonomy, given)
    except KeyError:
        raise NotPossible(f"There is no {action!r} for a theme.") from None
    return _edit(request, make, said=said)


def _renamed(theme: Theme, _taxonomy: Taxonomy, given: Mapping[str, str]) -> tuple[Callable[..., Taxonomy], str]:
    name = given.get("name", "").strip()
    description = given.get("description", "").strip()
    said = f"{theme.name} is called {name}." if name != theme.name else f"Described {name}."
    return lambda taxonomy: editing.rename(taxonomy, slug=theme.slug, name=name, description=description), said


def _taught(theme: Theme, _taxonomy: Taxonomy, given: Mapping[str, str]) -> tuple[Callable[..., Taxonomy], str]:
    seeds = _seeds({key.removeprefix("seeds-"): given[key] for key in given if key.startswith("seeds-")})
    examples = {kind: _lines(given.get(kind, "")) for kind in _EXAMPLES}
    return (
        lambda taxonomy: editing.reword(taxonomy, slug=theme.slug, seeds=seeds, **examples),
        f"Changed the words and examples of {theme.name}.",
    )


def _merged(theme: Theme, taxonomy: Taxonomy, given: Mapping[str, str]) -> tuple[Callable[..., Taxonomy], str]:
    into = _theme(taxonomy, given.get("into", ""))
    return (
        lambda taxonomy: editing.merge(taxonomy, slugs=[theme.slug, into.slug], into=into.slug),
        f"Merged {theme.name} into {into.name}.",
    )


def _parted(theme: Theme, taxonomy: Taxonomy, given: Mapping[str, str]) -> tuple[Callable[..., Taxonomy], str]:
    parts = []
    top = theme.parent or theme.slug
    for number in ("1", "2", "3"):
        name = given.get(f"name-{number}", "").strip()
        if name:
            slug = editing.slug_for(taxonomy, name=name, parent=top)
            parts.append(
                Theme(slug, name, seeds=editing.seeds_of(_seeds({"en": given.get(f"seeds-{number}", "")})),
                      other=tuple(_lines(given.get(f"examples-{number}", ""))))
            )  # fmt: skip
    names = ", ".join(part.name for part in parts)
    return lambda taxonomy: editing.split(taxonomy, slug=theme.slug, parts=parts), f"Split {theme.name} into {names}."


def _removed(theme: Theme, _taxonomy: Taxonomy, _given: Mapping[str, str]) -> tuple[Callable[..., Taxonomy], str]:
    return lambda taxonomy: editing.remove(taxonomy, slug=theme.slug), f"Removed {theme.name}."


_ACTIONS = {"rename": _renamed, "words": _taught, "merge": _merged, "split": _parted, "remove": _removed}


@writes("analyst")
def themes_apply(request: HttpRequest) -> HttpResponse:
    return carried_out(
        request,
        lambda: versions.apply(now=timezone.now()),
        done="The worker reads all comments by the new version. Until that is done everything shows the one before.",
        then="themes",
    )


@writes("analyst")
def themes_discard(request: HttpRequest) -> HttpResponse:
    return carried_out(request, versions.discard, done="Discarded. Nothing was changed.", then="themes-edit")


@writes("analyst")
def themes_pack(request: HttpRequest) -> HttpResponse:
    pack = request.POST.get("pack", "")
    return carried_out(
        request,
        lambda: versions.start_from(pack, by=request.user, now=timezone.now()),
        done="It is in the draft. Nothing changes until you apply it.",
        then="themes-edit",
    )


@writes("analyst")
def themes_bring(request: HttpRequest) -> HttpResponse:
    """Themes that were exported here or elsewhere."""

    def brought() -> None:
        file = request.FILES.get("file")
        if file is None:
            raise NotPossible("Choose a file of themes first.")
        if file.size > _LARGEST:
            raise NotPossible("A file of themes has at most 1 MB.")
        try:
            document = json.loads(file.read().decode("utf-8-sig"))
        except (UnicodeDecodeError, ValueError):
            raise NotPossible("This is no file of themes: export one here to see what it looks like.") from None
        versions.bring(document, by=request.user, now=timezone.now())

    return carried_out(request, brought, done="They are in the draft.", then="themes-edit")


@reads("viewer")
def themes_export(request: HttpRequest) -> HttpResponse:
    """The themes as one JSON document: the draft when asked for it, else those in force."""
    draft = versions.draft() if request.GET.get("draft") else None
    document = taxonomy_data(versions.taxonomy(draft or versions.current()))
    text = json.dumps(document, ensure_ascii=False, indent=2)
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="themes.json"'
    return response


def _edit(request: HttpRequest, change: Callable[[Taxonomy], Taxonomy], *, said: str) -> HttpResponse:
    try:
        versions.edit(change(versions.edited()), said=said, by=request.user, now=timezone.now())
    except (WrongTaxonomy, NotPossible) as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, f"{said} It is in the draft.")
    return redirect("themes-edit")


def _theme(taxonomy: Taxonomy, slug: str) -> Theme:
    try:
        return taxonomy.theme(slug)
    except WrongTaxonomy as problem:
        from nineplus.stages.errors import NotFound

        raise NotFound(str(problem)) from None


def _tree(taxonomy: Taxonomy) -> list[tuple[Theme, list[Theme]]]:
    return [
        (theme, [one for one in taxonomy.themes if one.parent == theme.slug])
        for theme in taxonomy.themes
        if not theme.parent
    ]


def _draft(taxonomy: Taxonomy) -> dict[str, Any]:
    """The draft, and its preview with names and the comments themselves."""
    draft = versions.draft()
    told = draft.preview if draft else None
    if not told:
        return {"draft": draft, "preview": None}
    names = {theme.slug: theme.name for theme in taxonomy.themes}
    wanted = {pk for one in told["changes"] for pk in (*one["gains"], *one["loses"])}
    comments = dict(Response.objects.filter(pk__in=wanted).values_list("pk", "comment"))
    changes = [
        {
            **one,
            "name": names.get(one["theme"], one["theme"]),
            "gains": [comments[pk] for pk in one["gains"] if pk in comments],
            "loses": [comments[pk] for pk in one["loses"] if pk in comments],
        }
        for one in told["changes"]
    ]
    return {"draft": draft, "preview": {**told, "changes": changes}}


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _seeds(given: Mapping[str, str]) -> dict[str, list[str]]:
    return {
        language: words
        for language, text in given.items()
        if (words := [word.strip() for word in text.replace("\n", ",").split(",") if word.strip()])
    }
