"""Every address there is: health, the API and what people read about it, the pages."""

from __future__ import annotations

from django.urls import include, path

from nineplus.api.reference import ours
from nineplus.web.pages.reference import reference_page

urlpatterns = [
    path("", include("nineplus.web.health")),
    path("api/docs/", reference_page(ours), name="settings-api"),
    path("api/", include("nineplus.api.urls")),
    path("v1/", include("nineplus.api.delighted.urls")),
    path("w/", include("nineplus.web.widget")),
    path("", include("nineplus.web.survey.urls")),
    path("", include("nineplus.web.urls")),
]

handler500 = "nineplus.web.faults.server_error"
