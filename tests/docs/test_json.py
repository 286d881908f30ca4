"""Every handle can be used by a program: it answers in JSON where that is asked for."""

import pytest

from antiphon.daemon import cli
from antiphon.daemon.shell import grammar

NO_HANDLES = {
    *("run", "jam", "panel"),  # go on until they are stopped
    *("demo", "events", "completion"),  # make files, or text for a shell
    *("model prepare", "model train", "model beats", "export", "restore"),  # make models
}


@pytest.mark.parametrize("name", [name for name in cli.COMMANDS if name not in NO_HANDLES])
def test_it_answers_in_json(name: str) -> None:
    usage = grammar.usage(name)
    if usage.arguments:
        assert any("--json" in option.names for option in usage.options)
