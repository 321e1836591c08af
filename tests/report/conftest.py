"""Reports are made once for all tests that read them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from nineplus.report import Report, build
from nineplus.sample.company import company
from nineplus.sample.export import export

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def real(*names: str) -> list[Path]:
    """Files of the public data sets beside the project."""
    if not DATA.exists():
        pytest.skip("the public data sets are not beside the project (../shared/data)")
    return [DATA / name for name in names]


@pytest.fixture(scope="session")
def broadband() -> Report:
    return build(real("nps_broadband_uk/verbatim.csv"), now=NOW)


@pytest.fixture(scope="session")
def channels() -> Report:
    return build(real(*(f"nps_channels/nps_{name}.csv" for name in ("email", "mobile", "web"))), now=NOW)


@pytest.fixture(scope="session")
def company_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("company")
    export(company(until=date(2026, 11, 1), accounts=150, contacts=1200, tickets=3000), folder=folder)
    return folder


@pytest.fixture(scope="session")
def full(company_files: Path) -> Report:
    return build(
        company_files / "responses.csv",
        tickets=company_files / "tickets.csv",
        ticket_events=company_files / "ticket_events.csv",
        accounts=company_files / "accounts.csv",
        contacts=company_files / "contacts.csv",
        movements=company_files / "movements.csv",
        now=NOW,
    )


@pytest.fixture(scope="session")
def unanswered(tmp_path_factory: pytest.TempPathFactory) -> Report:
    path = tmp_path_factory.mktemp("unanswered") / "sent.csv"
    path.write_text("score,date,region\n,2026-01-01,EMEA\n,2026-01-02,APAC\n", encoding="utf-8")
    return build([path], now=NOW)
