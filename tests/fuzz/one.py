"""``python -m tests.fuzz.one TARGET …``: one target under atheris; the rest is libFuzzer's own.

Needs `pip install 'antiphon[fuzz]'`. libFuzzer ends the process.
"""

import logging
import shlex
import sys
from collections.abc import Iterator
from types import FunctionType, ModuleType

import atheris

from tests.fuzz.mutations import mutated
from tests.fuzz.shelter import sheltered
from tests.fuzz.targets import TARGETS, run


def functions(module: ModuleType) -> Iterator[FunctionType]:
    """The functions and methods that a module defines."""
    for value in vars(module).values():
        if getattr(value, "__module__", "") != module.__name__:
            continue
        for found in vars(value).values() if isinstance(value, type) else (value,):
            inner = getattr(found, "fget", getattr(found, "__func__", found))
            if isinstance(inner, FunctionType):
                yield inner


def main() -> None:
    """Watch what the target's modules do, and try."""
    name, *options = sys.argv[1:]
    target = TARGETS[name]
    for module in [m for known, m in sys.modules.items() if known.startswith(target.modules)]:
        for function in functions(module):
            # Not what is compared with what, where values are changed whole: it costs the most.
            function.__code__ = atheris.patch_code(function.__code__, not target.is_json)
    # A line for each refusal would be most of the time.
    logging.disable()

    def mutate(data: bytes, longest: int, seed: int) -> bytes:
        return mutated(data, longest, seed, lambda data: atheris.Mutate(data, longest))

    with sheltered():
        # By these words libFuzzer starts itself again, to see what is worth keeping.
        again = shlex.join([sys.executable, "-m", "tests.fuzz.one", name])
        atheris.Setup(
            [again, *options, f"-max_len={target.longest}"],
            lambda data: run(target, data),
            custom_mutator=mutate if target.is_json else None,
        )
        atheris.Fuzz()


if __name__ == "__main__":
    main()
