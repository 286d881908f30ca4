"""Settings as the text that a user reads and edits: TOML, with a line of explanation each."""

from dataclasses import Field, fields
from typing import Any

from antiphon.daemon.config import Config
from antiphon.daemon.controls import CONTROLS


def to_toml(config: Config) -> str:
    """TOML text that `config.from_toml` reads as `config`, with a line of explanation a setting."""
    lines = ["# Every setting of Antiphon with its default."]
    for section in fields(Config):
        part = getattr(config, section.name)
        lines += ["", f"[{section.name}]"]
        for setting in fields(part):
            value = getattr(part, setting.name)
            lines += [
                f"# {explain(setting)}",
                f"{setting.name} = {toml_value(setting.name, value)}",
            ]
    return "\n".join(lines) + "\n"


def explain(setting: Field[Any]) -> str:
    """What a setting is for and what it can be, in a line."""
    control = CONTROLS.get(setting.name)
    if control is not None and not setting.metadata:
        return f"{control.help}: {control.expected}"
    help_text: str = setting.metadata["help"]
    if choices := setting.metadata.get("choices"):
        return f"{help_text}: {', '.join(choices)}"
    if "low" in setting.metadata:
        return f"{help_text} ({setting.metadata['low']} to {setting.metadata['high']})"
    return help_text


def toml_value(name: str, value: object) -> str:
    """The value of a setting as TOML has it."""
    if value is None:
        return f'"{CONTROLS[name].unset}"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        pairs = (f"{toml_value(name, key)} = {toml_value(name, own)}" for key, own in value.items())
        return f"{{ {', '.join(pairs)} }}" if value else "{}"
    if isinstance(value, str):
        # A TOML basic string escapes what JSON does.
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return repr(value)
