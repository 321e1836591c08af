"""What columns a kind of file may have, and the names people give them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from nineplus.mart.schema import SOURCES


@dataclass(frozen=True, slots=True)
class Field:
    """Something a column can stand for. `shape` says how its values are read.

    `names` are normalised column names, surest first. Fields that are no column of the canonical rows
    (e-mail, durations …) are `extra`: they help to make one, or travel beside them.
    """

    name: str
    title: str
    shape: str
    names: tuple[str, ...] = ()
    required: bool = False


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace("\n", " ").split("|") if part.strip())


_ACCOUNT = _names("""account id|account|accountid|company id|company|organisation|organization|org id|org|account key
    |customer account|business|client company|firma|unternehmen|konto|kunde firma|entreprise|societe|compte|empresa|cuenta
    |azienda|societa|conta|bedrijf|organisatie|hs primary company id|associated company|workspace|tenant|external account id""")
_ACCOUNT_NAME = _names("""account name|company name|organisation name|organization name|firmenname|nom de l entreprise
    |nom entreprise|nombre de la empresa|nome azienda|nome da empresa|bedrijfsnaam|business name""")
_CONTACT = _names("""contact id|customer id|user id|person id|contact|customer|userid|customerid|contactid|client id|client
    |respondent|recipient id|member id|end user external id|end user id|external reference|subscriber id|person|user
    |requester id|requester|kundennummer|kunden id|kundenid|kunden nr|kunde|benutzer id|id client|numero client|id utilisateur
    |id cliente|cliente|numero de cliente|id usuario|id utente|codice cliente|codigo do cliente|klantnummer|klant id|klant
    |gebruiker id|external id""")
_EMAIL = _names("""email|e mail|email address|recipientemail|recipient email|contact email|customer email|user email|person email
    |mail|end user email|e mail adresse|adresse e mail|adresse email|courriel|correo|correo electronico|indirizzo email|posta elettronica
    |endereco de email|e mailadres|requester email""")
_PERSON = _names("""contact name|full name|person name|customer name|first and last name|respondent name|name|nom complet
    |nombre completo|nome completo|volledige naam|kundenname|ansprechpartner""")
_TICKET = _names("""ticket id|ticket|ticketid|case id|case number|case|ticket number|ticket key|issue key|conversation id
    |incident|incident id|request id|hs ticket id|ticketnummer|vorgang|numero de ticket|id ticket|id del ticket""")
_CHANNEL = _names("""channel|survey channel|distribution channel|distributionchannel|deliverymethod|delivery method|kanal|canal
    |canale|kanaal|source type|delighted source|medium|method""")
_CREATED = _names("""created at|created|createdate|create date|created date|creation date|date created|signup date|sign up date
    |joined|joined at|start date|customer since|since|erstellt|erstellt am|angelegt am|kunde seit|date de creation|cree le
    |fecha de creacion|data di creazione|data de criacao|aangemaakt|aangemaakt op""")
_DOMAIN = _names("domain|website|web site|company domain|url|webseite|site web|sitio web|sito|dominio|domaine|domein")
_CURRENCY = _names("currency|currency code|waehrung|wahrung|devise|moneda|valuta|moeda|deal currency code|ccy")

_SCORE = Field(
    "score",
    "Score, 0 to 10",
    "score",
    _names("""score|nps score|nps|nps rating|rating|nps value|net promoter score|how likely are you to recommend
    |likelihood to recommend|likelihood|recommend|recommendation|recommendation score|ltr|hs value|value|answer|q1|q1 nps|q nps|nps q
    |grade|mark|points|note|note nps|note sur 10|bewertung|punktzahl|punkte|weiterempfehlung|weiterempfehlungsbereitschaft|wert
    |recommandation|probabilite de recommandation|evaluation|puntuacion|puntaje|calificacion|valoracion|nota|recomendacion
    |punteggio|voto|valutazione|raccomandazione|pontuacao|avaliacao|recomendacao|cijfer|beoordeling|aanbeveling|waardering"""),
    required=True,
)
_GROUP = Field(
    "group",
    "Promoter, passive or detractor",
    "group",
    _names("""nps group|nps category|nps segment|group|nps type|nps rating|category|nps bucket|hs response group|response group
    |nps gruppe|gruppe|categorie nps|categoria nps|nps status|nps classification"""),
)
_ANSWERED = Field(
    "answered_at",
    "When it was answered",
    "instant",
    _names("""answered at|response date|responded at|submitted at|submit date|submission date|customer response date|answered|responded
    |submitted|hs submission timestamp|completed at|completion date|recordeddate|recorded date|enddate|end date|survey date
    |feedback date|date|datetime|timestamp|time|created at|created|date created|created date|createdate|day|response time
    |updated at|startdate|start date|submit date utc|sent at|datum|antwortdatum|beantwortet am|zeitstempel|zeitpunkt|eingegangen am
    |date de reponse|date reponse|repondu le|horodatage|horodateur|fecha|fecha de respuesta|marca temporal|data
    |data risposta|data di risposta|informazioni cronologiche|data da resposta|data hora|carimbo de data hora|antwoorddatum|datum antwoord|tijdstempel"""),
)
_COMMENT = Field(
    "comment",
    "Comment",
    "comment",
    _names("""comment|comments|text|feedback|verbatim|verbatims|reason|why|reason for score|score reason|open ended response
    |customer comment|nps comment|response text|free text|freetext|open text|message|remarks|remark|notes|note|hs content|content|review
    |suggestion|suggestions|improve|improvement|what could we improve|what is the reason for your score|answer text|q2|q2 improve|q2 comment
    |kommentar|kommentare|anmerkung|anmerkungen|begrundung|begruendung|grund|freitext|rueckmeldung|ruckmeldung|bemerkung
    |commentaire|commentaires|avis|raison|remarque|remarques|verbatim client|comentario|comentarios|motivo|razon|observaciones
    |commento|commenti|osservazioni|motivazione|razao|observacoes|sugestoes|opmerking|opmerkingen|toelichting|reden"""),
)

FIELDS: dict[str, tuple[Field, ...]] = {
    "responses": (
        _SCORE,
        _COMMENT,
        _ANSWERED,
        _GROUP,
        Field(
            "response",
            "Id of the response",
            "id",
            _names("""response id|responseid|id|response|respondent id|answer id|submission id|feedback id|network id|token|record id
            |survey response id|hs object id|antwort id|id reponse|id de respuesta|id risposta|id da resposta|uuid"""),
        ),
        Field("contact", "Customer (id)", "id", _CONTACT),
        Field("email", "E-mail of the customer", "email", _EMAIL),
        Field("contact_name", "Name of the customer", "text", _PERSON),
        Field("account", "Account (company)", "id", _ACCOUNT),
        Field("account_name", "Name of the account", "text", _ACCOUNT_NAME),
        Field("ticket", "Ticket that the survey was about", "id", _TICKET),
        Field(
            "survey",
            "Survey",
            "text",
            _names("""survey|survey name|survey id|hs survey name|survey title|survey template|umfrage|enquete|sondage|encuesta
            |sondaggio|pesquisa|onderzoek|enquete naam|questionnaire"""),
        ),
        Field(
            "touchpoint",
            "Touchpoint",
            "touchpoint",
            _names("touchpoint|touch point|survey type|kontaktpunkt|point de contact"),
        ),
        Field("channel", "Channel", "text", _CHANNEL),
        Field(
            "language",
            "Language",
            "text",
            _names("language|lang|locale|userlanguage|user language|sprache|langue|idioma|lingua|taal"),
        ),
        Field("excluded", "Excluded from the score", "flag", _names("excluded from calculations|excluded|exclude")),
    ),
    "invitations": (
        Field("invitation", "Id of the invitation", "id", _names("invitation id|invitation|id|invite id")),
        Field("survey", "Survey", "text", _names("survey|survey name|survey id")),
        Field("account", "Account (company)", "id", _ACCOUNT),
        Field("contact", "Customer (id)", "id", _CONTACT),
        Field("email", "E-mail of the customer", "email", _EMAIL),
        Field("ticket", "Ticket", "id", _TICKET),
        Field("response", "Id of the response", "id", _names("response id|response|answer id")),
        Field("channel", "Channel", "text", _CHANNEL),
        Field(
            "sent_at",
            "When it was sent",
            "instant",
            _names("sent at|sent|send date|sent date|invited at|created at|date"),
        ),
        Field("fate", "What became of it", "fate", _names("fate|status|state|outcome|result"), required=True),
        Field("reason", "Why it was skipped", "text", _names("reason|skip reason|why")),
    ),
    "tickets": (
        Field(
            "ticket",
            "Id of the ticket",
            "id",
            (*_TICKET, *_names("id|key|number|hs object id|nummer|numero|record id")),
        ),
        Field(
            "account",
            "Account (company)",
            "id",
            (*_ACCOUNT, *_names("customer id|customer|client|kunde|cliente|klant")),
        ),
        Field("account_name", "Name of the account", "text", _ACCOUNT_NAME),
        Field("contact", "Contact", "id", _CONTACT),
        Field("email", "E-mail of the contact", "email", _EMAIL),
        Field(
            "opened_at",
            "When it was opened",
            "instant",
            _names("""opened at|created at|created|submitted at|opened|open date|create date|createdate|created date|creation date
            |date created|date opened|reported at|submitted|start|start time|received at|date|timestamp|erstellt am|eroffnet am|erstellt
            |cree le|date de creation|ouvert le|fecha de creacion|abierto|data di apertura|data de abertura|aangemaakt op|geopend op"""),
            required=True,
        ),
        Field(
            "first_response_at",
            "When it was first answered",
            "instant",
            _names("""first response at|first reply at|first responded at|first agent reply date|first response|first reply
            |first answer at|first response date|erste antwort am|erste antwort|premiere reponse|primera respuesta|prima risposta
            |primeira resposta|eerste reactie"""),
        ),
        Field(
            "resolved_at",
            "When it was resolved",
            "instant",
            _names("""resolved at|closed at|solved at|resolved|closed|closed date|close date|resolution date|date closed|date resolved
            |hs last closed date|completed at|end|end time|gelost am|geschlossen am|geschlossen|resolu le|ferme le|fecha de cierre
            |cerrado|data di chiusura|chiuso il|data de fechamento|gesloten op|opgelost op"""),
        ),
        Field(
            "first_response_after",
            "Time to first answer",
            "duration",
            _names("""first response time|time to first response|first reply time|time to first agent reply|first response minutes
            |first response time minutes|first response time hours|first response hours|reply time in minutes|frt"""),
        ),
        Field(
            "resolved_after",
            "Time to resolution",
            "duration",
            _names("""resolution time|time to resolution|resolution time hours|resolution time minutes|time to close|resolution hours
            |full resolution time in minutes|handling time|ttr|time to resolve"""),
        ),
        Field(
            "priority",
            "Priority",
            "text",
            _names(
                "priority|hs ticket priority|severity|urgency|prioritat|prioritaet|priorite|prioridad|priorita|prioridade|prioriteit|dringlichkeit"
            ),
        ),
        Field(
            "category",
            "Category",
            "text",
            _names(
                "category|hs ticket category|type|ticket type|topic|issue type|subject category|kategorie|categorie|categoria|art"
            ),
        ),
        Field(
            "team",
            "Team",
            "text",
            _names("team|group|queue|department|support team|gruppe|abteilung|equipe|equipo|squadra|afdeling"),
        ),
        Field(
            "owner",
            "Owner",
            "text",
            _names(
                "owner|assignee|agent|hubspot owner id|assigned to|handler|bearbeiter|zustandig|agent name|proprietaire|agente|responsable|behandelaar"
            ),
        ),
        Field("channel", "Channel", "text", (*_CHANNEL, *_names("origin|via|source|herkunft|origine"))),
        Field(
            "sla_breached",
            "Was the SLA breached?",
            "flag",
            _names(
                "sla breached|sla breach|sla violated|breached|breach|sla missed|sla verletzt|hs time to close sla status"
            ),
        ),
        Field(
            "sla_met",
            "Was the SLA met?",
            "flag",
            _names("sla met|sla|sla ok|sla achieved|within sla|met sla|sla status|sla eingehalten"),
        ),
        Field(
            "reopens",
            "How often reopened",
            "count",
            _names("reopens|reopen count|reopened count|times reopened|count reopens|number of reopens|reopened"),
        ),
        Field(
            "escalated",
            "Was it escalated?",
            "flag",
            _names("escalated|escalation flag|is escalated|isescalated|escalation|eskaliert|escalade|escalado"),
        ),
    ),
    "ticket_events": (
        Field("ticket", "Ticket", "id", (*_TICKET, *_names("id")), required=True),
        Field(
            "at",
            "When",
            "instant",
            _names(
                "at|event at|occurred at|timestamp|time|date|created at|changed at|event date|datum|zeitpunkt|fecha|data"
            ),
            required=True,
        ),
        Field(
            "kind",
            "What happened",
            "event",
            _names("kind|event|event type|type|action|field|what|change|ereignis|evenement|evento|tipo|art"),
            required=True,
        ),
        Field(
            "from_value",
            "From",
            "text",
            _names("from value|from|old value|previous|previous value|before|von|de|alt|ancien"),
        ),
        Field("to_value", "To", "text", _names("to value|to|new value|value|after|nach|zu|neu|nouveau|a")),
        Field(
            "by_customer",
            "Done by the customer?",
            "flag",
            _names("by customer|from customer|is customer|customer|by end user|inbound"),
        ),
    ),
    "accounts": (
        Field(
            "account",
            "Id of the account",
            "id",
            (*_ACCOUNT, *_names("id|record id|hs object id|customer id|client id|kundennummer|external id|key")),
        ),
        Field(
            "name",
            "Name",
            "text",
            (
                *_ACCOUNT_NAME,
                *_names("name|account|company|customer|customer name|title|nom|nombre|nome|naam|firma|bezeichnung"),
            ),
        ),
        Field("domain", "Web domain", "text", _DOMAIN),
        Field("created_at", "Customer since", "instant", _CREATED),
    ),
    "contacts": (
        Field("contact", "Id of the contact", "id", (*_CONTACT, *_names("id|record id|hs object id|key"))),
        Field("account", "Account (company)", "id", _ACCOUNT),
        Field("account_name", "Name of the account", "text", _ACCOUNT_NAME),
        Field("email", "E-mail", "email", _EMAIL),
        Field("name", "Name", "text", (*_PERSON, *_names("nom|nombre|nome|naam"))),
        Field(
            "first_name",
            "First name",
            "text",
            _names("first name|firstname|vorname|prenom|nombre de pila|given name|voornaam|recipientfirstname"),
        ),
        Field(
            "last_name",
            "Last name",
            "text",
            _names(
                "last name|lastname|surname|nachname|family name|apellido|apellidos|cognome|sobrenome|achternaam|recipientlastname"
            ),
        ),
        Field("created_at", "Known since", "instant", _CREATED),
    ),
    "movements": (
        Field(
            "movement",
            "Id of the movement",
            "id",
            _names("movement id|movement|id|activity id|transaction id|event id|uuid"),
        ),
        Field(
            "account",
            "Account (company)",
            "id",
            (*_ACCOUNT, *_names("customer id|customer|client|customer uuid|kunde|cliente|klant")),
            required=True,
        ),
        Field("account_name", "Name of the account", "text", _ACCOUNT_NAME),
        Field(
            "subscription",
            "Subscription",
            "id",
            _names("subscription id|subscription|plan id|contract id|contract|abonnement|vertrag|suscripcion"),
        ),
        Field(
            "at",
            "When",
            "instant",
            _names(
                "at|date|movement date|effective date|occurred at|effective at|activity date|timestamp|created at|datum|fecha|data"
            ),
        ),
        Field(
            "kind",
            "What happened",
            "movement",
            _names("kind|type|movement type|movement|event|activity|change type|art|tipo"),
        ),
        Field(
            "amount_minor",
            "Change in smallest money units",
            "minor",
            _names("amount minor|mrr minor|amount cents|amount in cents|mrr cents|minor units"),
        ),
        Field(
            "amount",
            "Change of monthly revenue",
            "money",
            _names(
                "amount|mrr|mrr amount|mrr change|mrr movement|activity mrr movement|delta mrr|change|value|monthly amount|betrag|montant|importe|importo|valor|bedrag|mrr amount usd|hs mrr"
            ),
        ),
        Field("currency", "Currency", "currency", _CURRENCY),
        Field(
            "started_at",
            "Start of the subscription",
            "instant",
            _names("start date|started at|start|subscription start|begin|beginn|date de debut|fecha de inicio"),
        ),
        Field(
            "ended_at",
            "End of the subscription",
            "instant",
            _names("end date|ended at|end|subscription end|cancelled at|canceled at|ende|date de fin|fecha de fin"),
        ),
    ),
}

ATTRIBUTE = "attribute"
IGNORE = "ignore"
JSON = Field("attributes", "Attributes as one JSON object", "json", ("attributes",))


def fields(kind: str) -> dict[str, Field]:
    """The fields of a kind of file, by name."""
    known = {field.name: field for field in FIELDS[kind]}
    return known | ({JSON.name: JSON} if "attributes" in SOURCES[kind].names else {})


def normalised(name: str) -> str:
    """A column name without case, accents, punctuation and camel case: `NPS_Score` and `npsScore` are `nps score`."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", " ", name)
    name = name.replace("ß", "ss")
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", plain.casefold().replace("_", " ")))


def slug(name: str) -> str:
    """The identifier of an attribute made from its column name."""
    made = re.sub(r"[^a-z0-9]+", "_", normalised(name)).strip("_")[:60].strip("_")
    return made or "attribute"
