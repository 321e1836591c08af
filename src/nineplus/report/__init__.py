"""The report: files in, the whole explanation out, as one HTML file, Markdown or JSON. No server, no database.

report = build([Path("responses.csv")], tickets=Path("tickets.csv"), now=now)
Path("report.html").write_text(report.to_html())
"""

from nineplus.report.building import build
from nineplus.report.report import Report

__all__ = ["Report", "build"]
