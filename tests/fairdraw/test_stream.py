import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairdraw.forgeries import Json
from fairdraw.vectors import VECTORS
from goldomatic.fairdraw.stream import Stream


def stream_of(inputs: Json) -> Stream:
    seed, root = bytes.fromhex(inputs["seed"]), bytes.fromhex(inputs["root"])
    return Stream(seed, inputs["drawId"], root, inputs["publicValue"])


@pytest.mark.parametrize("vector", VECTORS["streams"], ids=lambda vector: vector["drawId"])
def test_blocks_of_the_vectors(vector: Json) -> None:
    stream = stream_of(vector)
    assert [stream.read(32).hex() for _ in vector["blocks"]] == vector["blocks"]


@given(st.lists(st.integers(0, 50), max_size=12))
def test_every_byte_is_read_once_whatever_the_steps(sizes: list[int]) -> None:
    inputs = VECTORS["streams"][0]
    steps = stream_of(inputs)
    assert b"".join(map(steps.read, sizes)) == stream_of(inputs).read(sum(sizes))


def test_numbers_of_the_vectors_with_their_rejections() -> None:
    vector = VECTORS["below"]
    stream, bytes_alone = stream_of(vector), stream_of(vector)
    for call in vector["calls"]:
        assert stream.below(int(call["limit"])) == int(call["value"])
        assert bytes_alone.read(len(call["read"]) // 2).hex() == call["read"]
    assert stream.read(8) == bytes_alone.read(8)


@pytest.mark.parametrize("limit", [0, -1])
def test_nothing_lies_below_zero_or_less(limit: int) -> None:
    with pytest.raises(ValueError, match="nothing lies below"):
        stream_of(VECTORS["streams"][0]).below(limit)


def test_each_input_makes_another_stream() -> None:
    seed, root = bytes(32), bytes(32)
    firsts = {
        Stream(*inputs).read(32)
        for inputs in (
            (seed, "ab", root, "c"),
            (seed, "a", root, "bc"),
            (seed, "ab", root, ""),
            (b"\x01" * 32, "ab", root, "c"),
            (seed, "ab", b"\x01" * 32, "c"),
        )
    }
    assert len(firsts) == 5


def test_a_seed_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Stream(b"short", "a", bytes(32), "")
