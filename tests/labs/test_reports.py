from itertools import chain

import pytest

from explorer.config.baseline import BaselineConfig
from explorer.config.fields import changed_values
from explorer.config.run import RunConfig
from explorer.labs.experiment import SHARES, Experiment, Lab
from explorer.labs.running import LABS

EVERY = [(lab, experiment) for lab in LABS.values() for experiment in lab.experiments]
IDS = [f"{lab.id} {experiment.id}" for lab, experiment in EVERY]


def test_the_labs_are_called_first_to_fifth():
    assert list(LABS) == ["first", "second", "third", "fourth", "fifth"]
    assert [lab.id for lab in LABS.values()] == list(LABS)


@pytest.mark.parametrize(("lab", "experiment"), EVERY, ids=IDS)
def test_an_experiment_is_repeated_with_other_seeds_and_nothing_else(lab: Lab, experiment: Experiment):
    configs = lab.configs_of(experiment)
    assert len(configs) == experiment.repeats
    for seed, config in enumerate(configs):
        if isinstance(config, RunConfig):
            assert config.training.seed == seed
            assert set(changed_values(config, configs[0])) <= {"training.seed"}
    assert configs[0].data.dataset == "mnist"


@pytest.mark.parametrize(("lab", "experiment"), EVERY, ids=IDS)
def test_the_quick_version_takes_fewer_images(lab: Lab, experiment: Experiment):
    whole, quick = lab.configs_of(experiment)[0], lab.configs_of(experiment, quick=True)[0]
    assert quick.data.train_size is not None
    assert quick.data.train_size <= 6000
    if isinstance(whole, RunConfig):
        assert isinstance(quick, RunConfig)
        assert quick.training.epochs <= whole.training.epochs
        assert quick.network == whole.network
    else:
        assert isinstance(quick, BaselineConfig)
        assert quick.baseline == whole.baseline


@pytest.mark.parametrize(("lab", "experiment"), EVERY, ids=IDS)
def test_every_reported_number_has_its_place_and_a_tolerance(lab: Lab, experiment: Experiment):
    figure = experiment.figure
    assert figure.where
    assert (figure.tolerance is None) == (figure.value is None)
    assert figure.value is None or figure.between is None
    assert bool(figure.statement) == (figure.between is not None)
    if figure.metric in SHARES and figure.value is not None:
        assert 0 < figure.value < 1


@pytest.mark.parametrize("lab", LABS.values(), ids=LABS)
def test_names_are_there_once_and_orders_name_known_experiments(lab: Lab):
    names = [experiment.id for experiment in lab.experiments]
    assert len(set(names)) == len(names)
    assert set(chain.from_iterable(order.experiments for order in lab.orders)) <= set(names)
    assert set(lab.question.experiments) <= set(names)
    assert all(gap.unsaid and gap.reading and gap.why for gap in lab.gaps)


def test_what_several_experiments_need_is_trained_once():
    lab = LABS["fourth"]
    assert len(lab.configs()) == len(set(lab.configs()))
    assert set(lab.configs_of(lab.find("relu"))) == set(lab.configs_of(lab.find("relu-test-loss")))


@pytest.mark.parametrize(
    ("lab", "experiment", "value", "deviation"),
    [
        ("first", "classifier-1", 0.114, None),
        ("second", "mlp-50000-decay", 0.948, None),
        ("second", "cnn-50000", 0.9888, None),
        ("third", "relu-final", 0.881, None),
        ("third", "sigmoid-final", 0.804, None),
        ("fourth", "sigmoid", 0.9212, 0.0014),
        ("fourth", "tanh", 0.9784, 0.0005),
        ("fourth", "relu", 0.9805, 0.0008),
        ("fourth", "noisy-copies", 0.9463, 0.0002),
        ("fourth", "l2-0.0001-repeats", 0.9160, 0.0008),
        ("fourth", "hog-network", 0.9761, 0.0006),
        ("fourth", "hog-knn", 0.9631, None),
        ("fourth", "hog-svm", 0.9691, None),
        ("fifth", "parameters", 421_642, None),
    ],
)
def test_the_reports_figures_are_theirs(lab: str, experiment: str, value: float, deviation: float | None):
    figure = LABS[lab].find(experiment).figure
    assert (figure.value, figure.deviation) == (value, deviation)
