"""Every address of the pages. The API and the health checks bring their own lists."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from nineplus.web.pages import account, analyses, overview, people, responses, segments, settings, welcome

urlpatterns: list[URLPattern | URLResolver] = [
    path("", overview.overview, name="overview"),
    path("log-in/", account.log_in, name="log-in"),
    path("log-out/", account.log_out, name="log-out"),
    path("first-visit/", account.first_visit, name="first-visit"),
    path("theme/", account.theme, name="theme"),
    path("welcome/", welcome.welcome, name="welcome"),
    path("sample/", welcome.sample, name="sample"),
    path("sample/progress/", welcome.sample_progress, name="sample-progress"),
    path("responses/", responses.responses, name="responses"),
    path("responses/news/", responses.responses_news, name="responses-news"),
    path("responses/responses.csv", responses.responses_csv, name="responses-csv"),
    path("responses/<int:pk>/", responses.responses_one, name="responses-one"),
    path("drivers/", overview.overview, name="drivers"),
    path("segments/", segments.segments, name="segments"),
    path("analysis/", analyses.analyses, name="analyses"),
    path("analysis/<slug:name>/", analyses.analyses_one, name="analyses-one"),
    path("analysis/<slug:name>/<slug:table>.csv", analyses.analyses_csv, name="analyses-csv"),
    path("imports/", overview.overview, name="imports"),
    path("imports/new/", overview.overview, name="imports-new"),
    path("settings/", settings.settings, name="settings"),
    path("settings/password/", settings.settings_password, name="settings-password"),
    path("settings/company/", settings.settings_company, name="settings-company"),
    path("settings/company/change/", settings.settings_company_change, name="settings-company-change"),
    path("settings/notes/", settings.settings_notes, name="settings-notes"),
    path("settings/notes/add/", settings.settings_notes_add, name="settings-notes-add"),
    path("settings/notes/<int:pk>/remove/", settings.settings_notes_remove, name="settings-notes-remove"),
    path("settings/data/", settings.settings_data, name="settings-data"),
    path("settings/data/resend/", settings.settings_events_resend, name="settings-events-resend"),
    path("settings/data/sample/remove/", settings.settings_sample_remove, name="settings-sample-remove"),
    path("settings/people/", people.settings_people, name="settings-people"),
    path("settings/people/add/", people.settings_people_add, name="settings-people-add"),
    path("settings/people/<int:pk>/role/", people.settings_people_role, name="settings-people-role"),
    path("settings/people/<int:pk>/password/", people.settings_people_password, name="settings-people-password"),
    path("settings/people/<int:pk>/active/", people.settings_people_active, name="settings-people-active"),
    path("settings/keys/", people.settings_keys, name="settings-keys"),
    path("settings/keys/add/", people.settings_keys_add, name="settings-keys-add"),
    path("settings/keys/<int:pk>/revoke/", people.settings_keys_revoke, name="settings-keys-revoke"),
]
