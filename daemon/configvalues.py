"""Whether a value that a user wrote is one that its setting can have. Pure."""

from dataclasses import MISSING, Field
from typing import Any

from antiphon.daemon.controls import nearest
from antiphon.daemon.errors import AntiphonError


def checked(section: str, setting: Field[Any], value: object) -> object:
    """The value, as the setting has it; raises `AntiphonError` that says what was expected."""
    low, high = setting.metadata.get("low"), setting.metadata.get("high")
    choices = setting.metadata.get("choices", ())
    where = f"[{section}] {setting.name} = {value!r}"
    if setting.default is MISSING:
        return _numbers(where, setting, value)
    if isinstance(setting.default, bool):
        if isinstance(value, bool):
            return value
        raise AntiphonError(f"{where}: expected true or false")
    if isinstance(setting.default, str):
        if isinstance(value, str) and (not choices or value in choices):
            return value
        wanted = f"one of {', '.join(choices)}" if choices else "a text in quotes"
        raise AntiphonError(f"{where}: expected {wanted}{nearest(str(value), choices)}")
    whole = isinstance(setting.default, int)
    if isinstance(value, int if whole else int | float) and not isinstance(value, bool):
        number: Any = value
        if low <= number <= high:
            return number if whole else float(number)
    kind = "a whole number" if whole else "a number"
    raise AntiphonError(f"{where}: expected {kind} from {low} to {high}")


def _numbers(where: str, setting: Field[Any], value: object) -> dict[str, float]:
    low, high = setting.metadata["low"], setting.metadata["high"]
    if not isinstance(value, dict):
        raise AntiphonError(f"{where}: expected numbers by name, such as {{ name = {high:g} }}")
    for name, number in value.items():
        is_number = isinstance(number, int | float) and not isinstance(number, bool)
        if not name or not is_number or not low <= number <= high:
            raise AntiphonError(f"{where}: expected a name and a number from {low} to {high}")
    return {name: float(number) for name, number in value.items()}
