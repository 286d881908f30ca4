"""What goes into a run of the model and comes out of it: allocated once, bound once.

Knows ONNX Runtime and the graph's names; what is in the KV buffers is its users' business.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.performer.modelfile import Facts
from antiphon.daemon.performer.providers import Provider
from antiphon.daemon.performer.query import Answer, Floats, Query
from antiphon.model import conditions, events
from antiphon.model.events import Event

HOST_INPUTS = frozenset({"total"})
"""Inputs that the kernels read on the host, wherever they run."""

_NO_GRAPH = -1
"""ONNX Runtime's number for a run that is not to be captured."""


def _run_options(graph: int | None) -> Any:
    if graph is None:
        return None
    import onnxruntime

    options = onnxruntime.RunOptions()
    options.add_run_config_entry("gpu_graph_id", str(graph))
    return options


class Binding:
    """Buffers for ``batch`` sequences of up to ``capacity`` events, and the run that uses them.

    On a CPU the arrays here are the very memory that the kernels work on; on another device they
    are copied there and back. With a ``graph`` number, a session that captures does so with single
    steps: the same kernels on the same addresses, started at once.
    """

    def __init__(
        self,
        session: Any,
        facts: Facts,
        provider: Provider,
        batch: int,
        capacity: int,
        path: Path,
        *,
        graph: int | None = None,
        tells_all: bool = False,
    ) -> None:
        import onnxruntime

        self._session = session
        self._facts = facts
        self._provider = provider
        self._path = path
        self._wrapped = onnxruntime.OrtValue.ortvalue_from_numpy
        self._real = np.float16 if facts.half else np.float32
        self._shape = (batch, facts.kv_heads, capacity, facts.head_width)
        # One head more than there are, so that what is shown from further on ends in the buffer.
        spare = (batch * facts.kv_heads + 1, capacity, facts.head_width)
        self._rows = [np.zeros(spare, self._real) for _ in facts.caches]
        self._caches = [self._wrapped(rows, provider.value, 0) for rows in self._rows]
        self._inputs: dict[str, NDArray[Any]] = {
            "events": np.zeros((batch, 1, 4), np.int64),
            "condition": np.zeros((batch, conditions.SIZE), np.float32),
            "position": np.zeros((batch, 1), np.int64),
            "last": np.zeros(batch, np.int32),
            "total": np.zeros((), np.int32),
            "noise": np.zeros((batch, 4), np.float32),
            "temperature": np.ones(3, np.float32),
            "nucleus": np.ones(3, np.float32),
            "who_step_mask": np.zeros((batch, events.WHO, events.STEPS), np.float32),
            "kind_mask": np.zeros((batch, events.KINDS), np.float32),
            "touch_mask": np.zeros((batch, events.TOUCHES), np.float32),
        }
        self._outputs: dict[str, NDArray[Any]] = {
            "event": np.zeros((batch, 4), np.int64),
            "cost": np.zeros((batch, 3), np.float32),
            "who_step": np.zeros((batch, events.WHO, events.STEPS), np.float32),
        }
        if tells_all:
            self._outputs["kind"] = np.zeros((batch, events.KINDS), np.float32)
            self._outputs["touch"] = np.zeros((batch, events.TOUCHES), np.float32)
        self._one, self._many = session.io_binding(), session.io_binding()
        self._values = {name: self._placed(name, x) for name, x in self._inputs.items()}
        self._results = {name: self._placed(name, x) for name, x in self._outputs.items()}
        for binding in (self._one, self._many):
            for name, value in self._values.items():
                binding.bind_ortvalue_input(name, value)
            for name, value in self._results.items():
                binding.bind_ortvalue_output(name, value)
        # What the host tells the kernels must not change once they are captured.
        self._fixed_total = None if graph is None else capacity
        self._how_one, self._how_many = (
            _run_options(number) for number in ((graph, _NO_GRAPH) if graph else (None, None))
        )
        self.shown = 0
        """How many rows the last run worked on."""
        self.first = -1
        self.show(0)

    def _placed(self, name: str, array: NDArray[Any]) -> Any:
        device = "cpu" if name in HOST_INPUTS else self._provider.value
        return self._wrapped(array, device, 0)

    def show(self, first: int) -> None:
        """Give the kernels the KV buffers from row ``first`` on."""
        if first == self.first:
            return
        self.first = first
        ahead = first * self._facts.head_width * np.dtype(self._real).itemsize
        for name, cache in zip(self._facts.caches, self._caches, strict=True):
            place = (self._provider.value, 0, self._real, self._shape, cache.data_ptr() + ahead)
            for binding in (self._one, self._many):
                binding.bind_input(name, *place)
                binding.bind_output(f"new_{name}", *place)

    def tell(self, condition: Floats) -> None:
        """Set the condition vector, (conditions.SIZE,), for all that follows."""
        self._inputs["condition"][:] = condition

    def read(self, index: int) -> NDArray[Any]:
        """KV buffer number ``index``, (B, G, C, E); to be given to `write` when it was changed."""
        if self._provider is not Provider.CPU:
            self._rows[index][:] = self._caches[index].numpy()
        return self._rows[index][:-1].reshape(self._shape)

    def write(self, index: int) -> None:
        """Have the kernels see what was changed in what `read` returned."""
        if self._provider is not Provider.CPU:
            self._caches[index].update_inplace(self._rows[index])

    def run(
        self,
        new: Sequence[Sequence[Event]],
        rows: int,
        place: int,
        queries: Sequence[Query],
    ) -> list[Answer]:
        """Take in new events, as many for each sequence, and draw the next of each.

        They go behind the first ``rows`` rows shown; ``place`` is the first one's position, by
        which keys are turned. Temperatures and nucleus are those of the first query. Raises
        AntiphonError where the run fails or makes no numbers.
        """
        inputs = self._inputs
        count = len(new[0])
        inputs["last"][:] = rows + count - 1
        self.shown = rows + count
        inputs["total"][()] = (
            self.shown if count > 1 or self._fixed_total is None else self._fixed_total
        )
        inputs["temperature"][:] = queries[0].temperature
        inputs["nucleus"][:] = queries[0].nucleus
        for row, query in enumerate(queries):
            inputs["noise"][row] = query.noise
            inputs["who_step_mask"][row] = query.who_step
            inputs["kind_mask"][row] = query.kind
            inputs["touch_mask"][row] = query.touch
        tokens = [[(e.who, e.step, e.kind, e.touch) for e in one] for one in new]
        single = count == 1
        binding, how = (self._one, self._how_one) if single else (self._many, self._how_many)
        if single:
            inputs["events"][:] = tokens
            inputs["position"][:] = place
        else:
            places = np.arange(place, place + count, dtype=np.int64)
            for name, value in (
                ("events", np.array(tokens, np.int64)),
                ("position", np.tile(places, (len(new), 1))),
            ):
                binding.bind_ortvalue_input(name, self._placed(name, value))
        self._send()
        try:
            self._session.run_with_iobinding(binding, how)
        except Exception as error:
            # ONNX Runtime raises many kinds, with a page of text.
            reason = str(error).strip().splitlines()[0]
            raise AntiphonError(
                f"{self._path}: a step failed on {self._provider.value} ({reason})"
            ) from error
        return self._fetched()

    def _send(self) -> None:
        if self._provider is Provider.CPU:
            return
        for name, value in self._values.items():
            if name not in HOST_INPUTS:
                value.update_inplace(self._inputs[name])

    def _fetched(self) -> list[Answer]:
        outputs = self._outputs
        if self._provider is not Provider.CPU:
            outputs = {name: value.numpy() for name, value in self._results.items()}
        answers = []
        for row, (event, cost) in enumerate(
            zip(outputs["event"].tolist(), outputs["cost"].tolist(), strict=True)
        ):
            if not math.isfinite(sum(cost)):
                raise AntiphonError(f"{self._path}: its weights give no numbers; export it anew")
            told = {name: outputs[name][row].copy() for name in outputs.keys() - {"event", "cost"}}
            answers.append(Answer(Event(*event), tuple(cost), **told))
        return answers
