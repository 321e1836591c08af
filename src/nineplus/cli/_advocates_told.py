"""Advocates as the command line tells of them: rows that are printed as JSON or as lines."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def in_words(share: dict[str, Any]) -> str:
    if share["value"] is None:
        return "nobody is known"
    low, high = (f"{100 * share[end]:.0f}" for end in ("low", "high"))
    return f"{share['did']} of {share['known']} promoters, {100 * share['value']:.1f} % ({low} to {high} %)"


def share(one: Any) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ("did", "known", "not_known", "value", "low", "high")}


def person(one: Any) -> dict[str, Any]:
    who = one.advocate.contact
    return {
        "id": one.advocate.pk,
        "name": who.name or who.email,
        "points": one.points,
        "level": one.level,
        "opted_out": one.advocate.opted_out_at is not None,
        "acts": dict(one.acts),
        "referrals": dict(one.referrals),
    }


def programme(one: Any, of: Any) -> dict[str, Any]:
    row = one.programme
    return {
        "id": row.pk,
        "kind": row.kind,
        "name": row.name,
        "on": row.on,
        "asked": one.asked,
        "done": one.stages.get("done", 0),
        "agreed": one.agreed[0] if one.agreed else None,
        "values": dict(one.values),
        "budget": budget(of),
    }


def act(row: Any) -> dict[str, Any]:
    return {
        "id": row.pk,
        "programme": row.programme.name,
        "stage": str(row.stage),
        "owner": row.owner.email if row.owner else None,
        "asked_at": row.asked_at.isoformat(),
        "done_at": row.done_at.isoformat() if row.done_at else None,
    }


def request(row: Any) -> dict[str, Any]:
    return {
        "id": row.pk,
        "reward": row.reward.name,
        "advocate": row.advocate_id,
        "state": str(row.state),
        "doubts": list(row.doubts),
        "at": row.at.isoformat(),
    }


def budget(one: Any) -> dict[str, Any] | None:
    if one is None:
        return None
    same = ("period", "currency", "budget_minor", "spent_minor", "left_minor")
    ends = {"begins": one.begins.isoformat(), "ends": one.ends.isoformat()}
    return {**{name: getattr(one, name) for name in same}, **ends}


def terms(row: Any) -> dict[str, Any]:
    from nineplus.stages.act.advocates.programmes import TERMS

    return {"name": row.name, **{name: getattr(row, name) for name in TERMS}}


def show(found: Any) -> None:
    typer.echo(json.dumps(found, indent=2, ensure_ascii=False))


def done(work):  # type: ignore[no-untyped-def]
    """One call of the stage; what cannot be done is said and ends with 1."""
    from django.utils import timezone

    from nineplus.cli import use_store

    use_store()
    from nineplus.stages.errors import NotPossible

    try:
        return work(timezone.now())
    except NotPossible as reason:
        typer.echo(str(reason), err=True)
        raise typer.Exit(1) from None
