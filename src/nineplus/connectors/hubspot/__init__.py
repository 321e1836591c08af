"""HubSpot: contacts, companies, tickets with their history, deals and survey answers come in; scores go back.

session.py is the plug; client.py makes the calls; reading.py walks the streams, of which records.py, history.py and
values.py make records in our words; writing.py is the way back; hooks.py hears that there is news.
"""

from nineplus.connectors.hubspot.session import CONNECTOR

__all__ = ["CONNECTOR"]
