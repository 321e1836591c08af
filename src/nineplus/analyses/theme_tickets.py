"""Themes and tickets. Which kinds of tickets are behind what customers speak of?

Reads mentions by category of the ticket that an answer is tied to (tiers T1 and T2), per bucket of accounts. For each
theme and category: of the answers with words after such a ticket, how many speak of the theme, against the answers
after all other tickets; differences by the jackknife over account buckets, false alarms controlled over all pairs
(Benjamini–Hochberg); beside them the adjusted residual of the plain table.
Assumes: accounts answer independently of each other; links of tickets are right. No cause is claimed.
Refuses: comments that were not read, fewer than two categories above the privacy minimum.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nineplus.analyses._privacy import PRIVACY_MINIMUM, hidden, not_shown
from nineplus.analyses._theme_shares import TONES_OF_SHARES, compared, spoken
from nineplus.analyses._themes import NEEDS, Names, chosen_level, level_for, nothing_read, one_theme, totals
from nineplus.analyses._words import ACCOUNTS_INDEPENDENT, THOSE_WHO_ANSWERED, between, label
from nineplus.mart.dataset import Dataset
from nineplus.mart.schema import PRIMARY
from nineplus.model import BadFilter, Column, Figure, Kind, Result, Table, refuse
from nineplus.plugs import analysis

NAME, TITLE = "theme-tickets", "Which tickets are behind which themes?"


@analysis(
    NAME,
    title=TITLE,
    needs=NEEDS | {"tickets"},
    options_help={
        "theme": "one theme, by its name in lists of themes; empty: all",
        "tone": "which mentions count: any, positive or negative",
        "level": "1: main themes; 2: with those below them; auto: 2 where the answers can bear it",
        "q": "share of findings that may be false (Benjamini–Hochberg)",
        "confidence": "level of the intervals, 0 to 1",
    },
)
def theme_tickets(
    data: Dataset,
    *,
    theme: str | None = None,
    tone: str = "any",
    level: str = "auto",
    q: float = 0.10,
    confidence: float = 0.95,
) -> Result:
    if refused := nothing_read(NAME, TITLE, data):
        return refused
    if tone not in TONES_OF_SHARES:
        raise BadFilter(f"The tone is {', '.join(TONES_OF_SHARES[:-1])} or {TONES_OF_SHARES[-1]}, not {tone!r}.")
    if not 0 < q < 1:
        raise BadFilter(f"q is a share between 0 and 1, not {q!r}.")
    rows = data.responses
    tied = replace(data, responses=rows.filter(rows.tier.isin(PRIMARY), rows.ticket_category.notnull()))
    words = totals(tied).words
    level, counted = chosen_level(tied, level_for(level, theme), words=words)
    found = spoken(tied, counted, level=level, group=tied.responses.ticket_category)
    left_out = hidden(found.of_people)
    shown = [int(i) for i in np.flatnonzero(~left_out.any)]
    if len(shown) < 2:
        return refuse(
            NAME,
            TITLE,
            f"Answers with words are tied to fewer than two categories of tickets with {PRIVACY_MINIMUM} people or "
            f"more ({words:,.0f} such answers).",
        )
    themes = [one_theme(counted, theme)] if theme else [int(i) for i in np.flatnonzero(counted.shown)]
    if not themes:
        return refuse(NAME, TITLE, f"No theme is spoken of by {PRIVACY_MINIMUM} people or more.")
    cells = compared(found, themes, tone=tone, shown=shown, q=q, confidence=confidence)
    titles = Names(data).among(counted.themes, level=level)
    table = Table(
        name="pairs",
        title="Themes after each category of ticket, against all other tickets",
        columns=(
            Column("title", "Theme"),
            Column("category", "Ticket category"),
            Column("share", "Share", Kind.ESTIMATE, "Per cent of the answers with words after such a ticket."),
            Column("difference", "Difference from other tickets", Kind.ESTIMATE, "In per cent of answers."),
            Column("mentions", "Mentions", Kind.COUNT),
            Column("n", "Answers with words", Kind.COUNT),
            Column("residual", "Adjusted residual", Kind.NUMBER, "As if every answer were independent."),
            Column("p", "p, adjusted", Kind.P_VALUE, "Benjamini–Hochberg over all pairs with enough mentions."),
            Column("apart", "Differs", Kind.FLAG, "Beyond chance, by the adjusted p."),
            Column("name", "Both"),
            Column("theme", "Name"),
        ),
        rows=tuple(
            {
                "theme": counted.themes[cell.theme],
                "title": titles[counted.themes[cell.theme]],
                "category": label(found.keys[cell.group]),
                "name": f"{titles[counted.themes[cell.theme]]} · {label(found.keys[cell.group])}",
                "share": cell.share,
                "difference": cell.difference,
                "mentions": cell.mentions,
                "n": int(cell.share.n),
                "residual": cell.residual,
                "p": cell.p,
                "apart": cell.apart,
            }
            for cell in cells
        ),
        figure=Figure("whiskers", label="name", value="difference", flag="apart"),
        note="Grey cannot be told apart from other tickets.",
    )
    return Result(
        name=NAME,
        title=TITLE,
        says=_says(table),
        tables=(table,),
        figures={
            "n": int(words),
            "categories": len(shown),
            "themes": len(themes),
            "told_apart": sum(cell.apart for cell in cells),
            "level": int(level),
        },
        assumptions=(
            ACCOUNTS_INDEPENDENT,
            THOSE_WHO_ANSWERED,
            f"Each category is compared with all others; of the findings, {q:.0%} may be false.",
            "That a theme follows a kind of ticket does not say the ticket made it.",
        ),
        warnings=tuple(not_shown(left_out, "category")),
        method="Wilson intervals, account-clustered; differences by a jackknife over account buckets; "
        f"Benjamini–Hochberg q = {q:g}",
    )


def _says(table: Table) -> str:
    more = [row for row in table.rows if row["apart"] and row["difference"].value > 0]
    if not more:
        return "No theme is spoken of more after one category of tickets than after the others, as far as can be told."
    named = "; ".join(
        f"{row['title']} after {row['category']} tickets: {row['share'].value:.0f} % of answers, "
        f"{row['difference'].value:.0f} more in a hundred than after others ({between(row['difference'])})"
        for row in more[:3]
    )
    return f"{named}{f'; and {len(more) - 3} more pairs' if len(more) > 3 else ''}."
