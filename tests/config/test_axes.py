import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.config.axes import Axis, grid, read_axis, read_values
from explorer.config.fields import field
from explorer.errors import ConfigError

RATE = "optimizer.learning_rate"


def refused(text: str) -> str:
    with pytest.raises(ConfigError) as error:
        read_axis(text)
    return str(error.value)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (f"{RATE}=0.001,0.01,0.1", (0.001, 0.01, 0.1)),
        (f"{RATE}=0.001, 0.01 0.1", (0.001, 0.01, 0.1)),
        (f"{RATE}= 1e-3 ;1e-2", (0.001, 0.01)),
        ("network.hidden=[128,64],[64]", ([128, 64], [64])),
        ("network.hidden=[128, 64] [64]", ([128, 64], [64])),
        ("network.hidden=128-64, 64", ([128, 64], [64])),
        ("data.labels=3-8, 4-9", ([3, 8], [4, 9])),
        ("network.activation=relu,tanh", ("relu", "tanh")),
        ('network.activation="relu","tanh"', ("relu", "tanh")),
        ("network.batch_norm=true,false", (True, False)),
        ("training.batch_size=16,full", (16, "full")),
        ("training.patience=null,3", (None, 3)),
        ('network.blocks=[{"filters": 4, "pooling": 2}],[{"filters": 8},{"filters": 8}]',
         ([{"filters": 4, "pooling": 2}], [{"filters": 8}, {"filters": 8}])),
    ],
)  # fmt: skip
def test_typed_values_are_split_outside_brackets_and_quotes(text: str, values: tuple[object, ...]):
    assert read_axis(text) == Axis(text.partition("=")[0], values)


def test_a_logarithmic_grid_has_equal_ratios_and_both_ends():
    assert read_values(RATE, "log:1e-4:1:5") == (0.0001, 0.001, 0.01, 0.1, 1.0)
    assert read_values(RATE, "log:1e-4:1:9")[1] == 0.0003162  # 10 ** -3.5, in four digits


def test_a_linear_grid_has_equal_steps_and_both_ends():
    assert read_values("network.dropout", "lin:0:0.5:6") == (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
    assert read_values("network.dropout", "lin:0.5:0:2") == (0.5, 0.0)


def test_a_grid_of_whole_numbers_takes_each_once():
    assert read_values("training.batch_size", "log:16:512:6") == (16, 32, 64, 128, 256, 512)
    assert read_values("data.noisy_copies", "lin:0:2:9") == (0, 1, 2)


@given(
    st.floats(1e-6, 10, allow_nan=False),
    st.floats(1.01, 1e5),
    st.integers(2, 60),
    st.sampled_from(["log", "lin"]),
)
def test_a_grid_goes_one_way_from_end_to_end(first: float, factor: float, count: int, spacing: str):
    entry = field(RATE)
    assert entry is not None
    values = grid(entry, spacing, first, first * factor, count)  # type: ignore[arg-type]
    assert len(values) == count
    assert (values[0], values[-1]) == (first, first * factor)
    if factor > 2:  # where four digits tell neighbours apart
        assert list(values) == sorted(values)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("optimizer.learning_rat=1", "Did you mean optimizer.learning_rate?"),
        ("training.seed=1,2", "Ask for repeats"),
        ("training.device=cpu,cuda", "the same in all runs"),
        (f"{RATE}=", "at least one value"),
        (f"{RATE}= , ", "at least one value"),
        (RATE, "FIELD=V1,V2,…"),
        ("=1,2", "FIELD=V1,V2,…"),
        (f"{RATE}=log:1:2", "log:FROM:TO:COUNT"),
        (f"{RATE}=log:a:2:3", "log:FROM:TO:COUNT"),
        (f"{RATE}=log:1:2:2.5", "log:FROM:TO:COUNT"),
        (f"{RATE}=log:0:1:3", "above 0 at both ends"),
        (f"{RATE}=log:-1:1:3", "above 0 at both ends"),
        (f"{RATE}=lin:1:1:3", "two different numbers"),
        (f"{RATE}=lin:1:1e999:3", "two finite numbers"),
        (f"{RATE}=lin:0.1:1:1", "2 to 1,024 values"),
        (f"{RATE}=lin:0.1:1:10000", "2 to 1,024 values"),
        ("network.activation=log:1:2:3", "a list of its values"),
    ],
)
def test_what_is_no_axis_is_refused_in_words(text: str, said: str):
    assert said in refused(text)


@given(st.text(max_size=80))
def test_any_text_is_an_axis_or_a_config_error(text: str):
    try:
        values = read_axis(text).values
    except ConfigError as error:
        values = error.problems
    assert values
