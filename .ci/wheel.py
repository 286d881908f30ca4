"""Check that a wheel holds every source file and all package data; only CI uses it."""

import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("daemon", "model", "export")
DATA = ("daemon/demo/phrases/*.mid", "daemon/show/page.*", "model/weights/*")


def missing(wheel: Path) -> list[str]:
    """Files of the checkout that the wheel ought to hold and does not."""
    wanted = {path for name in PACKAGES for path in ROOT.glob(f"{name}/**/*.py")}
    wanted |= {ROOT / name / "py.typed" for name in PACKAGES}
    wanted |= {path for pattern in DATA for path in ROOT.glob(pattern) if path.is_file()}
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    names = sorted(f"antiphon/{path.relative_to(ROOT).as_posix()}" for path in wanted)
    return [name for name in names if name not in held]


if __name__ == "__main__":
    lost = missing(Path(sys.argv[1]))
    sys.exit(f"the wheel lacks: {', '.join(lost)}" if lost else 0)
