"""The words in which files say the same things: yes, promoter, reopened, upgrade … in several languages."""

from __future__ import annotations


def _set(text: str) -> frozenset[str]:
    return frozenset(word.strip() for word in text.replace("\n", "|").split("|") if word.strip())


YES = _set("""true|t|yes|y|1|1.0|x|on|ja|j|wahr|oui|o|vrai|si|sí|s|verdadero|vero|sim|verdadeiro|waar
              |breached|missed|violated|overdue|late|completed late|done late|failed|escalated|4|✓""")
NO = _set("""false|f|no|n|0|0.0|off|nein|falsch|non|faux|falso|não|nao|nee|onwaar
              |met|achieved|hit|in time|on time|within sla|ok|completed on time|done on time|not breached|3""")

GROUPS = {
    "promoter": _set(
        "promoter|promoters|promoteur|promoteurs|promotor|promotores|promotore|promotori|promoter*innen|3"
    ),
    "passive": _set(
        "passive|passives|passiv|passif|passifs|pasivo|pasivos|passivo|passivi|passivos|neutral|neutrals|neutre"
        "|neutro|indifferent|passief|2"
    ),
    "detractor": _set(
        "detractor|detractors|detraktor|detraktoren|détracteur|détracteurs|detracteur|detractores|detrattore"
        "|detrattori|detrator|detratores|criticus|kritiker|1"
    ),
}
GROUP_WORDS = frozenset(word for words in GROUPS.values() for word in words if not word.isdigit())

EVENT_KINDS = {
    "stage": _set(
        "stage|status|state|status change|stage change|status_changed|stage_changed|statut|estado|stato|phase"
    ),
    "owner": _set(
        "owner|assignee|assigned|assignment|reassigned|reassignment|owner change|agent|bearbeiter|propriétaire"
    ),
    "team": _set("team|group|queue|group change|transfer|transferred|équipe|equipo"),
    "priority": _set("priority|priority change|severity|priorität|priorité|prioridad|priorità"),
    "reply": _set(
        "reply|replied|response|comment|message|note|public comment|antwort|réponse|respuesta|risposta|antwoord"
    ),
    "escalation": _set("escalation|escalated|escalate|eskalation|escalade|escalado|escalamiento"),
    "reopen": _set(
        "reopen|reopened|re-opened|re-open|reopening|wiedereröffnet|rouvert|reabierto|riaperto|reaberto|heropend"
    ),
    "resolution": _set(
        "resolution|resolved|solved|closed|close|done|gelöst|geschlossen|résolu|fermé|resuelto|cerrado|risolto"
    ),
}
MOVEMENT_KINDS = {
    "new": _set(
        "new|new_biz|new business|new mrr|new_business|start|signup|subscription created|neu|nouveau|nuevo|nuovo|novo"
    ),
    "expansion": _set("expansion|upgrade|upsell|cross-sell|expand|increase|erweiterung|extension|ampliación"),
    "contraction": _set("contraction|downgrade|downsell|decrease|reduction|reduzierung|réduction|reducción"),
    "churn": _set(
        "churn|churned|cancel|cancelled|canceled|cancellation|lost|end|kündigung|résiliation|cancelación|baja"
    ),
    "renewal": _set("renewal|renewed|renew|verlängerung|renouvellement|renovación|rinnovo|renovação|verlenging"),
    "reactivation": _set("reactivation|reactivated|winback|win-back|reaktivierung|réactivation|reactivación"),
}
FATES = {
    name: _set(name)
    for name in ["planned", "skipped", "sent", "delivered", "opened", "answered", "declined", "bounced", "expired"]
}
FATES["answered"] |= _set("responded|completed|complete|beantwortet|répondu")
FATES["opened"] |= _set("clicked|viewed|read")
FATES["bounced"] |= _set("failed|hard bounce|soft bounce|undelivered")
FATES["declined"] |= _set("unsubscribed|refused|opted out")
TOUCHPOINTS = {
    "post-resolution": _set(
        "post-resolution|post resolution|post_resolution|ticket|case closed|after ticket|support|post-ticket"
    ),
    "post-onboarding": _set("post-onboarding|post onboarding|post_onboarding|onboarding"),
    "pre-renewal": _set("pre-renewal|pre renewal|pre_renewal|renewal"),
    "relationship": _set("relationship|relational|quarterly|quarterly relationship|rnps|periodic"),
    "post-purchase": _set("post-purchase|post purchase|post_purchase|purchase|order|transaction"),
    "custom": _set("custom|other"),
}
CHANNELS = {
    "email": _set("email|e-mail|mail|newsletter"),
    "web": _set("web|website|site|online|browser|desktop"),
    "mobile": _set("mobile|app|in-app|inapp|ios|android|phone app"),
    "sms": _set("sms|text|text message"),
    "phone": _set("phone|call|telephone|ivr"),
    "chat": _set("chat|live chat|messenger|whatsapp"),
    "link": _set("link|anonymous|qr|kiosk"),
}
CHOICES = {"event": EVENT_KINDS, "movement": MOVEMENT_KINDS, "fate": FATES, "touchpoint": TOUCHPOINTS}


def meaning(text: str, choices: dict[str, frozenset[str]]) -> str | None:
    """The choice that this text stands for, if any."""
    lowered = " ".join(text.casefold().split())
    spaced = lowered.replace("_", " ")
    return next(
        (name for name, words in choices.items() if lowered == name or lowered in words or spaced in words), None
    )
