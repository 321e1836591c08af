"""The addresses of the theme pages."""

from __future__ import annotations

from django.urls import path

from nineplus.web.pages import assistant
from nineplus.web.pages.themes import editor, labels, overview, review

urlpatterns = [
    path("", overview.themes, name="themes"),
    path("job/", overview.themes_job, name="themes-job"),
    path("job/<int:number>/cancel/", overview.themes_cancel, name="themes-cancel"),
    path("again/", overview.themes_again, name="themes-again"),
    path("topics/look/", overview.themes_topics_look, name="themes-topics-look"),
    path("topics/<int:pk>/", overview.themes_topic_decide, name="themes-topic-decide"),
    path("topics/<int:pk>/suggest/", assistant.themes_topic_suggest, name="themes-topic-suggest"),
    path("topics/<int:pk>/suggest/send/", assistant.themes_topic_suggest_send, name="themes-topic-suggest-send"),
    path("edit/", editor.themes_edit, name="themes-edit"),
    path("edit/draft/", editor.themes_draft, name="themes-draft"),
    path("edit/apply/", editor.themes_apply, name="themes-apply"),
    path("edit/discard/", editor.themes_discard, name="themes-discard"),
    path("edit/pack/", editor.themes_pack, name="themes-pack"),
    path("edit/bring/", editor.themes_bring, name="themes-bring"),
    path("edit/themes.json", editor.themes_export, name="themes-export"),
    path("edit/add/", editor.themes_add, name="themes-add"),
    path("edit/theme/<str:slug>/", editor.themes_edit_one, name="themes-edit-one"),
    path("edit/theme/<str:slug>/<slug:action>/", editor.themes_change, name="themes-change"),
    path("review/", review.themes_review, name="themes-review"),
    path("review/<int:pk>/", review.themes_review_say, name="themes-review-say"),
    path("quality/", review.themes_quality, name="themes-quality"),
    path("quality/learn/", review.themes_learn, name="themes-learn"),
    path("quality/use/", review.themes_use, name="themes-use"),
    path("labels/labels.csv", labels.themes_labels_csv, name="themes-labels-csv"),
    path("labels/not-used.csv", labels.themes_labels_refused, name="themes-labels-refused"),
    path("labels/bring/", labels.themes_labels_bring, name="themes-labels-bring"),
    path("labels/job/", labels.themes_labels_job, name="themes-labels-job"),
    path("labels/job/stop/", labels.themes_labels_stop, name="themes-labels-stop"),
    path("labels/job/not-used.csv", labels.themes_labels_job_refused, name="themes-labels-job-refused"),
    path("label/<int:pk>/", labels.themes_label, name="themes-label"),
    path("<str:slug>/", overview.themes_one, name="themes-one"),
    path("<str:slug>/sum-up/", assistant.themes_sum_up, name="themes-sum-up"),
    path("<str:slug>/sum-up/send/", assistant.themes_sum_up_send, name="themes-sum-up-send"),
]
