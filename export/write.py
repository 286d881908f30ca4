"""``antiphon export``: a checkpoint's ONNX files, one a format."""

import argparse
import sys
from pathlib import Path

import numpy as np
import onnx

from antiphon.export.builder import FORMATS, Weights
from antiphon.export.graph import build
from antiphon.model import checkpoint, checksums
from antiphon.model.errors import ModelError
from antiphon.model.network import Network


def weights_of(network: Network) -> Weights:
    """A network's weights by name, as float32 arrays."""
    return {
        name: tensor.detach().numpy().astype(np.float32)
        for name, tensor in network.state_dict().items()
    }


def write(network: Network, format_name: str, path: Path) -> None:
    """Write a network to an ONNX file; beside it first, so that no half file is left."""
    model = build(weights_of(network), network.shape, FORMATS[format_name])
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    onnx.save(model, beside)
    beside.replace(path)
    checksums.enlist(path)


def formats_of(names: str) -> list[str]:
    """The formats of a list with commas; raises ModelError for one that there is not."""
    for name in names.split(","):
        if name not in FORMATS:
            raise ModelError(f"no format {name!r}; expected some of {', '.join(FORMATS)}")
    return names.split(",")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("checkpoint", type=Path, help="checkpoint.pt of a training run")
    parser.add_argument(
        "--out", type=Path, default=Path("runs/export"), help="folder for the files"
    )
    parser.add_argument("--name", default="antiphon", help="stem of the files' names")
    parser.add_argument(
        "--formats", default="int8,float32,float16", help=f"from {', '.join(FORMATS)}"
    )


def main(args: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    formats = formats_of(args.formats)
    network, progress = checkpoint.network_of(args.checkpoint)
    for name in formats:
        path = args.out / f"{args.name}-{name}.onnx"
        write(network, name, path)
        sys.stdout.write(f"{path}  {path.stat().st_size / 1e6:.1f} MB\n")
    sys.stdout.write(f"from {args.checkpoint}, step {progress.step}, {progress.events} events\n")
    return 0
