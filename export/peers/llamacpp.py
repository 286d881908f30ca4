"""A Llama of the same shape in llama.cpp, with random weights in 8 bits (Q8_0)."""

import ctypes
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import gguf
import llama_cpp
import numpy as np
import onnx
from numpy.random import Generator
from numpy.typing import NDArray

from antiphon.export.peers.contender import NUCLEUS, VOCABULARY, Contender, timed
from antiphon.export.restore import shape_of
from antiphon.model.errors import ModelError
from antiphon.model.network import Norm, Shape

_TOKEN = 1
_BITS = gguf.GGMLQuantizationType.Q8_0


def prepare(model: Path, context: int) -> Contender:
    """One token decoded and the next drawn, by the library's own functions, on one thread."""
    shape = shape_of(onnx.load(model, load_external_data=False))
    with tempfile.TemporaryDirectory(prefix="antiphon-") as folder:
        path = Path(folder) / "random.gguf"
        write(shape, path)
        llama = _opened(path, 2 * context)
    memory = llama_cpp.llama_get_memory(llama)
    sampler = _sampler()

    def decode(tokens: list[int]) -> None:
        row = (llama_cpp.llama_token * len(tokens))(*tokens)
        if llama_cpp.llama_decode(llama, llama_cpp.llama_batch_get_one(row, len(tokens))):
            raise ModelError("llama.cpp decodes nothing")

    decode([_TOKEN] * (context - 1))

    def step() -> None:
        decode([_TOKEN])
        llama_cpp.llama_sampler_sample(sampler, llama, -1)
        llama_cpp.llama_memory_seq_rm(memory, 0, context - 1, -1)

    return Contender(f"llama.cpp of llama-cpp-python {version('llama-cpp-python')}", timed(step))


def _opened(path: Path, room: int) -> Any:
    silent = llama_cpp.llama_log_callback(lambda *_: None)
    _KEPT.append(silent)
    llama_cpp.llama_log_set(silent, ctypes.c_void_p(0))
    llama_cpp.llama_backend_init()
    how = llama_cpp.llama_model_default_params()
    # The file goes when it is read.
    how.use_mmap = False
    opened = llama_cpp.llama_model_load_from_file(str(path).encode(), how)
    if not opened:
        raise ModelError("llama.cpp cannot load a Llama of this shape")
    here = llama_cpp.llama_context_default_params()
    here.n_ctx = room
    here.n_threads = here.n_threads_batch = 1
    made = llama_cpp.llama_init_from_model(opened, here)
    if not made:
        raise ModelError("llama.cpp has no room for a Llama of this shape")
    return made


_KEPT: list[object] = []
"""What C code calls must not be collected."""


def _sampler() -> Any:
    chain = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
    llama_cpp.llama_sampler_chain_add(chain, llama_cpp.llama_sampler_init_top_p(NUCLEUS, 1))
    llama_cpp.llama_sampler_chain_add(chain, llama_cpp.llama_sampler_init_dist(1))
    return chain


def write(shape: Shape, path: Path) -> None:
    """A GGUF file of a Llama whose layers are like the network's; no tokeniser."""
    random = np.random.default_rng(1)
    file = gguf.GGUFWriter(path, "llama")
    file.add_context_length(4096)
    file.add_embedding_length(shape.width)
    file.add_block_count(shape.layers)
    file.add_feed_forward_length(shape.hidden)
    file.add_head_count(shape.heads)
    file.add_head_count_kv(shape.kv_heads)
    file.add_key_length(shape.head_width)
    file.add_value_length(shape.head_width)
    file.add_rope_dimension_count(shape.head_width)
    file.add_layer_norm_rms_eps(Norm.EPSILON)
    file.add_rope_freq_base(shape.rotary_base)
    file.add_vocab_size(VOCABULARY)
    file.add_tokenizer_model("no_vocab")
    file.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    for name, size in matrices(shape).items():
        packed = gguf.quants.quantize(_drawn(random, size), _BITS)
        file.add_tensor(f"{name}.weight", packed, raw_dtype=_BITS)
    norms = [f"blk.{i}.{which}_norm" for i in range(shape.layers) for which in ("attn", "ffn")]
    for name in (*norms, "output_norm"):
        file.add_tensor(f"{name}.weight", np.ones(shape.width, np.float32))
    file.write_header_to_file()
    file.write_kv_data_to_file()
    file.write_tensors_to_file()
    file.close()


def matrices(shape: Shape) -> dict[str, tuple[int, int]]:
    """The matrices of such a Llama by llama.cpp's names: (outputs, inputs) of each."""
    asked, kept = (heads * shape.head_width for heads in (shape.heads, shape.kv_heads))
    layer = {
        "attn_q": (asked, shape.width),
        "attn_k": (kept, shape.width),
        "attn_v": (kept, shape.width),
        "attn_output": (shape.width, asked),
        "ffn_gate": (shape.hidden, shape.width),
        "ffn_up": (shape.hidden, shape.width),
        "ffn_down": (shape.width, shape.hidden),
    }
    ends = dict.fromkeys(("token_embd", "output"), (VOCABULARY, shape.width))
    return ends | {
        f"blk.{i}.{name}": size for i in range(shape.layers) for name, size in layer.items()
    }


def _drawn(random: Generator, size: tuple[int, int]) -> NDArray[np.float32]:
    return random.normal(0, 0.02, size).astype(np.float32)
