"""Where the model runs: ONNX Runtime's providers, and a session on one of them."""

import ctypes
import os
import sys
from enum import Enum
from pathlib import Path
from typing import Any

from antiphon.daemon.errors import AntiphonError

CUDA_DRIVER = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"


class Provider(Enum):
    """A place to run; the value is also the name of its memory in ONNX Runtime."""

    CPU = "cpu"
    CUDA = "cuda"

    @property
    def long_name(self) -> str:
        """ONNX Runtime's own name."""
        return f"{self.name}ExecutionProvider"


def why_no_cuda() -> str | None:
    """What keeps CUDA from being used here, and what to do about it; None if nothing seems to."""
    import onnxruntime

    if Provider.CUDA.long_name not in onnxruntime.get_available_providers():
        return "this ONNX Runtime has no CUDA provider: pip install 'antiphon[cuda]'"
    try:
        ctypes.CDLL(CUDA_DRIVER)
    except OSError:
        return f"no NVIDIA driver ({CUDA_DRIVER}) on this machine: install it, or use provider cpu"
    return None


def candidates(wanted: str) -> tuple[list[Provider], str]:
    """The providers to try for the setting ``auto``, ``cpu`` or ``cuda``, and what bars the way.

    The processor stands in for a GPU that was asked for and cannot be had.
    """
    if wanted == "cpu":
        return [Provider.CPU], ""
    obstacle = why_no_cuda()
    if obstacle:
        return [Provider.CPU], obstacle
    return ([Provider.CUDA] if wanted == "cuda" else [Provider.CPU, Provider.CUDA]), ""


def open_session(
    path: Path,
    provider: Provider,
    threads: int,
    *,
    captures: bool = False,
    trace: Path | None = None,
) -> Any:
    """An ONNX Runtime session on a model file; raises AntiphonError when it cannot be used.

    One that ``captures`` runs single steps as CUDA graphs, where it is on CUDA. With ``trace``, how
    long each node takes is written to a file whose name begins so.
    """
    import onnxruntime

    if not path.is_file():
        raise AntiphonError(f"{path}: no such model; name an exported one or leave `model` empty")
    # Tiles are for long texts: with them a step takes a tenth longer, and prefill too.
    os.environ.setdefault("ORT_GQA_DISABLE_FLASH_ATTENTION", "1")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # A spinning pool would take the core that the session process needs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if trace is not None:
        options.enable_profiling = True
        options.profile_file_prefix = str(trace)
    onnxruntime.set_default_logger_severity(4)
    try:
        session = onnxruntime.InferenceSession(
            str(path),
            options,
            providers=_options(provider, captures=captures),
        )
    except Exception as error:
        # ONNX Runtime raises many kinds, with a page of text.
        reason = str(error).strip().splitlines()[0]
        raise AntiphonError(f"{path}: ONNX Runtime cannot load this model ({reason})") from error
    if session.get_providers()[0] != provider.long_name:
        raise AntiphonError(
            f"provider {provider.value}: its libraries do not load: pip install 'antiphon[cuda]', "
            "or use provider cpu"
        )
    return session


def _options(provider: Provider, *, captures: bool) -> list[Any]:
    if provider is Provider.CPU:
        return [provider.long_name]
    own = {"enable_cuda_graph": "1"} if captures else {}
    return [(provider.long_name, own), Provider.CPU.long_name]
