"""Would letters go? What `nineplus doctor` says of it before the first one waits."""

from __future__ import annotations

from nineplus.stages.capture.sending import senders
from nineplus.stages.errors import NotPossible
from nineplus.stages.govern.health import Check, State
from nineplus.store.models import Message, Sender
from nineplus.store.models.asking import MessageState


def check() -> Check:
    """Do customers reach the links in what the senders send? Without a public address nothing goes out."""
    every = Sender.objects.order_by("pk")
    kept: dict[str, list[str]] = {}
    for sender in every:
        try:
            senders.must_reach(sender)
        except NotPossible as reason:
            kept.setdefault(str(reason), []).append(f"“{sender.name}”")
    if kept:
        says = [f"Nothing goes out through {' and '.join(names)}. {reason}" for reason, names in kept.items()]
        if waiting := Message.objects.filter(state=MessageState.WAITING).count():
            says.append(f"{waiting:,} {'message waits' if waiting == 1 else 'messages wait'}.")
        return Check("letters", State.DOUBTFUL, " ".join(says), "Settings, Company: say the address there.")
    if not every:
        return Check("letters", State.WELL, "No sender is set up: nothing is sent.")
    return Check("letters", State.WELL, "Customers can follow the links in letters.")
