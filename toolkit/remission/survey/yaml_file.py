"""YAML as people write it by hand: no key twice, and No stays the word No."""

import re
from pathlib import Path
from typing import Any

import yaml

from remission.errors import DefinitionError


class _HandWritten(yaml.SafeLoader):
    """YAML 1.2 booleans only, and a key that occurs twice is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"the key '{key.value}' occurs twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


# YAML 1.1 reads No, Yes, On and Off as booleans; labels of choices are full of them.
_HandWritten.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_HandWritten.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|false|False)$"), list("tTfF")
)


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file whose top level is a list of keys.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    dict

    Raises
    ------
    DefinitionError
        The file is absent, is not UTF-8 text, is not YAML, holds a key twice, or has no keys.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_HandWritten)  # noqa: S506
    except OSError as problem:
        raise DefinitionError(f"{path} cannot be read: {problem.strerror}.", "Check the path.") from problem
    except UnicodeDecodeError as problem:
        raise DefinitionError(f"{path} is not UTF-8 text.", "Save it as UTF-8.") from problem
    except yaml.MarkedYAMLError as problem:
        line = f", line {problem.problem_mark.line + 1}" if problem.problem_mark else ""
        raise DefinitionError(f"{path}{line}: {problem.problem}.", "Mend that line.") from problem
    except yaml.YAMLError as problem:
        raise DefinitionError(f"{path} is not YAML.", "Save it as plain text.") from problem
    if not isinstance(content, dict):
        raise DefinitionError(f"{path} holds no keys.", "Start from a definition that ships with remission.")
    return content
