from pathlib import Path

import pytest

from antiphon.export.builder import FORMATS
from antiphon.export.write import write
from antiphon.model.network import Network
from tests.model.material import lively


@pytest.fixture(scope="session")
def network() -> Network:
    return lively()


@pytest.fixture(scope="session")
def models(network: Network, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The network's ONNX file in each format."""
    folder = tmp_path_factory.mktemp("models")
    paths = {name: folder / f"{name}.onnx" for name in FORMATS}
    for name, path in paths.items():
        write(network, name, path)
    return paths
