"""The line: places by bisection are those that counting gives, whatever joins and leaves."""

from hypothesis import given
from hypothesis import strategies as st

from goldomatic.gifts.line import Line

STEPS = st.lists(
    st.one_of(
        st.just(("join", 0)),
        st.tuples(st.just("leave"), st.integers(0, 30)),
        st.just(("commit", 0)),
        st.just(("rollback", 0)),
    ),
    max_size=60,
)


@given(STEPS)
def test_a_line_is_a_list_with_a_draft(steps: list[tuple[str, int]]) -> None:
    line, durable, draft, number = Line(), list[int](), list[int](), 0
    for step, which in steps:
        match step:
            case "join":
                number += 3
                line.join(number, str(number))
                draft.append(number)
            case "leave" if which < len(draft):
                line.leave(draft.pop(which))
            case "commit":
                line.commit()
                durable = list(draft)
            case "rollback":
                line.rollback()
                draft = list(durable)
        assert list(line) == [str(each) for each in draft]
        assert list(line.durable) == [str(each) for each in durable]
        assert [line.place(each) for each in durable] == list(range(1, len(durable) + 1))


def test_a_line_is_taken_up_again() -> None:
    line = Line([(5, "a"), (9, "b"), (12, "c")])
    line.leave(9)
    line.commit()
    assert list(line.durable) == ["a", "c"]
    assert (line.place(5), line.place(12)) == (1, 2)
