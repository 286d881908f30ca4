from pathlib import Path

import pytest

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.performer import choice, loading, providers
from antiphon.daemon.performer.engine import OnnxEngine
from antiphon.daemon.performer.providers import Provider

MODEL = str(loading.shipped_model())


@pytest.fixture
def no_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "CUDA_DRIVER", "libof-no-such-driver.so")


@pytest.fixture
def cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that seems to have a GPU, whose engine the processor plays."""

    def engine_on(path: Path, provider: Provider, threads: int) -> OnnxEngine:
        engine = OnnxEngine(path, Provider.CPU, threads)
        engine.provider = provider
        return engine

    monkeypatch.setattr(providers, "why_no_cuda", lambda: None)
    monkeypatch.setattr(loading, "engine_on", engine_on)


def timed(monkeypatch: pytest.MonkeyPatch, **steps_ms: float) -> None:
    monkeypatch.setattr(loading, "warm_up", lambda engine: (steps_ms[engine.provider.value], 1.0))


@pytest.mark.usefixtures("no_driver")
@pytest.mark.parametrize("wanted", ["auto", "cuda"])
def test_without_a_driver_it_is_the_processor_and_says_why(wanted: str) -> None:
    tried, obstacle = providers.candidates(wanted)
    assert tried == [Provider.CPU]
    assert "install" in obstacle


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
    assert providers.candidates(wanted) == (tried, "")


@pytest.mark.usefixtures("no_driver")
def test_who_asked_for_a_gpu_that_is_not_there_plays_on_and_is_told(tmp_path: Path) -> None:
    loaded = loading.load(MODEL, "cuda", 1, tmp_path / "providers.json")
    assert loaded.engine.provider is Provider.CPU
    assert loaded.problem.endswith("playing on the processor")
    assert "\n" not in loaded.problem
    assert not loading.load(MODEL, "auto", 1, tmp_path / "providers.json").problem


@pytest.mark.usefixtures("cuda")
def test_a_gpu_whose_libraries_fail_is_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def engine_on(path: Path, provider: Provider, threads: int) -> OnnxEngine:
        if provider is Provider.CUDA:
            raise AntiphonError("provider cuda: its libraries do not load")
        return OnnxEngine(path, provider, threads)

    monkeypatch.setattr(loading, "engine_on", engine_on)
    for wanted in ("auto", "cuda"):
        loaded = loading.load(MODEL, wanted, 1, tmp_path / "providers.json")
        assert loaded.engine.provider is Provider.CPU
        assert loaded.choice == "provider cuda: its libraries do not load"
        assert bool(loaded.problem) is (wanted == "cuda")


@pytest.mark.usefixtures("cuda")
@pytest.mark.parametrize("faster", ["cpu", "cuda"])
def test_the_faster_is_taken_and_remembered(
    faster: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    place = tmp_path / "cache" / "providers.json"
    timed(monkeypatch, **{"cpu": 2.0, "cuda": 2.0} | {faster: 0.5})
    loaded = loading.load(MODEL, "auto", 1, place)
    assert loaded.engine.provider.value == faster
    assert f"{faster} 0.50 ms" in loaded.choice
    timed(monkeypatch, **{faster: 9.0})
    again = loading.load(MODEL, "auto", 1, place)
    assert again.engine.provider.value == faster
    assert again.choice == "faster when last measured"
    timed(monkeypatch, cpu=1.0, cuda=2.0)
    assert "measured" not in loading.load(MODEL, "auto", 2, place).choice


@pytest.mark.parametrize("content", [b"", b"[1]", b'{"k": 3}', b'{"k": "abacus"}', b"\xff"])
def test_a_memory_that_makes_no_sense_is_none(content: bytes, tmp_path: Path) -> None:
    place = tmp_path / "providers.json"
    place.write_bytes(content)
    assert choice.recall(place, "k") is None
    choice.remember(place, "k", Provider.CUDA)
    assert choice.recall(place, "k") is Provider.CUDA


def test_a_memory_stays_small(tmp_path: Path) -> None:
    place = tmp_path / "providers.json"
    for number in range(2 * choice.MOST_KEPT):
        choice.remember(place, str(number), Provider.CPU)
    kept = [n for n in range(2 * choice.MOST_KEPT) if choice.recall(place, str(n))]
    assert kept == list(range(choice.MOST_KEPT, 2 * choice.MOST_KEPT))


def test_nowhere_to_remember_is_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    choice.remember(tmp_path / "file" / "providers.json", "k", Provider.CPU)


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
