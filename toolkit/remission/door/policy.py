"""What a browser may load and do: headers of every response."""

import base64
import hashlib
import re
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from remission.locate import shipped

INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
COMMON = {
    # With no-referrer, browsers send forms with the origin "null".
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Styles that Streamlit 1.67 puts into a page: elements that its script fills afterwards, and what is said of buttons.
EMPTY = ""
PRESSABLE = "@layer {\n  [data-react-aria-pressable] {\n    touch-action: pan-x pan-y pinch-zoom;\n  }\n}"
# Files whose names change with what they hold; everything else is kept nowhere.
LASTING = ("/static/js/", "/static/css/", "/static/media/")


def sha256_source(text: str) -> str:
    """Name an inline script or style in a policy by its digest."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def page_policy(style: str) -> str:
    """Return the policy of a plain page without script, whose style is the given text."""
    return (
        f"default-src 'none'; style-src {sha256_source(style)}; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )


@lru_cache(maxsize=1)
def streamlit_policy() -> str:
    """Return the policy under which the installed Streamlit works: nothing inline but what is named here, no eval.

    Raises
    ------
    RuntimeError
        Streamlit is not installed.
    """
    found = find_spec("streamlit")
    if found is None or found.origin is None:
        raise RuntimeError("Streamlit is not installed.")
    page = (Path(found.origin).parent / "static" / "index.html").read_text(encoding="utf-8")
    scripts = " ".join(sha256_source(text) for text in INLINE.findall(page))
    ours = (shipped("dashboards") / "style.css").read_text(encoding="utf-8")
    styles = " ".join(sha256_source(text) for text in (EMPTY, PRESSABLE, ours))
    return (
        f"default-src 'none'; script-src 'self' {scripts}; style-src 'self' {styles}; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
        "manifest-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
    )


def headers_for(path: str, policy: str) -> dict[str, str]:
    """Return the headers of a response to a request of a path."""
    kept = "private, max-age=604800, immutable" if path.startswith(LASTING) else "no-store"
    return {**COMMON, "Content-Security-Policy": policy, "Cache-Control": kept}
