"""The API put together: keys, routers, errors, description."""

from __future__ import annotations

from nineplus.api import (
    accounts,
    advocates,
    advocates_programmes,
    alerts,
    analyses,
    attribution,
    cases,
    changes,
    channels,
    connections,
    imports,
    invitations,
    matches,
    playbooks,
    responses,
    rules,
    suppressions,
    surveys,
    themes,
)
from nineplus.api.description import Api
from nineplus.api.door import Key
from nineplus.api.json_only import Renderer, Strict
from nineplus.api.problems import explain
from nineplus.version import __version__

api = Api(
    title="nineplus",
    version=__version__,
    docs_url=None,
    auth=Key(),
    parser=Strict(),
    renderer=Renderer(),
    urls_namespace="api",
)
explain(api)
api.add_router("/surveys", surveys.router)
api.add_router("/invitations", invitations.router)
api.add_router("/events", invitations.events)
api.add_router("/responses", responses.router)
api.add_router("/responses", themes.answers)
api.add_router("/suppressions", suppressions.router)
api.add_router("/accounts", accounts.router)
api.add_router("/cases", cases.router)
api.add_router("/alerts", alerts.router)
api.add_router("/channels", channels.router)
api.add_router("/playbooks", playbooks.router)
api.add_router("/advocates", advocates_programmes.router)  # before what is found by number
api.add_router("/advocates", advocates.router)
api.add_router("/rules", rules.router)
api.add_router("/changes", changes.router)
api.add_router("/connections", connections.router)
api.add_router("/analyses", analyses.router)
api.add_router("/attribution", attribution.router)
api.add_router("/themes", themes.router)
api.add_router("/matches", matches.router)
api.add_router("/imports", imports.router)
