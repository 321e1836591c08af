"""Typeform, from its CSV or Excel export: one header row, names of questions repeat, times in UTC."""

from __future__ import annotations

from nineplus.connectors.files.mapping import Meaning
from nineplus.connectors.files.vendors import Claim, Reading, Sheet
from nineplus.connectors.surveys._columns import by_names, left_out, own_ids, questions
from nineplus.plugs import Preset

VENDOR = "typeform"
_FIELDS = {
    "answered_at": ("submit date utc", "submitted at", "submit date"),
    "begun_at": ("start date utc", "started at", "start date"),
    "tags": ("tags",),
    "email": ("email", "e mail", "email address"),
    "contact": ("user id", "userid", "customer id", "customerid", "contact id", "external id", "external reference"),
    "contact_name": ("name", "full name", "contact name"),
    "account": ("account id", "company id", "account", "company"),
    "language": ("language", "lang", "locale"),
    "survey": ("form name", "survey"),
}
_LEFT_OUT = {
    "network id": "a code made of the customer's network address",
    "stage date utc": "when it was last touched before it was sent",
}


def claims(sheet: Sheet) -> Claim:
    names, marked = sheet.names.keys(), "#" in sheet.columns
    if marked and "network id" in names:
        return Claim(0.95, "# and Network ID")
    if "response type" in names and "stage date utc" in names:
        return Claim(0.95, "Response Type and Stage Date (UTC)")
    if marked and "submit date utc" in names:
        return Claim(0.8, "# and Submit Date (UTC)")
    if {"token", "submitted at"} <= names:
        return Claim(0.7, "Token and Submitted At")
    return Claim()


def read(sheet: Sheet) -> Reading:
    columns = by_names(sheet, _FIELDS)
    token = "#" if "#" in sheet.columns else sheet.first("token", "response id", "response token")
    if token:
        columns[token] = Meaning("response")
    columns = own_ids(columns, VENDOR, "response")
    columns |= left_out(sheet, _LEFT_OUT, but=columns)
    utc = any("(utc)" in column.casefold() for column in sheet.columns)
    return Reading(columns, questions(sheet, known=columns), timezone="UTC" if utc else "")


PRESET = Preset(VENDOR, "Typeform", claims, read)
