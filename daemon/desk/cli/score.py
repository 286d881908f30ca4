"""`antiphon score`: a piece or an improvisation as notation: MusicXML, an engraved page, a PDF."""

import argparse
import shutil
import subprocess
import tempfile
import time
import webbrowser
from html import escape
from pathlib import Path
from typing import Final

from antiphon.daemon.desk import analysis, notation
from antiphon.daemon.desk.cli import shared
from antiphon.daemon.desk.page import summary
from antiphon.daemon.desk.sources import free_path
from antiphon.daemon.errors import AntiphonError

MUSESCORE: Final = ("mscore", "musescore", "mscore4portable", "musescore4", "musescore3")
TIMEOUT_S: Final = 120.0

PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>body {{ margin: 0; background: #ddd; }} svg {{ display: block; margin: 1rem auto;
background: #fff; max-width: 60rem; width: 100%; height: auto; }}
@media print {{ body {{ background: none; }} svg {{ margin: 0; page-break-after: always; }} }}
</style></head>
<body>{pages}</body></html>
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `antiphon score`."""
    shared.add_source_arguments(parser)
    shared.add_out_argument(parser, "NAME.musicxml beside the file")
    parser.add_argument("--page", action="store_true", help="an engraved page (HTML) as well")
    parser.add_argument(
        "--pdf", action="store_true", help="a PDF as well; needs MuseScore or LilyPond"
    )
    parser.add_argument("--open", action="store_true", help="engrave a page and open it")


def main(args: argparse.Namespace) -> int:
    """Hear, write, and say where; returns the exit code."""
    found = shared.source(args)
    path = shared.new_path(args.out, found, f"{found.name}.musicxml")
    progress = shared.Progress("hearing", time.monotonic)
    try:
        heard = analysis.analyse(found.piece, lambda share: progress(0.7 * share))
        content = notation.musicxml(heard, found.name)
        progress(1.0)
    finally:
        progress.end()
    written = [path]
    shared.write_text(path, content)
    if args.page or args.open:
        page = free_path(path.parent, f"{path.stem}-score.html")
        pages = "\n".join(notation.engraved(content))
        shared.write_text(page, PAGE.format(title=escape(found.name), pages=pages))
        written.append(page)
        if args.open:
            webbrowser.open(page.resolve().as_uri())
    if args.pdf:
        written.append(pdf(path))
    rows = [row for row in summary(heard) if row[0] in ("length", "key", "beats")]
    told = {"file": args.file, "written": [str(each) for each in written], **dict(rows)}
    rows.append(("wrote", ", ".join(str(each) for each in written)))
    return shared.tell(args, told, shared.table(rows))


def pdf(path: Path) -> Path:
    """A PDF of MusicXML beside it, by MuseScore or LilyPond; AntiphonError where neither is."""
    out = free_path(path.parent, f"{path.stem}.pdf")
    program = next((found for name in MUSESCORE if (found := shutil.which(name))), None)
    lilypond, translator = shutil.which("lilypond"), shutil.which("musicxml2ly")
    if program:
        _run([program, "-o", str(out), str(path)])
    elif lilypond and translator:
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "score.ly"
            _run([translator, "-o", str(source), str(path)])
            _run([lilypond, "-o", str(out.with_suffix("")), str(source)])
    else:
        raise AntiphonError(
            f"wrote {path}, but a PDF needs MuseScore or LilyPond, and neither is installed"
        )
    if not out.exists():
        raise AntiphonError(f"wrote {path}, but no PDF came of it; open it in a notation program")
    return out


def _run(command: list[str]) -> None:
    try:
        subprocess.run(  # noqa: S603 (programs found on PATH, with paths as arguments)
            command, capture_output=True, timeout=TIMEOUT_S, check=True, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise AntiphonError(f"{command[0]} failed: {error}") from None
