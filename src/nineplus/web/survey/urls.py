"""Addresses for customers: short, because they stand in SMS, and never changed, because they stand on paper."""

from __future__ import annotations

from django.urls import path

from nineplus.web.survey import advocate, anonymous, news, personal, qr, unsubscribe

urlpatterns = [
    path("s/<str:token>/", personal.survey, name="survey"),
    path("s/<str:token>/score", personal.score, name="survey-score"),
    path("s/<str:token>/more", personal.more, name="survey-more"),
    path("s/<str:token>/decline", personal.decline, name="survey-decline"),
    path("s/<str:token>/opened", personal.opened, name="survey-opened"),
    path("s/<str:token>/all", personal.hidden, name="survey-hidden"),
    path("a/<str:public_id>/", anonymous.link, name="survey-link"),
    path("a/<str:public_id>/score", anonymous.link_score, name="survey-link-score"),
    path("a/<str:token>/more", anonymous.amend_more, name="survey-amend-more"),
    path("a/<str:token>/answer/", anonymous.amend, name="survey-amend"),
    path("k/<str:public_id>/", anonymous.kiosk, name="survey-kiosk"),
    path("p/<str:token>/", advocate.own, name="survey-advocate"),
    path("r/<str:code>/", advocate.refer, name="survey-refer"),
    path("n/<str:token>/", news.news, name="survey-news"),
    path("u/<str:token>/", unsubscribe.unsubscribe, name="survey-unsubscribe"),
    path("qr/<str:public_id>.svg", qr.qr, {"kind": "svg"}, name="survey-qr-svg"),
    path("qr/<str:public_id>.png", qr.qr, {"kind": "png"}, name="survey-qr-png"),
]
