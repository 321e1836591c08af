"""Letters to one customer that are no survey: news of a change, a nudge, a programme's question."""

from __future__ import annotations

from django.db import models


class PersonalLetter(models.Model):
    """Whose letter a message is, so that it is not sent when they may not be written to any more.

    `key` names what must not be written twice, such as one change to one person.
    """

    message = models.OneToOneField("nineplus.Message", on_delete=models.CASCADE, related_name="letter")
    contact = models.ForeignKey("nineplus.Contact", on_delete=models.CASCADE, related_name="letters")
    key = models.CharField(max_length=80, unique=True)
    written_at = models.DateTimeField()
    revision = models.BigIntegerField(default=0, db_index=True)  # 0: the mart has not seen it sent
