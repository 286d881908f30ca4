from antiphon.daemon.messages import Problem
from antiphon.daemon.session.problems import MOST, Problems


class Board:
    """Problems, and what clients were told of them."""

    def __init__(self) -> None:
        self.told: list[dict[str, str]] = []
        self.problems = Problems(self.told.append)

    def take(self, text: str, about: str = "", by: str = "") -> list[dict[str, str]]:
        self.told.clear()
        self.problems.take(Problem(text, about), by)
        return self.told


def test_what_happened_stays_and_what_lasted_goes() -> None:
    board = Board()
    assert board.take("the output left") == [{"problem": "the output left"}]
    assert board.take("too many notes", "flood") == [{"problem": "too many notes"}]
    assert board.problems.lines == ["the output left", "too many notes"]
    assert board.take("", "flood") == [{"solved": "too many notes"}]
    assert board.problems.lines == ["the output left"]


def test_the_next_line_about_the_same_takes_its_place() -> None:
    board = Board()
    board.take("key 60 held", "stuck")
    assert board.take("key 60, key 64 held", "stuck") == [
        {"solved": "key 60 held"},
        {"problem": "key 60, key 64 held"},
    ]
    assert board.take("key 60, key 64 held", "stuck") == []
    assert board.problems.lines == ["key 60, key 64 held"]


def test_the_end_of_what_was_never_told_is_no_news() -> None:
    assert not Problems().take(Problem("", "flood"))
    assert Board().take("", "flood") == []


def test_what_lasts_goes_with_who_told_it() -> None:
    board = Board()
    board.take("too many notes", "flood", by="performer")
    board.take("a slow step", by="performer")
    board.take("two clocks", "clocks")
    board.told.clear()
    board.problems.left("performer")
    assert board.told == [{"solved": "too many notes"}]
    assert board.problems.lines == ["a slow step", "two clocks"]


def test_the_oldest_goes_first() -> None:
    board = Board()
    for number in range(MOST + 5):
        board.take(f"step {number} failed")
    assert board.problems.lines == [f"step {number} failed" for number in range(5, MOST + 5)]
