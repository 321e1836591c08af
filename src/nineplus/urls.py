"""Every address there is: health, the API, the pages."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("nineplus.web.health")),
    path("api/", include("nineplus.api.urls")),
    path("v1/", include("nineplus.api.delighted.urls")),
    path("w/", include("nineplus.web.widget")),
    path("", include("nineplus.web.survey.urls")),
    path("", include("nineplus.web.urls")),
]

handler500 = "nineplus.web.faults.server_error"
