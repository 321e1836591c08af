"""The public address is kept where the other settings are, and nothing else there is touched."""

from __future__ import annotations

import tomllib

import pytest

from nineplus.stages.errors import NotPossible
from nineplus.stages.govern import public_address


@pytest.fixture
def home(tmp_path, settings, monkeypatch):
    settings.HOME = tmp_path
    monkeypatch.delenv("NINEPLUS_PUBLIC_URL", raising=False)
    return tmp_path


def test_it_is_written_above_what_stands_there_and_the_processes_are_told(home):
    (home / "settings.toml").write_text('# ours\npublic_url = "http://old"\nport = 9000\n', encoding="utf-8")
    kept = public_address.change(" https://NPS.example.com/ ")
    assert (kept.next_url, kept.fixed) == ("https://nps.example.com", False)
    text = (home / "settings.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text) == {"public_url": "https://nps.example.com", "port": 9000}
    assert "# ours" in text
    assert (home / public_address.START_AGAIN).exists()
    public_address.change("")
    assert tomllib.loads((home / "settings.toml").read_text(encoding="utf-8")) == {"port": 9000}


@pytest.mark.parametrize(
    "url",
    [
        "nps.example.com",
        "ftp://x.example",
        "https://x.example/a",
        "https://u:p@x.example",
        "https://x:port",
        'https://a"b',
    ],
)
def test_what_is_no_address_is_refused_and_nothing_written(home, url):
    with pytest.raises(NotPossible, match=r"https://nps\.example\.com"):
        public_address.change(url)
    assert list(home.iterdir()) == []


def test_what_the_environment_says_is_changed_there(home, monkeypatch):
    monkeypatch.setenv("NINEPLUS_PUBLIC_URL", "https://nps.example.com")
    with pytest.raises(NotPossible, match="Change it there"):
        public_address.change("https://other.example.com")
