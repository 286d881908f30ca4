"""`antiphon show`: a picture and a page of a recorded jam, beside its recording or elsewhere."""

import argparse
import json
import sys
import webbrowser
from pathlib import Path

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.session import journal
from antiphon.daemon.shell.sessions import add_session_arguments, chosen
from antiphon.daemon.show import picture
from antiphon.daemon.show.page import page, summary
from antiphon.daemon.show.story import told

PICTURE, PAGE = "session.png", "session.html"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `antiphon show`."""
    add_session_arguments(parser)
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="where to write; beside the recording without it"
    )
    parser.add_argument("--open", action="store_true", help="open the page in a browser")


def main(args: argparse.Namespace) -> int:
    """Write both files, and say where; raises `AntiphonError` for a session without a note."""
    folder = chosen(args)
    story = told(list(journal.read(folder)))
    if not any(story.notes):
        raise AntiphonError(f"{folder}: nobody played a note; antiphon sessions lists the others")
    out = args.out or folder
    title = f"Antiphon, {folder.name}"
    try:
        out.mkdir(parents=True, exist_ok=True)
        picture.draw(story.parts, out / PICTURE, title, story.turns)
        (out / PAGE).write_text(page(story, title), encoding="utf-8")
    except OSError as error:
        raise AntiphonError(f"cannot write to {out}: {error.strerror or error}") from None
    if args.json:
        content = {"session": folder, "picture": out / PICTURE, "page": out / PAGE}
        sys.stdout.write(json.dumps({name: str(path) for name, path in content.items()}) + "\n")
    else:
        sys.stdout.write(f"{summary(story)}\nwrote {out / PICTURE}, {out / PAGE}\n")
    if args.open:
        webbrowser.open((out / PAGE).resolve().as_uri())
    return 0
