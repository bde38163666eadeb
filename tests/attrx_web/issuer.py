"""An OpenID Connect issuer in this process: real addresses, signed tokens, PKCE."""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, SECRET = "attrx", "a secret of the issuer"


class Issuer:
    """Who is signed in there, and what was asked."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, parameters={"kid": "one", "use": "sig", "alg": "RS256"})
        self.person: dict[str, Any] = {}
        """Claims of whoever signs in."""
        self.codes: dict[str, dict[str, str]] = {}
        """{code: what its sign-in was begun with}"""
        self.refused: list[str] = []
        self.url = ""

    def configuration(self) -> dict[str, Any]:
        """What the issuer says of itself."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def begin(self, query: dict[str, str]) -> str:
        """Where the browser goes after the person has signed in here."""
        code = secrets.token_urlsafe(8)
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def tokens(self, form: dict[str, str]) -> dict[str, Any] | None:
        """The tokens of a code, for the client that has begun; None for any other."""
        begun = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        known = (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, SECRET)
        if begun is None or not known or begun.get("code_challenge") != proof:
            self.refused.append(f"known {known}, begun {begun is not None}")
            return None
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT_ID, "iat": now, "exp": now + 60, **self.person}
        signed = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)
        return {"access_token": "of this person", "token_type": "Bearer", "id_token": signed}


@contextmanager
def issuing() -> Iterator[Issuer]:
    """An issuer that listens on this machine."""
    issuer = Issuer()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(issuer))
    issuer.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield issuer
    server.shutdown()
    server.server_close()
    thread.join()


def _handler(issuer: Issuer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/authorize":
                self.send_response(302)
                self.send_header("Location", issuer.begin(_flat(parts.query)))
                self.end_headers()
            elif parts.path == "/.well-known/openid-configuration":
                self._say(issuer.configuration())
            elif parts.path == "/keys":
                self._say({"keys": [issuer.key.as_dict(private=False)]})
            elif self.headers["Authorization"] == "Bearer of this person":
                self._say(issuer.person)
            else:
                self._say({"error": "invalid_token"}, 401)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            tokens = issuer.tokens(_flat(body))
            self._say(tokens or {"error": "invalid_grant"}, 200 if tokens else 400)

        def _say(self, what: dict[str, Any], status: int = 200) -> None:
            body = json.dumps(what).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: tests look at what was asked."""

    return Handler


def _flat(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}
