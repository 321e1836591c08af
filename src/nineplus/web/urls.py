"""Every address of the pages. The API and the health checks bring their own lists."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from nineplus.web.pages import account, overview, responses, welcome

urlpatterns: list[URLPattern | URLResolver] = [
    path("", overview.overview, name="overview"),
    path("log-in/", account.log_in, name="log-in"),
    path("log-out/", account.log_out, name="log-out"),
    path("first-visit/", account.first_visit, name="first-visit"),
    path("theme/", account.theme, name="theme"),
    path("welcome/", welcome.welcome, name="welcome"),
    path("sample/", welcome.welcome, name="sample"),
    path("responses/", responses.responses, name="responses"),
    path("responses/news/", responses.responses_news, name="responses-news"),
    path("responses/responses.csv", responses.responses_csv, name="responses-csv"),
    path("responses/<int:pk>/", responses.responses_one, name="responses-one"),
    path("drivers/", overview.overview, name="drivers"),
    path("segments/", overview.overview, name="segments"),
    path("analysis/", overview.overview, name="analyses"),
    path("imports/", overview.overview, name="imports"),
    path("imports/new/", overview.overview, name="imports-new"),
    path("settings/", overview.overview, name="settings"),
]
