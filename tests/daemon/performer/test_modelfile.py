from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.performer.modelfile import GRAPH_VERSION, facts_of

FACTS = {
    "antiphon.graph": GRAPH_VERSION,
    "antiphon.layers": "1",
    "antiphon.kv_heads": "1",
    "antiphon.head_width": "8",
    "antiphon.window": "16",
    "antiphon.rotary_base": "10000.0",
    "antiphon.format": "float32",
}


class Session:
    """A session with a model that says this of itself, and has no tensors."""

    def __init__(self, told: dict[str, str]) -> None:
        self.told = told

    def get_modelmeta(self) -> Any:
        return SimpleNamespace(custom_metadata_map=self.told)

    def get_inputs(self) -> list[Any]:
        return []

    def get_outputs(self) -> list[Any]:
        return []


class Illegible(Session):
    def get_inputs(self) -> list[Any]:
        return [b"\xe9".decode()]


def test_a_model_whose_names_are_no_text_is_named() -> None:
    with pytest.raises(AntiphonError, match=r"it\.onnx: damaged, its names are no text"):
        facts_of(Illegible(FACTS), Path("it.onnx"))


@pytest.mark.parametrize("name", ["layers", "kv_heads", "head_width", "window"])
@pytest.mark.parametrize("text", ["0", "-1", str(2**63), "1.5", "1" * 5000])
def test_a_model_that_asks_for_all_the_memory_is_named(name: str, text: str) -> None:
    with pytest.raises(AntiphonError, match=r"it\.onnx: does not say what shape it has"):
        facts_of(Session({**FACTS, f"antiphon.{name}": text}), Path("it.onnx"))
