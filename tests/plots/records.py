"""Records written by hand for the tests of figures."""

from explorer.records import ClassMetrics, EpochMetrics, Evaluation, LayerMetrics, StepMetrics


def step(number: int, loss: float, *, low: float | None = None, high: float | None = None) -> StepMetrics:
    """A bin of one step."""
    return StepMetrics(1, number, number, loss, loss if low is None else low, loss if high is None else high)


def layer(name: str, units: int = 4, **values: float | None) -> LayerMetrics:
    """A layer with the given shares and norms."""
    facts: dict[str, float | None] = {
        "dead_share": None,
        "inactive_share": None,
        "gradient_norm": None,
        "update_ratio": None,
    }
    weight_norm = values.pop("weight_norm", 1.0) or 0.0
    return LayerMetrics(name=name, units=units, weight_norm=weight_norm, **facts | values)


def epoch(number: int, *layers: LayerMetrics, **values: float | None) -> EpochMetrics:
    """An epoch of 10 steps of 2 seconds."""
    facts: dict[str, float | None] = {
        "train_loss": 1.0 / number,
        "train_accuracy": 0.5,
        "validation_loss": None,
        "validation_accuracy": None,
        "test_loss": None,
        "test_accuracy": None,
    }
    return EpochMetrics(
        epoch=number,
        step=10 * number,
        images_seen=100 * number,
        learning_rate=0.1,
        seconds=2.0,
        layers=layers,
        **facts | values,
    )


def evaluation(*confusion: tuple[int, ...], per_class: tuple[ClassMetrics, ...] = ()) -> Evaluation:
    """An evaluation with these counts."""
    return Evaluation(loss=0.5, accuracy=0.5, confusion=confusion, per_class=per_class)


def named(_path: str, value: object) -> str:
    """What a field's value is called where it is called by itself."""
    return str(value)
