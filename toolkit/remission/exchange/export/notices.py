"""What goes with every file: what participants agreed to, and the notice on passing it on."""

from dataclasses import dataclass
from pathlib import Path

from remission.cohort import Protocol
from remission.exchange.export.profiles import NOT_A_PROMISE
from remission.exchange.export.request import ExportRequest
from remission.yaml_file import read_yaml

SHIPPED = Path(__file__).with_name("notices.yaml")


@dataclass(frozen=True)
class Terms:
    """On what terms a file goes out.

    Attributes
    ----------
    notice : str
        On passing it on.
    consent : str
        What participants agreed to, or that nothing is said of it.
    is_silent : bool
        The study says nothing of consent.
    """

    notice: str
    consent: str
    is_silent: bool

    def paragraphs(self, request: ExportRequest, title: str, made: str) -> list[str]:
        """Say in a few paragraphs what a file is and on what terms it may be used."""
        found = [
            f"{title}. {made}",
            f"Profile: {request.profile}. Table: {request.table}"
            + (
                f", one row a participant{' and wave' if request.is_long else ''}."
                if request.table == "answers"
                else "."
            ),
            f"Notice: {self.notice}",
            f"Consent: {self.consent}",
        ]
        if request.profile == "safe-harbor":
            found.append(NOT_A_PROMISE[0].upper() + NOT_A_PROMISE[1:])
        return found


def terms_of(protocol: Protocol) -> Terms:
    """Take the study's own words before those that ship."""
    shipped = read_yaml(SHIPPED)
    consent = " ".join(protocol.sharing.consent.split())
    notice = " ".join(protocol.sharing.notice.split()) or str(shipped["notice"])
    return Terms(notice, consent or str(shipped["silent_consent"]), not consent)
