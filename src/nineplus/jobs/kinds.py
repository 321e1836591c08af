"""Which events there are, who handles them, and in which lane they travel.

A handler is idempotent: it may be called again with the same event after a crash. It reads the rows that the
event names as they are now. Raising NotPossible parks the event at once; anything else is tried again later.
"""

from __future__ import annotations

from nineplus.jobs.handlers import act, analyze, capture, connect, govern, share
from nineplus.jobs.lanes import Handler, Lane, NotFinished, Sieve, Tick

HANDLERS: dict[str, tuple[Handler, ...]] = {
    "response.scored": (
        analyze.mart_is_stale,
        share.tell_answer,
        connect.write_back,
        act.follow_up,
        act.alert_answer,
        act.rules_scored,
    ),
    "response.changed": (
        analyze.mart_is_stale,
        share.tell_change,
        connect.write_back,
        act.follow_up,
        act.alert_answer,
        act.rules_changed,
    ),
    "contact.unsubscribed": (share.tell_unsubscribed,),
    "case.opened": (
        analyze.mart_is_stale,
        act.case_elsewhere,
        share.tell_case_opened,
        act.rules_opened,
        act.post_case,
        act.alert_assigned,
    ),
    "case.changed": (
        analyze.mart_is_stale,
        act.case_elsewhere,
        share.tell_case_changed,
        act.post_changes_of_case,
        act.alert_assigned,
    ),
    "case.overdue": (act.alert_overdue, share.tell_case_overdue, act.rules_overdue, act.post_changes_of_case),
    "case.closed": (
        analyze.mart_is_stale,
        act.case_elsewhere,
        share.tell_case_closed,
        act.rules_closed,
        act.post_changes_of_case,
    ),
    "rules.look": (act.look_by_rules,),
    "rules.due": (act.take_steps,),
    "rules.calls": (act.call_for_rules,),
    "rules.watch": (act.watch_for_rules,),
    "case.mail": (act.mail_of_case,),
    "alerts.due": (act.mail_alerts,),
    "alerts.look": (act.look_for_alerts,),
    "alert.raised": (share.tell_alert, act.post_alert),
    "chat.due": (act.deliver_posts,),
    "digests.due": (share.write_digests,),
    "change.tell": (act.tell_of_change,),
    "programme.ask": (act.ask_into_programme,),
    "referrals.due": (act.settle_referrals,),
    "referral.came": (act.alert_referral,),
    "referral.won": (act.alert_referral_won,),
    "cases.due": (act.look_after_cases,),
    "webhooks.due": (share.deliver_webhooks,),
    "mart.stale": (analyze.refresh_mart,),
    "links.rule": (analyze.link_anew,),
    "connection.due": (connect.read_connections,),
    "connection.history": (connect.write_history_back, act.open_cases_elsewhere),
    "outbound.due": (connect.deliver_back,),
    "identity.due": (connect.look_who,),
    "import.confirmed": (connect.run_import,),
    "import.undo": (connect.undo_import,),
    "sample.asked": (govern.load_sample,),
    "sample.unwanted": (govern.remove_sample,),
    "messages.due": (capture.send_messages,),
    "reminders.due": (capture.plan_reminders,),
    "inboxes.read": (capture.read_inboxes,),
    "words.due": (analyze.read_words,),
    "comments.due": (analyze.read_comments,),
    "themes.version": (analyze.read_by_version,),
    "themes.preview": (analyze.preview_themes,),
    "themes.teach": (analyze.learn_themes,),
    "labels.due": (analyze.bring_labels,),
    "topics.due": (analyze.look_for_topics,),
    "rising.due": (analyze.look_what_rises,),
    "theme.rising": (share.tell_rising, act.alert_rising),
    "survey.plan": (capture.plan_surveys,),
    "survey.happened": (capture.ask_about,),
    "survey.everyone": (capture.ask_everyone,),
}


ONCE: frozenset[Handler] = frozenset((analyze.mart_is_stale,))
"""Handlers that say the same whatever the event: of a batch of one kind they handle the first for all."""

SIEVES: dict[Handler, Sieve] = {
    share.tell_answer: share.answers_told,
    share.tell_change: share.answers_told,
    connect.write_back: connect.answers_written,
    act.follow_up: act.answers_followed,
    act.alert_answer: act.answers_alarming,
    act.rules_scored: act.answers_for_rules,
    act.rules_changed: act.answers_for_rules,
}
"""Handlers of answers that mostly have nothing to do: after a mailing there are hundreds of answers a second."""


LANES = (
    Lane(
        "quick",
        (
            *("response.scored", "response.changed", "contact.unsubscribed", "theme.rising", "alert.raised"),
            *("referral.came", "referral.won"),
        ),
        batch=500,
    ),
    Lane("cases", ("case.opened", "case.changed", "case.overdue", "case.closed", "case.mail"), batch=200),
    Lane("rules", ("rules.look",), batch=200),
    Lane("steps", ("rules.due", "rules.watch"), batch=1_000, together=True),
    Lane("calls", ("rules.calls",), batch=1_000, together=True, threads=4),  # a receiver that hangs has one of them
    Lane("late", ("cases.due", "alerts.due"), batch=1_000, together=True),
    Lane("mart", ("mart.stale", "links.rule"), batch=1_000, together=True, rest=0.5, apart=True),
    Lane("long", ("import.confirmed", "import.undo", "sample.asked", "sample.unwanted")),
    Lane("webhooks", ("webhooks.due",), batch=1_000, together=True),
    Lane("chat", ("chat.due", "digests.due"), batch=1_000, together=True),
    Lane("mail", ("messages.due",), batch=1_000, together=True),
    Lane("inboxes", ("inboxes.read",), batch=1_000, together=True),
    Lane("systems", ("connection.due",), batch=1_000, together=True, threads=2),
    Lane("letters", ("change.tell", "referrals.due", "programme.ask")),
    Lane("histories", ("connection.history",)),
    Lane("back", ("outbound.due",), batch=1_000, together=True),
    Lane("identity", ("identity.due",), batch=1_000, together=True),
    Lane("comments", ("comments.due", "themes.version"), batch=1_000, together=True),
    Lane(
        "drafts",
        ("themes.preview", "themes.teach", "labels.due", "topics.due", "rising.due", "alerts.look"),
        batch=1_000,
        together=True,
        apart=True,
    ),
    Lane("planning", ("survey.plan", "reminders.due", "words.due"), batch=1_000, together=True),
    Lane("happened", ("survey.happened", "survey.everyone"), batch=100),
)


TICKS: tuple[Tick, ...] = (
    Tick("messages.due", 1.0, capture.messages_due),
    Tick("webhooks.due", 1.0, share.webhooks_due),
    Tick("chat.due", 0.5, act.posts_due),
    Tick("digests.due", 60.0, share.digests_due),
    Tick("connection.due", 5.0, connect.connections_due),
    Tick("outbound.due", 2.0, connect.back_due),
    Tick("mart.stale", 10.0, analyze.follow_ups_unseen),
    Tick("words.due", 5.0, analyze.words_wait),
    Tick("comments.due", 2.0, analyze.comments_wait),
    Tick("topics.due", 600.0, analyze.topics_wanted),
    Tick("rising.due", 600.0, analyze.rising_wanted),
    Tick("reminders.due", 60.0, capture.reminders_due),
    Tick("inboxes.read", 60.0, capture.inboxes_wanted),
    Tick("identity.due", 10.0, connect.somebody_new),
    Tick("survey.plan", 60.0, capture.surveys_ask),
    Tick("cases.due", 20.0, act.cases_open),
    Tick("alerts.due", 10.0, act.alerts_due),
    Tick("alerts.look", 300.0, act.alerts_wanted),
    Tick("referrals.due", 300.0, act.advocates_to_follow),
    Tick("rules.due", 2.0, act.steps_due),
    Tick("rules.calls", 0.5, act.calls_due),
    Tick("rules.watch", 60.0, act.rules_watch),
)

__all__ = ["HANDLERS", "LANES", "ONCE", "SIEVES", "TICKS", "Handler", "Lane", "NotFinished", "Tick"]
