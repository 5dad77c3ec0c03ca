"""Labels that say why there is no answer, in English, German and Spanish."""

import re
from collections.abc import Mapping

from remission.exchange.mapping import Code, Reason

WORDS: dict[Reason, str] = {
    "refused": (
        r"refus\w*|rf|declin(ed|es) to \w+|prefer(red|s)? not\b.*|rather not\b.*|verweiger\w*|"
        r"rehus\w*|rechaz\w*|se neg\w+"
    ),
    "unknown": (
        r"do(es)? ?n[o'’]?t know|don[´`]t know|dont know|dk|unknown|not sure|unsure|can[’']?t (say|remember|recall)|"
        r"wei(ß|ss) (es )?nicht|wei(ß|ss) ich nicht|unbekannt|no (lo )?s[eé]|no sabe|ns|desconocid\w+|no recuerda"
    ),
    "not_applicable": (
        r"not applicable|n/a|n\.a\.?|inapplicable|inap|does(n['’]t| not) apply|not relevant|(legitimate|valid) skip|"
        r"trifft nicht zu|nicht zutreffend|nicht anwendbar|entf(ä|ae)llt|no aplica(ble)?|no procede|no corresponde"
    ),
    "not_asked": (
        r"not asked|not administered|question skipped|skipped( by design)?|nicht gefragt|nicht erhoben|nicht gestellt|"
        r"no preguntad\w+|no se pregunt\w+"
    ),
    "not_recorded": (
        r"missing( value| data)?|no answer|not answered|no response|no data|not recorded|not ascertained|not stated|"
        r"not available|blank|left blank|system missing|keine angaben?|k\.? ?a\.?|fehlend\w*|fehlt|nicht beantwortet|"
        r"sin respuesta|no contesta|no responde|nc|sin dato\w*|perdido\w*|faltante\w*"
    ),
}
PATTERNS = {
    reason: re.compile(rf"(?:^|[\s/,(&:-])(?:{words})(?=$|[\s/,.);:&-])", re.I) for reason, words in WORDS.items()
}
MOST_WORDS = 5


def reasons_in(label: str) -> tuple[Reason, ...]:
    """Return the reasons that a value label names, in its own order; usually one, or none.

    Longer labels tell an answer ("refused to go to treatment when it was offered") and give none.
    """
    said = re.sub(r"^[\W\d_]+(?=[^\W\d_])", "", label.strip())
    if not said or len(said.split()) > MOST_WORDS:
        return ()
    found = [(match.start(), reason) for reason, pattern in PATTERNS.items() if (match := pattern.search(said))]
    if not found or min(found)[0] > 0:
        return ()
    return tuple(reason for _, reason in sorted(found))


def missing_labels(value_labels: Mapping[Code, str]) -> dict[Code, tuple[Reason, ...]]:
    """Return the codes whose labels say why there is no answer.

    A bare ``NA`` counts only at the end of a list and not beside ``AA``: it may be Narcotics Anonymous.
    """
    found = {code: reasons for code, label in value_labels.items() if (reasons := reasons_in(label))}
    plain = {label.strip().upper() for label in value_labels.values()}
    if "NA" in plain and "AA" not in plain:
        last = max((code for code in value_labels if not isinstance(code, str)), default=None)
        for code, label in value_labels.items():
            if label.strip().upper() == "NA" and code in (last, "NA"):
                found[code] = ("not_applicable",)
    return found
