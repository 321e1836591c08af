"""The addresses of the survey pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from nineplus.web.pages.surveys import listing, one, people, trials, ways, words

urlpatterns: list[URLPattern] = [
    path("surveys/", listing.surveys, name="surveys"),
    path("surveys/new/", listing.surveys_new, name="surveys-new"),
    path("surveys/condition/", people.surveys_condition, name="surveys-condition"),
    path("surveys/revenue/", one.surveys_revenue, name="surveys-revenue"),
    path("surveys/<int:pk>/", one.surveys_one, name="surveys-one"),
    path("surveys/<int:pk>/outlook/", one.surveys_outlook, name="surveys-outlook"),
    path("surveys/<int:pk>/publish/", one.surveys_publish, name="surveys-publish"),
    path("surveys/<int:pk>/again/", one.surveys_again, name="surveys-again"),
    path("surveys/<int:pk>/start/", one.surveys_start, name="surveys-start"),
    path("surveys/<int:pk>/switch/", one.surveys_switch, name="surveys-switch"),
    path("surveys/<int:pk>/words/", words.surveys_words, name="surveys-words"),
    path("surveys/<int:pk>/preview/", words.surveys_preview, name="surveys-preview"),
    path("surveys/<int:pk>/people/", people.surveys_people, name="surveys-people"),
    path("surveys/<int:pk>/audience/", people.surveys_audience, name="surveys-audience"),
    path("surveys/<int:pk>/audience.csv", people.surveys_audience_csv, name="surveys-audience-csv"),
    path("surveys/<int:pk>/ask/", people.surveys_ask, name="surveys-ask"),
    path("surveys/<int:pk>/ways/", ways.surveys_ways, name="surveys-ways"),
    path("surveys/<int:pk>/trials/", trials.surveys_trials, name="surveys-trials"),
    path("surveys/<int:pk>/trials/add/", trials.surveys_trials_add, name="surveys-trials-add"),
    path("surveys/<int:pk>/trials/<int:trial>/", trials.surveys_trials_change, name="surveys-trials-change"),
    path("surveys/<int:pk>/test/", ways.surveys_test, name="surveys-test"),
]
