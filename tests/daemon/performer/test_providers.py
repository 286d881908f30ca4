from pathlib import Path

import pytest

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.performer import loading, providers
from antiphon.daemon.performer.providers import Provider


@pytest.fixture
def no_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "CUDA_DRIVER", "libof-no-such-driver.so")


@pytest.fixture
def cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "why_no_cuda", lambda: None)


@pytest.mark.usefixtures("no_driver")
def test_without_a_driver_auto_is_the_processor() -> None:
    assert providers.candidates("auto") == [Provider.CPU]


@pytest.mark.usefixtures("no_driver")
def test_cuda_that_cannot_be_had_is_refused_with_what_to_do() -> None:
    with pytest.raises(AntiphonError, match=r"provider cuda: .*(install|pip)"):
        providers.candidates("cuda")


@pytest.mark.usefixtures("cuda")
@pytest.mark.parametrize(
    ("wanted", "tried"),
    [
        ("cpu", [Provider.CPU]),
        ("cuda", [Provider.CUDA]),
        ("auto", [Provider.CPU, Provider.CUDA]),
    ],
)
def test_with_cuda_all_that_was_asked_for_is_tried(wanted: str, tried: list[Provider]) -> None:
    assert providers.candidates(wanted) == tried


def test_a_missing_model_is_named() -> None:
    with pytest.raises(AntiphonError, match=r"nowhere\.onnx: no such model"):
        loading.load("nowhere.onnx", "cpu", 1)


def test_a_file_that_is_no_model_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "foreign.onnx"
    path.write_bytes(b"not a model at all")
    with pytest.raises(AntiphonError) as caught:
        loading.load(str(path), "cpu", 1)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
