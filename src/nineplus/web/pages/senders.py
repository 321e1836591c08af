"""Settings: through what messages go, and to whom none go."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.html import escape
from django.views.decorators.debug import sensitive_post_parameters

from nineplus.plugs import Channel
from nineplus.rules.addresses import email_address, telephone_number
from nineplus.stages.capture.people import suppression
from nineplus.stages.capture.reading import outbox
from nineplus.stages.capture.sending import senders
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern import troubles
from nineplus.store.models import Sender
from nineplus.store.models.asking import SuppressionReason
from nineplus.web.page import carried_out, page, reads, writes
from nineplus.web.survey import preview

_LISTED = 100
_LARGEST_LIST = 20_000_000


@reads("owner")
def settings_senders(request: HttpRequest) -> HttpResponse:
    """Configured senders, and the form of the channel that was chosen for a new one."""
    return _senders(request, senders.channels().get(request.GET.get("channel", "")))


def _senders(request: HttpRequest, chosen: Channel | None, *, problem: str = "") -> HttpResponse:
    """The page; after a refusal with what was filled in, but for the secrets."""
    given = request.POST
    return page(
        request,
        "settings/senders.html",
        title="Senders",
        section="senders",
        senders=[_line(sender) for sender in senders.every()],
        channels=sorted(senders.channels().values(), key=lambda one: (one.medium, one.title)),
        chosen=chosen,
        fields=_fields(chosen, _given(request, chosen.name) if given else {}, problem=problem) if chosen else (),
        wrong_from=_is_about_from(problem, chosen),
        name=given.get("name", chosen.title if chosen else ""),
        from_address=given.get("from_address", ""),
        problem=problem,
        status=400 if problem else 200,
        local=not settings.NINEPLUS.public_url,
    )


@sensitive_post_parameters()
@writes("owner")
def settings_senders_add(request: HttpRequest) -> HttpResponse:
    channel = request.POST.get("channel", "")
    try:
        made = senders.create(
            channel=channel,
            name=request.POST.get("name", ""),
            from_address=request.POST.get("from_address", ""),
            settings=_given(request, channel),
            now=timezone.now(),
        )
    except NotPossible as problem:
        return _senders(request, senders.channels().get(channel), problem=str(problem))
    messages.success(request, f"“{made.name}” is there. Check that it works.")
    return redirect("settings-senders-one", made.pk)


@reads("owner")
def settings_senders_one(request: HttpRequest, pk: int) -> HttpResponse:
    """One sender: how it does, its settings, where the provider is to report to, and what the folder one wrote."""
    return _sender(request, pk)


def _sender(request: HttpRequest, pk: int, *, problem: str = "") -> HttpResponse:
    """The page; after a refusal with what was filled in, but for the secrets."""
    sender = senders.find(pk)
    plug = senders.channels().get(sender.channel)
    base = (settings.NINEPLUS.public_url or request.build_absolute_uri("/")).rstrip("/")
    given = request.POST if problem else {}
    values = _given(request, sender.channel) if problem else sender.settings
    wrote = outbox.written(sender)
    looked_at = request.GET.get("message", "")
    return page(
        request,
        "settings/sender.html",
        status=400 if problem else 200,
        title=sender.name,
        section="senders",
        **_line(sender),
        name=given.get("name", sender.name),
        from_address=given.get("from_address", sender.from_address),
        fields=_fields(plug, values, problem=problem) if plug else (),
        problem=problem,
        wrong_from=_is_about_from(problem, plug),
        hook=f"{base}/hooks/{sender.hook_key}/" if plug and plug.hear else "",
        mail_help=plug.receive_help if plug else "",
        mail_hook=f"{base}/hooks/{sender.hook_key}/mail/" if plug and plug.receive else "",
        is_folder=sender.channel == outbox.CHANNEL,
        wrote=wrote,
        mailbox=troubles.of_mailbox(sender.pk) if sender.settings.get("inbox_host") else None,
        looked_at=looked_at or (wrote[0].name if wrote else ""),
    )


@reads("owner")
def settings_senders_message(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """One message of the folder sender as its recipient would see it, for the frame on the sender's page."""
    letter = outbox.letter(senders.find(pk), name=name)
    html = letter.html or f"<pre style='white-space:pre-wrap;font:14px/1.5 sans-serif'>{escape(letter.text)}</pre>"
    return preview.framed(HttpResponse(f'<base target="_blank">{html}'), mail=True)


@sensitive_post_parameters()
@writes("owner")
def settings_senders_change(request: HttpRequest, pk: int) -> HttpResponse:
    def change() -> None:
        sender = senders.find(pk)
        senders.change(
            sender,
            name=request.POST.get("name", ""),
            from_address=request.POST.get("from_address", ""),
            settings=_given(request, sender.channel),
            now=timezone.now(),
        )

    try:
        change()
    except NotPossible as problem:
        return _sender(request, pk, problem=str(problem))
    messages.success(request, "Saved. Check that it works.")
    return redirect("settings-senders-one", pk)


@writes("owner")
def settings_senders_check(request: HttpRequest, pk: int) -> HttpResponse:
    """Log in there; with an address, send a short message to it."""
    try:
        said = senders.check(senders.find(pk), to=request.POST.get("to", "").strip(), now=timezone.now())
    except NotPossible as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, said)
    return redirect("settings-senders-one", pk)


@writes("owner")
def settings_senders_default(request: HttpRequest, pk: int) -> HttpResponse:
    done = "Messages go through this one from now on."
    return carried_out(request, lambda: senders.make_default(senders.find(pk)), done=done, then="settings-senders")


@writes("owner")
def settings_senders_remove(request: HttpRequest, pk: int) -> HttpResponse:
    return carried_out(
        request, lambda: senders.remove(senders.find(pk)), done="Removed with its secrets.", then="settings-senders"
    )


@reads("analyst")
def settings_suppressions(request: HttpRequest) -> HttpResponse:
    search = request.GET.get("search", "").strip()
    rows = suppression.every(search=search)
    return page(
        request,
        "settings/suppressions.html",
        title="Never written to",
        section="suppressions",
        rows=rows[:_LISTED],
        total=rows.count(),
        listed=_LISTED,
        search=search,
    )


@writes("analyst")
def settings_suppressions_add(request: HttpRequest) -> HttpResponse:
    """One address, or a file of them."""
    now = timezone.now()
    file = request.FILES.get("file")
    try:
        if file:
            if (file.size or 0) > _LARGEST_LIST:
                raise NotPossible("The file is larger than 20 MB. Divide it.")
            taken = suppression.from_csv(file.read().decode("utf-8-sig", "replace"), now=now)
            messages.success(request, f"{taken.added} added, {taken.same} known already.")
            for line, reason in taken.refused[:5]:
                messages.error(request, f"Line {line}: {reason}")
            if len(taken.refused) > 5:
                messages.error(request, f"… and {len(taken.refused) - 5} more lines that cannot be used.")
        else:
            address = request.POST.get("address", "").strip()
            medium = "sms" if address.startswith("+") else "email"
            known_as = telephone_number(address) if medium == "sms" else email_address(address)
            suppression.suppress(medium=medium, address=known_as, reason=SuppressionReason.MANUAL, now=now)
            messages.success(request, f"{known_as} is not written to any more.")
    except (NotPossible, ValueError) as problem:
        messages.error(request, str(problem))
    return redirect("settings-suppressions")


@writes("analyst")
def settings_suppressions_lift(request: HttpRequest) -> HttpResponse:
    """Write there again. Who unsubscribed or complained must have asked for it: the page says so."""
    medium, address = request.POST.get("medium", ""), request.POST.get("address", "")
    reason = request.POST.get("reason", "")
    return carried_out(
        request,
        lambda: suppression.lift(medium=medium, address=address, reason=reason),
        done=f"{address} may be written to again.",
        then="settings-suppressions",
    )


@reads("analyst")
def settings_suppressions_csv(request: HttpRequest) -> StreamingHttpResponse:
    response = StreamingHttpResponse(suppression.to_csv(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="never-written-to.csv"'
    return response


def _line(sender: Sender) -> dict[str, object]:
    plug = senders.channels().get(sender.channel)
    return {"sender": sender, "plug": plug, "channel_title": plug.title if plug else sender.channel}


def _fields(plug: Channel, values: dict[str, str], *, problem: str = "") -> list[dict[str, object]]:
    """The plug's own form, the refusal at the field it names. A secret is never shown: left empty it stays as it is."""
    return [
        {
            "field": field,
            "id": f"setting_{field.name}",
            "value": "" if field.type == "secret" else values.get(field.name, field.default),
            "fault": problem if problem.startswith(f"{field.title} ") else "",
        }
        for field in plug.fields
        if not (plug.name == outbox.CHANNEL and field.name == "connections")  # a folder has none
    ]


def _is_about_from(problem: str, plug: Channel | None) -> bool:
    """Is it about the address it sends from? What is about a setting begins with the setting's title."""
    return bool(problem) and not any(problem.startswith(f"{field.title} ") for field in (plug.fields if plug else ()))


def _given(request: HttpRequest, channel: str) -> dict[str, str]:
    plug = senders.channels().get(channel)
    return {field.name: request.POST.get(f"setting_{field.name}", "") for field in plug.fields} if plug else {}
