import os
from pathlib import Path

import pytest

from antiphon.daemon.bench.processes import processor_s, resident_mb


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux tells")
def test_a_process_that_is_there_is_measured() -> None:
    assert (processor_s(os.getpid()) or 0) > 0
    assert 1 < (resident_mb(os.getpid()) or 0) < 10_000


def test_a_process_that_is_gone_is_not() -> None:
    assert processor_s(-1) is None
    assert resident_mb(-1) is None
