"""A CUDA runtime that does nothing: enough for ONNX Runtime to lay a graph out as on a GPU.

ONNX Runtime's CUDA provider decides at load which kernels run where and which copies are needed
between host and device; for that it must load, and it needs NVIDIA's libraries to. Here they are
stood in for by functions that return success, compiled from the names that the provider asks for;
memory "on the device" is the host's. No kernel runs, so no output means anything.
"""

import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

PROVIDER = "libonnxruntime_providers_cuda.so"

BODIES = {
    "cudaMalloc": "(void **p, unsigned long n) { *p = calloc(n + 512, 1); return 0; }",
    "cudaFree": "(void *p) { free(p); return 0; }",
    "cudaMallocHost": "(void **p, unsigned long n) { *p = calloc(n + 512, 1); return 0; }",
    "cudaHostAlloc": "(void **p, unsigned long n, int f) { *p = calloc(n + 512, 1); return 0; }",
    "cudaFreeHost": "(void *p) { free(p); return 0; }",
    "cudaMemcpy": "(void *d, void *s, unsigned long n, int k) { memcpy(d, s, n); return 0; }",
    "cudaMemcpyAsync": (
        "(void *d, void *s, unsigned long n, int k, void *t) { memcpy(d, s, n); return 0; }"
    ),
    "cudaMemset": "(void *d, int v, unsigned long n) { memset(d, v, n); return 0; }",
    "cudaMemsetAsync": "(void *d, int v, unsigned long n, void *t) { memset(d, v, n); return 0; }",
    "cudaMemGetInfo": "(unsigned long *a, unsigned long *b) { *a = *b = 1ul << 34; return 0; }",
    "cudaGetDevice": "(int *d) { *d = 0; return 0; }",
    "cudaGetDeviceCount": "(int *d) { *d = 1; return 0; }",
    # Of CUDA 13's cudaDeviceProp: threads a warp and a block, compute capability, processors.
    "cudaGetDeviceProperties": (
        "(int *p, int d) { memset(p, 0, 1008); p[74] = p[156] = p[168] = 49152; p[77] = 32; "
        "p[80] = 1024; p[90] = 8; p[96] = 8; p[151] = 2048; return 0; }"
    ),
    "cudaDeviceGetAttribute": "(int *v, int a, int d) { *v = 8; return 0; }",
    "cudaStreamCreateWithFlags": "(void **s, int f) { *s = (void *)16; return 0; }",
    "cudaEventCreateWithFlags": "(void **s, int f) { *s = (void *)16; return 0; }",
    "cudaDriverGetVersion": "(int *v) { *v = 13000; return 0; }",
    "cudaRuntimeGetVersion": "(int *v) { *v = 13000; return 0; }",
    "cudaStreamEndCapture": "(void *t, void **g) { *g = (void *)16; return 0; }",
    "cudaGraphInstantiate": "(void **x, void *g) { *x = (void *)16; return 0; }",
    "cudnnCreate": "(void **h) { *h = (void *)16; return 0; }",
    "cudnnGetVersion": "(void) { return 92000; }",
    "cublasCreate_v2": "(void **h) { *h = (void *)16; return 0; }",
    "cublasLtCreate": "(void **h) { *h = (void *)16; return 0; }",
}
POINTERS = {
    "cudaGetErrorString": '(int e) { return "stand-in"; }',
    "cudaGetErrorName": '(int e) { return "stand-in"; }',
    "__cudaRegisterFatBinary": "(void *p) { static void *h[8]; return h; }",
}


def why_not() -> str | None:
    """What keeps the stand-in from being made here, None if nothing does."""
    if find_spec("onnxruntime") is None or not (capi() / PROVIDER).is_file():
        return "this ONNX Runtime comes without a CUDA provider"
    missing = [tool for tool in ("gcc", "objdump") if shutil.which(tool) is None]
    return f"{missing[0]} is not installed" if missing else None


def capi() -> Path:
    """The folder of ONNX Runtime's own libraries."""
    spec = find_spec("onnxruntime")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / "capi"


def make(folder: Path) -> None:
    """Put the stand-ins into a folder, for LD_LIBRARY_PATH."""
    dump = ["objdump", "-p", "-T", str(capi() / PROVIDER)]
    text = subprocess.run(dump, check=True, capture_output=True, text=True).stdout
    asked: dict[str, set[str]] = {
        name: set() for name in re.findall(r"NEEDED\s+(lib(?:cu|nv)\S+)", text)
    }
    for version, name in re.findall(r"\*UND\*\s+\S+\s+(\S+)\s+(\S+)$", text, re.MULTILINE):
        library = version.strip("()")
        if library in asked:
            asked[library].add(name)
        elif re.match(r"cu[A-Z]", name):
            # The driver's own functions carry no version.
            asked[next(each for each in asked if each.startswith("libcuda."))].add(name)
    # cuDNN is looked for when it is first needed, function by function.
    found = re.findall(rb"\0(cudnn[A-Z]\w+)(?=\0)", (capi() / PROVIDER).read_bytes())
    asked["libcudnn.so"] = {name.decode() for name in found}
    for library, names in asked.items():
        _compile(folder, library, names)


def _compile(folder: Path, library: str, names: set[str]) -> None:
    lines = ["#include <stdlib.h>", "#include <string.h>"]
    for name in sorted(names):
        if name in POINTERS:
            lines.append(f"void *{name}{POINTERS[name]}")
        else:
            lines.append(f"int {name}{BODIES.get(name, '(void) { return 0; }')}")
    source, script = folder / f"{library}.c", folder / f"{library}.map"
    source.write_text("\n".join(lines) + "\n", encoding="ascii")
    script.write_text(f"{library} {{ global: *; }};\n", encoding="ascii")
    versions = (
        [] if library.startswith(("libcuda.", "libcudnn")) else [f"-Wl,--version-script={script}"]
    )
    into = ["-o", str(folder / library), str(source), f"-Wl,-soname,{library}", *versions]
    subprocess.run(["gcc", "-w", "-shared", "-fPIC", *into], check=True)
