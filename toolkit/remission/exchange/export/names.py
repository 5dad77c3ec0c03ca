"""Names that every program takes: short enough, starting with a letter, unique whatever their case."""

import hashlib
import re

RESERVED = frozenset(("all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with"))
STATA_RESERVED = frozenset(
    (
        *("_all", "_b", "byte", "_coef", "_cons", "double", "float", "if", "in", "int", "long", "_n", "_pi", "_pred"),
        *("_rc", "_se", "_skip", "str", "strl", "using", "with"),
    )
)
# Stata takes 32; pyreadstat calls a set of value labels after its variable and its number, and that must fit too.
LIMITS = {"sav": 64, "zsav": 64, "dta": 28, "csv": 64, "parquet": 64, "redcap": 100}
STATA_STR = re.compile(r"str\d+")
PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
SPSS_NAME = re.compile(r"[^\W\d_][\w.@#$]*")


def fits(name: str, kind: str) -> bool:
    """Tell whether a format takes a name as it is."""
    if len(name.encode()) > LIMITS[kind] or name.lower() in RESERVED:
        return False
    if kind == "dta":
        return PLAIN.fullmatch(name) is not None and not _is_stata_word(name)
    if kind == "redcap":
        return PLAIN.fullmatch(name) is not None and name == name.lower()
    if kind in ("sav", "zsav"):
        # What pyreadstat refuses to write is no name here either.
        return SPSS_NAME.fullmatch(name) is not None and not re.search(r"[@#$]", name) and not name.endswith(".")
    return bool(name.strip()) and "\n" not in name


def own_name(wanted: str, kind: str, taken: set[str]) -> str:
    """Make a name that a format takes and that is not among ``taken`` (in lower case).

    The same wish gives the same name as long as nothing else wished for it; what is too long keeps its start and
    its end, and a checksum of the whole between them.
    """
    plain = re.sub(r"[^A-Za-z0-9_]+", "_", wanted).strip("_") or "v"
    if not plain[0].isalpha():
        plain = f"v_{plain}"
    if kind == "redcap":
        plain = plain.lower()
    if plain.lower() in RESERVED or (kind == "dta" and _is_stata_word(plain)):
        plain = f"{plain}_"
    name = shortened(plain, LIMITS[kind])
    number = 2
    while name.lower() in taken:
        name = shortened(f"{plain}_{number}", LIMITS[kind])
        number += 1
    return name


def shortened(name: str, limit: int) -> str:
    """Cut a plain name to a number of characters, told apart from others by a checksum."""
    if len(name) <= limit:
        return name
    mark = f"_{hashlib.sha256(name.encode()).hexdigest()[:6]}_"
    end = (limit - len(mark)) * 2 // 5
    return f"{name[: limit - len(mark) - end].rstrip('_')}{mark}{name[-end:].lstrip('_')}"


def _is_stata_word(name: str) -> bool:
    return name.lower() in STATA_RESERVED or STATA_STR.fullmatch(name.lower()) is not None
