from typing import Any

from antiphon.daemon.bench.profile import Operator, as_text, operators


def node(operator: str, name: str, us: int, category: str = "Node") -> dict[str, Any]:
    return {"cat": category, "name": name, "dur": us, "args": {"op_name": operator}}


def test_a_node_takes_the_median_of_its_runs() -> None:
    runs = [node("Add", "a_kernel_time", us) for us in (900, 2, 3)]
    assert operators(runs) == [Operator("Add", 1, 3)]


def test_nodes_of_one_operator_are_added_and_the_heaviest_comes_first() -> None:
    runs = [
        node("Add", "a_kernel_time", 2),
        node("Mul", "m_kernel_time", 5),
        node("Add", "b_kernel_time", 4),
    ]
    assert operators(runs) == [Operator("Add", 2, 6), Operator("Mul", 1, 5)]


def test_what_is_no_run_of_a_node_is_left_out() -> None:
    runs = [
        node("Add", "a_fence_before", 9),
        node("Add", "a_kernel_time", 9, "Session"),
        {"name": "process_name", "ph": "M"},
    ]
    assert operators(runs) == []


def test_the_table() -> None:
    found = {
        "context": 512,
        "step_us": 350.4,
        "step_behind_few_us": 210.0,
        "step_while_profiled_us": 1500.0,
        "operators": [
            {"name": "MatMulNBits", "nodes": 36, "us": 180.0},
            {"name": "Add", "nodes": 1, "us": 20.0},
        ],
    }
    assert as_text(found) == (
        "step            350 µs behind 512 events\n"
        "the same        210 µs behind 8\n"
        "while profiled  1500 µs, of which in nodes:\n"
        "MatMulNBits       180 µs  90%, 36 nodes\n"
        "Add                20 µs  10%, 1 nodes\n"
    )
