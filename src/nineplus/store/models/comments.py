"""What comments say: the themes there are, what was read by them, and what people said of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from nineplus.store.models.capture import Response
from nineplus.store.models.checks import one_of
from nineplus.store.models.revisions import Revised


class ThemesState(models.TextChoices):
    DRAFT = "draft"  # being edited; there is one at most
    WAITING = "waiting"  # applied; the worker has not begun to read by it
    RUNNING = "running"
    DONE = "done"  # everything was read by it: in force, or it was
    CANCELLED = "cancelled"  # by a person, or because a later version was applied
    FAILED = "failed"


class ThemesVersion(Revised):
    """One version of the themes and of what corrections taught the reader. Never changed once applied, only followed.

    Everything shows the version before until every comment has been read by this one.
    """

    State = ThemesState

    number = models.PositiveIntegerField(unique=True)
    document = models.JSONField()  # text.taxonomy.taxonomy_data
    taught = models.JSONField(null=True)  # text.corrections.Taught as plain data: heads and their measured gain
    mode = models.CharField(max_length=4, default="full")  # of reading: full, or fast (by words alone)
    changes = models.JSONField(default=list)  # in words, what was changed since the version before
    preview = models.JSONField(null=True)  # of a draft: what it would change in past comments
    created_by = models.ForeignKey("nineplus.User", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=ThemesState.choices, default=ThemesState.DRAFT)
    current = models.BooleanField(default=False)  # the one in force
    engine = models.PositiveIntegerField(default=1)  # text.reading.EDITION of the reader that it began with
    seen_revision = models.BigIntegerField(default=0)  # responses up to (revision, id) have been read by it
    seen_row = models.BigIntegerField(default=0)
    read = models.PositiveIntegerField(default=0)
    of = models.PositiveIntegerField(default=0)  # comments there were when it began
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            one_of("state", ThemesState, name="themes_state_known"),
            models.UniqueConstraint(fields=["current"], condition=Q(current=True), name="themes_one_in_force"),
            models.UniqueConstraint(fields=["state"], condition=Q(state="draft"), name="themes_one_draft"),
            models.CheckConstraint(condition=Q(current=False) | Q(state="done"), name="themes_current_is_done"),
        ]


class CommentReading(Revised):
    """One comment as it was read by one version. `empty_because` says why there was nothing to read."""

    made_of_row = True

    version = models.ForeignKey(ThemesVersion, db_index=False, on_delete=models.CASCADE, related_name="readings")
    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="readings")
    digest = models.CharField(max_length=32)  # of the comment as it was then
    language = models.CharField(max_length=12, blank=True, default="")
    language_sure = models.FloatField(default=0)
    empty_because = models.CharField(max_length=40, blank=True, default="")
    sentiment = models.CharField(max_length=10)
    feeling = models.FloatField(default=0)  # from -1 to +1
    sure = models.FloatField(default=0)  # that the sentiment is right
    said = models.CharField(max_length=10, blank=True, default="")  # the sentiment, where a person said another
    contradicts = models.BooleanField(default=False)  # score and words point opposite ways
    clauses = models.JSONField(default=list)  # [[start, end, language, sentiment, sure]]
    doubt = models.FloatField(null=True)  # 0 to 1: how unsure the least sure theme is; nothing when nothing is doubtful

    class Meta:
        indexes = [
            models.Index(fields=["version", "doubt", "id"], name="reading_doubt"),
            # a digest names a comment and nothing else: in its order comments stand as if drawn by lot
            models.Index(fields=["version", "digest", "id"], name="reading_drawn"),
        ]
        constraints = [models.UniqueConstraint(fields=["version", "response"], name="reading_once")]


class Mention(models.Model):
    """One theme in one comment, with the words it rests on. What is doubtful stands here too, and counts nowhere.

    `model` is what the reader says by itself (sure enough, or not), `person` what somebody said; a person wins.
    """

    reading = models.ForeignKey(CommentReading, on_delete=models.CASCADE, related_name="mentions")
    theme = models.CharField(max_length=81)
    sentiment = models.CharField(max_length=10)
    feeling = models.FloatField(default=0)
    sure = models.FloatField()
    salience = models.FloatField(default=0)
    start = models.PositiveIntegerField()  # characters of the comment as the customer wrote it
    stop = models.PositiveIntegerField()
    reasons = models.JSONField(default=list)  # [[kind, text, likeness]]
    model = models.BooleanField()
    person = models.BooleanField(null=True)
    counts = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reading", "theme"], name="mention_once")]


class ThemeLabel(models.Model):
    """A person said that this comment speaks of this theme, or does not. The latest word of anyone holds."""

    made_of_row = True

    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="theme_labels")
    theme = models.CharField(max_length=81)
    holds = models.BooleanField()
    by = models.ForeignKey("nineplus.User", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(db_index=True)
    source = models.CharField(max_length=10, default="page")  # page, review, import, api

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["response", "theme", "by"], name="theme_label_once_each"),
            models.UniqueConstraint(
                fields=["response", "theme"], condition=Q(by__isnull=True), name="theme_label_once_nobody"
            ),
        ]


class CommentReview(models.Model):
    """A person has read this comment whole: what they did not label as a theme, it does not speak of.

    `drawn` at random: only such reviews measure the reader; those shown because they were doubtful would slander it.
    """

    made_of_row = True

    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="comment_reviews")
    themes = models.JSONField(default=list)  # slugs of all themes it speaks of, as this person sees it
    sentiment = models.CharField(max_length=10, blank=True, default="")
    drawn = models.BooleanField(default=False)
    by = models.ForeignKey("nineplus.User", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(db_index=True)
    source = models.CharField(max_length=10, default="review")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["response", "by"], name="comment_review_once_each"),
            models.UniqueConstraint(
                fields=["response"], condition=Q(by__isnull=True), name="comment_review_once_nobody"
            ),
        ]


class TopicState(models.TextChoices):
    NEW = "new"
    THEME = "theme"  # somebody made a theme of it
    DISMISSED = "dismissed"


class Topic(models.Model):
    """Something that several accounts say and that no theme covers yet: a cluster of clauses without a theme."""

    State = TopicState

    key = models.CharField(max_length=64, unique=True)  # the same cluster found again keeps its state
    name = models.CharField(max_length=120)  # its distinctive phrases, or what somebody called it
    phrases = models.JSONField(default=list)
    accounts = models.PositiveIntegerField()
    clauses = models.PositiveIntegerField()
    quotes = models.JSONField(default=list)  # [[response, start, stop]], the most typical first
    state = models.CharField(max_length=10, choices=TopicState.choices, default=TopicState.NEW)
    found_at = models.DateTimeField()
    decided_by = models.ForeignKey("nineplus.User", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [one_of("state", TopicState, name="topic_state_known")]
