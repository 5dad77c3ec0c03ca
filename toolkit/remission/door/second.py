"""The second door: an organisation's own sign-in by OpenID Connect, which proves who somebody is and grants nothing."""

import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Annotated, Any, cast

import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from remission.errors import AccountError, RemissionError
from remission.yaml_file import read_yaml

FILE = "door.yaml"
WAIT_SECONDS = 10
OPEN_SECONDS = 600
MOST_OPEN = 1_000
ALGORITHMS = ["RS256", "PS256", "ES256"]


class SecondDoorPlan(BaseModel):
    """What ``door.yaml`` says.

    Attributes
    ----------
    issuer : str
        The provider's address, as its discovery document states it.
    client_id : str
    secret_variable : str
        The environment variable that holds the client's secret; the secret stands in no file.
    address : str
        Where this place is reached from outside, for the way back.
    claim : str
        The claim whose value is the name of the account here.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: Annotated[str, Field(pattern=r"^(https://|http://(127\.0\.0\.1|localhost)[:/])")]
    client_id: str
    secret_variable: str = "REMISSION_OIDC_SECRET"
    address: Annotated[str, Field(pattern=r"^(https://|http://(127\.0\.0\.1|localhost)[:/])")]
    claim: str = "email"


@dataclass(frozen=True)
class _Asked:
    state: str
    nonce: str
    verifier: str
    until: float


def read_second_door(folder: Path) -> "SecondDoor | None":
    """Return the second door of a study folder; None where it has none.

    Raises
    ------
    AccountError
        ``door.yaml`` breaks a rule.
    """
    file = folder / FILE
    if not file.is_file():
        return None
    try:
        return SecondDoor(SecondDoorPlan.model_validate(read_yaml(file)))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise AccountError(f"{file}: {where}: {first['msg']}.", "Correct it there.") from error
    except RemissionError as error:
        raise AccountError(error.cause, error.cure) from error


class SecondDoor:
    """Authorization code flow with PKCE and a nonce; what was asked is kept by the browser's own cookie, used once.

    Parameters
    ----------
    plan : SecondDoorPlan
    """

    def __init__(self, plan: SecondDoorPlan) -> None:
        self.plan = plan
        self._asked: dict[str, _Asked] = {}
        self._lock = Lock()

    def address(self, held: str) -> str:
        """Return the provider's address to which a browser is sent; ``held`` is the value of its cookie.

        Raises
        ------
        AccountError
            The provider does not answer.
        """
        asked = _Asked(_random(), _random(), _random(), time.time() + OPEN_SECONDS)
        with self._lock:
            self._asked = {key: one for key, one in self._asked.items() if one.until > time.time()}
            if len(self._asked) >= MOST_OPEN:
                raise AccountError("Too many people are signing in.", "Try again in some minutes.")
            self._asked[held] = asked
        found, _ = self._client().create_authorization_url(
            self._metadata()["authorization_endpoint"],
            state=asked.state,
            nonce=asked.nonce,
            code_challenge=create_s256_code_challenge(asked.verifier),
            code_challenge_method="S256",
        )
        return str(found)

    def account(self, held: str, said: dict[str, str]) -> str:
        """Return the name of the account that the provider proved.

        Raises
        ------
        AccountError
            The answer belongs to no question of ours, or the provider's word is not good.
        """
        with self._lock:
            asked = self._asked.pop(held, None)
        if asked is None or asked.until < time.time() or not secrets.compare_digest(asked.state, said.get("state", "")):
            raise AccountError("This answer was used already, or belongs to no question of ours.", "Sign in again.")
        try:
            metadata = self._metadata()
            token = self._client().fetch_token(
                metadata["token_endpoint"],
                code=said.get("code", ""),
                code_verifier=asked.verifier,
                timeout=WAIT_SECONDS,
            )
            claims = self._claims(str(token["id_token"]), metadata, asked.nonce)
        except AccountError:
            raise
        except Exception as error:
            # What came back may hold a token.
            raise AccountError("The organisation's sign-in gave no good answer.", "Try again.") from error
        name = str(claims.get(self.plan.claim, "")).strip().lower()
        if self.plan.claim == "email" and claims.get("email_verified") is not True:
            raise AccountError("Your organisation has not checked your address.", "Ask it to.")
        if not name:
            raise AccountError(f"The organisation's sign-in says no {self.plan.claim}.", "Ask the administrator.")
        return name

    def _claims(self, signed: str, metadata: dict[str, Any], nonce: str) -> dict[str, Any]:
        keys = KeySet.import_key_set(cast("KeySetSerialization", _fetched(metadata["jwks_uri"])))
        try:
            claims = dict(jwt.decode(signed, keys, algorithms=ALGORITHMS).claims)
            jwt.JWTClaimsRegistry(
                leeway=60,
                iss={"essential": True, "value": metadata["issuer"]},
                aud={"essential": True, "value": self.plan.client_id},
                exp={"essential": True},
                nonce={"essential": True, "value": nonce},
            ).validate(claims)
        except (JoseError, ValueError) as error:
            raise AccountError("The organisation's word is not good.", "Sign in again.") from error
        return claims

    def _client(self) -> Any:
        secret = os.environ.get(self.plan.secret_variable)
        if not secret:
            raise AccountError(f"The variable {self.plan.secret_variable} is not set.", "Set it and start again.")
        back = f"{self.plan.address.rstrip('/')}/sign-in/back"
        return OAuth2Session(self.plan.client_id, secret, scope="openid email", redirect_uri=back)

    def _metadata(self) -> dict[str, Any]:
        found = _fetched(f"{self.plan.issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != self.plan.issuer:
            raise AccountError("The organisation's sign-in names itself differently.", "Correct `issuer` in door.yaml.")
        return found


def _random() -> str:
    return secrets.token_urlsafe(32)


def _fetched(address: str) -> dict[str, Any]:
    try:
        answer = requests.get(address, timeout=WAIT_SECONDS, allow_redirects=False)
        answer.raise_for_status()
        said = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise AccountError("The organisation's sign-in does not answer.", "Try again, or use your password.") from error
    if not isinstance(said, dict):
        raise AccountError("The organisation's sign-in gave no good answer.", "Try again.")
    return said
