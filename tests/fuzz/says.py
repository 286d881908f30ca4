"""A session of ONNX Runtime's with a model that says anything of itself."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from antiphon.daemon.performer import modelfile


class Says:
    """A model whose tensors are as they should be."""

    def __init__(self, told: Mapping[str, str]) -> None:
        self._told = told

    def get_modelmeta(self) -> Any:
        return SimpleNamespace(custom_metadata_map=self._told)

    def get_inputs(self) -> list[Any]:
        return _tensors(modelfile.INPUTS | modelfile.MASK, "")

    def get_outputs(self) -> list[Any]:
        return _tensors(modelfile.OUTPUTS, "new_")


def _tensors(kinds: Mapping[str, tuple[str, list[int]]], new: str) -> list[Any]:
    caches = {f"{new}{name}_0": ("tensor(float)", [1, 8]) for name in ("key", "value")}
    return [
        SimpleNamespace(name=name, type=kind, shape=["batch", *sizes])
        for name, (kind, sizes) in {**kinds, **caches}.items()
    ]
