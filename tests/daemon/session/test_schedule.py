from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon.session.schedule import Item, Schedule

TIMES = st.floats(0, 10, allow_nan=False)
ITEMS = st.lists(st.builds(Item, TIMES, st.integers(0, 3), st.binary(min_size=1, max_size=3)))


def filled(items: list[Item]) -> Schedule:
    schedule = Schedule()
    for item in items:
        schedule.add(item)
    return schedule


@given(ITEMS)
def test_it_comes_out_sorted_and_in_order_of_coming_at_equal_times(items: list[Item]) -> None:
    assert list(filled(items).due(10)) == sorted(items, key=lambda item: item.time)


@given(ITEMS, TIMES)
def test_only_what_is_due_comes_out(items: list[Item], now: float) -> None:
    schedule = filled(items)
    out = list(schedule.due(now))
    assert len(out) == sum(item.time <= now for item in items)
    assert len(schedule) == len(items) - len(out)
    following = schedule.next_time()
    assert following is None or following > now


@given(ITEMS, st.integers(0, 3), TIMES)
def test_cancel_drops_one_plan_after_a_time(items: list[Item], plan: int, after: float) -> None:
    schedule = filled(items)
    kept = [item for item in items if item.plan != plan or item.time <= after]
    assert schedule.cancel(plan, after) == len(items) - len(kept)
    assert schedule.plans() == {item.plan for item in kept}
    assert schedule.holds(plan) == any(item.plan == plan for item in kept)
    assert list(schedule.due(10)) == sorted(kept, key=lambda item: item.time)


def test_an_empty_schedule_has_no_next_time() -> None:
    assert Schedule().next_time() is None
