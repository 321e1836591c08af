"""E-mail into a folder, one .eml file a message: for the first day and for trying things out. Nothing leaves."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from nineplus.channels import Outgoing, Reconnect, Sent, _mime
from nineplus.plugs import Channel, Field


class _Folder:
    def __init__(self, settings: Mapping[str, str]) -> None:
        self._folder = Path(settings.get("folder") or f"{settings['home']}/outbox").expanduser()

    def send(self, message: Outgoing) -> Sent:
        name = re.sub(r"[^A-Za-z0-9._-]", "-", message.key) + ".eml"
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            aside = self._folder / f".{name}.{os.getpid()}"
            aside.write_bytes(_mime.compose(message))
            aside.replace(self._folder / name)
        except OSError as problem:
            raise Reconnect(f"{self._folder} cannot be written to ({problem.strerror}).") from None
        return Sent(provider_id=name)

    def check(self) -> str:
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            trial = self._folder / f".trial-{os.getpid()}"
            trial.write_bytes(b"")
            trial.unlink()
        except OSError as problem:
            raise Reconnect(f"{self._folder} cannot be written to ({problem.strerror}).") from None
        return f"Messages are written to {self._folder}; open them with any mail program."

    def close(self) -> None: ...


CHANNEL = Channel(
    name="outbox_folder",
    title="Folder on this machine",
    medium="email",
    help="Nobody gets anything: messages become files that a mail program opens.",
    fields=(
        Field("folder", "Folder", "Empty: outbox in the home folder.", required=False),
        Field("connections", "Connections", type="number", required=False, default="1"),
    ),
    open=_Folder,
)
