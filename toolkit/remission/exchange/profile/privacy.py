"""Columns that may identify a person, by name and by content; their values are never shown."""

import re
from dataclasses import dataclass

from remission.exchange.files import Variable
from remission.exchange.profile.names import words_of
from remission.exchange.profile.notes import TEXT_DATE
from remission.exchange.profile.tally import Tally

LONG_TEXT = 50
NAMED: dict[str, frozenset[str]] = {
    "an e-mail address": frozenset({"email", "emails", "mail", "emailaddress", "recipientemail", "correo", "e mail"}),
    "a telephone number": frozenset(
        {
            "phone",
            "telephone",
            "tel",
            "cellphone",
            "mobile",
            "telefon",
            "handy",
            "mobil",
            "telefono",
            "teléfono",
            "movil",
        }
    )
    | {"phonenumber", "celular", "fax", "whatsapp"},
    "an IP address": frozenset({"ipaddress", "ip", "ip address", "ipadresse"}),
    "a place on the map": frozenset(
        {"latitude", "longitude", "lat", "lon", "lng", "gps", "breitengrad", "längengrad", "latitud", "longitud"}
    ),
    "an address": frozenset(
        {
            "street",
            "address",
            "zip",
            "zipcode",
            "postcode",
            "postal",
            "adresse",
            "anschrift",
            "strasse",
            "straße",
            "plz",
        }
    )
    | {"wohnort", "calle", "direccion", "dirección", "domicilio", "postleitzahl"},
    "a person's name": frozenset(
        {"name", "firstname", "lastname", "surname", "fullname", "initials", "first name", "last name", "middlename"}
    )
    | {"vorname", "nachname", "familienname", "nombre", "nombres", "apellido", "apellidos", "recipientfirstname"}
    | {"recipientlastname", "maidenname", "alias", "nickname"},
    "a date of birth": frozenset(
        {"dob", "birthdate", "birthday", "dateofbirth", "date of birth", "birth date", "geburtsdatum", "geburtstag"}
    )
    | {"gebdat", "fecha nacimiento", "fecha de nacimiento", "nacimiento", "bdate"},
    "an official number": frozenset(
        {"ssn", "socialsecurity", "social security", "nhs", "nino", "dni", "nif", "nie", "curp", "passport", "medicare"}
    )
    | {
        "ausweis",
        "reisepass",
        "sozialversicherungsnummer",
        "svnr",
        "versichertennummer",
        "pasaporte",
        "mrn",
        "license",
    },
    "a survey platform's record of one person": frozenset(
        {"responseid", "externalreference", "externaldatareference", "workerid", "mturkid", "prolificpid", "userid"}
    ),
}
TEXT_ONLY = frozenset({"a person's name", "an official number", "an address"})
CONTENT: tuple[tuple[str, re.Pattern[str], float], ...] = (
    ("an e-mail address", re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}"), 0.1),
    ("an IP address", re.compile(r"(\d{1,3}\.){3}\d{1,3}|([0-9a-f]{1,4}:){3,7}[0-9a-f]{0,4}", re.I), 0.5),
    ("an official number", re.compile(r"\d{3}-\d{2}-\d{4}"), 0.3),
    ("a place on the map", re.compile(r"[-+]?\d{1,2}\.\d{3,}\s*[,; ]\s*[-+]?\d{1,3}\.\d{3,}.*"), 0.3),
    ("a telephone number", re.compile(r"(?=(\D*\d){7,15}\D*$)(\+|00|\(?0)[\d\s()/.-]{6,}"), 0.5),
    ("a telephone number", re.compile(r"\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}"), 0.3),
)


@dataclass(frozen=True)
class Identifying:
    """Why a column may identify a person.

    Attributes
    ----------
    what : str
        ``an e-mail address``, with its article.
    why : str
        ``by its name``, ``by its label`` or ``by its content``.
    """

    what: str
    why: str

    @property
    def sentence(self) -> str:
        """Say what it looks like."""
        return f"looks like {self.what} ({self.why})"


def identifying(name: str, variable: Variable, tally: Tally) -> Identifying | None:
    """Tell whether a column may identify a person; None where nothing speaks for it."""
    if not variable.value_labels:
        for text, why in ((" ".join(words_of(name)), "by its name"), (variable.label.lower(), "by its label")):
            what = _by_words(text, by_label=why == "by its label")
            if what and _fits(what, variable, tally):
                return Identifying(what, why)
    by_content = _by_content(tally)
    if by_content:
        return Identifying(by_content, "by its content")
    if tally.is_text and tally.longest > LONG_TEXT:
        return Identifying("free text", f"up to {tally.longest} characters")
    return None


def _by_content(tally: Tally) -> str:
    texts = [value for value in tally.sample if isinstance(value, str) and not TEXT_DATE.fullmatch(value)]
    if len(texts) < 1:
        return ""
    for what, pattern, share in CONTENT:
        if sum(bool(pattern.fullmatch(text)) for text in texts) >= max(1, share * len(texts)):
            return what
    return ""


def _by_words(text: str, by_label: bool) -> str:
    words = re.findall(r"[^\W\d_]+", text)
    pairs = {" ".join(pair) for size in (2, 3) for pair in zip(*(words[start:] for start in range(size)), strict=False)}
    glued = {"".join(words)} | {pair.replace(" ", "") for pair in pairs}
    for what, known in NAMED.items():
        if by_label:
            # Single words of a label prove little ("how often do you read mail"); the whole label or a pair does.
            if (glued & known and len(words) <= 4) or pairs & known:
                return what
        elif (set(words) | pairs | glued) & known:
            return what
    return ""


def _fits(what: str, variable: Variable, tally: Tally) -> bool:
    if what == "a date of birth":
        return tally.is_text or variable.kind in ("date", "datetime") or (tally.high or 0) > 10_000_000
    if what in ("an e-mail address", "an IP address") or what in TEXT_ONLY:
        return tally.is_text
    if what == "a telephone number":
        return tally.is_text or (tally.high or 0) >= 1_000_000
    if what == "a place on the map":
        return tally.is_text or not tally.whole
    return True
