from antiphon.daemon.performer.budget import AGAIN_S, BUDGET_S, GRACE_S, Budget

BEGAN = 1000.0


def lines(budget: Budget, at: float, took_s: float) -> list[str]:
    return [problem.text for problem in budget.spent(BEGAN + at, BEGAN + at + took_s)]


def test_steps_within_their_time_are_not_spoken_of() -> None:
    budget = Budget(BEGAN)
    assert not any(lines(budget, at * 0.2, BUDGET_S * 0.9) for at in range(1000))


def test_a_step_that_takes_too_long_is_told() -> None:
    (line,) = lines(Budget(BEGAN), GRACE_S, 0.25)
    assert line.startswith("1 of the machine's steps took longer than 100 ms, up to 250 ms")


def test_what_is_taken_in_at_the_start_has_its_time() -> None:
    budget = Budget(BEGAN)
    assert not lines(budget, 0.0, 0.9 * GRACE_S)
    assert not lines(budget, GRACE_S, 0.001)


def test_it_is_told_now_and_then_and_nothing_is_forgotten() -> None:
    budget = Budget(BEGAN)
    found = [line for at in range(50) for line in lines(budget, GRACE_S + at, 0.2 + at * 0.001)]
    assert len(found) == 2
    assert found[1].startswith(f"{int(AGAIN_S)} of the machine's steps")
    assert "up to 230 ms" in found[1]
