from itertools import chain

import pytest

from explorer.config.baseline import BaselineConfig
from explorer.config.fields import changed_values
from explorer.config.run import RunConfig
from explorer.data.features import inputs_of
from explorer.labs.experiment import SHARES, Experiment, Lab
from explorer.labs.running import LABS
from explorer.models.architecture import count_multiply_adds

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
    assert not figure.by_lab or figure.between is not None
    assert figure.over is None or lab.find(figure.over).repeats >= experiment.repeats
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
        ("fourth", "relu-over-sigmoid", 0.0593, None),
        ("fourth", "hog-features", 324, None),
        ("fourth", "noisy-copies", 0.9463, 0.0002),
        ("fourth", "l2-0.0001-repeats", 0.9160, 0.0008),
        ("fourth", "hog-network", 0.9761, 0.0006),
        ("fourth", "hog-knn", 0.9631, None),
        ("fourth", "hog-svm", 0.9691, None),
        ("fourth", "copies-train-loss", 0.0995, None),
        ("fourth", "copies-test-loss", 0.1836, None),
        ("fourth", "l2-train-loss", 0.2976, None),
        ("fourth", "l2-test-loss", 0.2879, None),
        ("fourth", "hog-train-loss", 0.0410, None),
        ("fourth", "hog-test-loss", 0.0733, None),
        ("fourth", "forward-noise-1", 0.86, None),
        ("fourth", "sigmoid-f1-5", 0.8756, None),
        ("fifth", "parameters", 421_642, None),
    ],
)
def test_the_reports_figures_are_theirs(lab: str, experiment: str, value: float, deviation: float | None):
    figure = LABS[lab].find(experiment).figure
    assert (figure.value, figure.deviation) == (value, deviation)


# Images (there and back) that one core does in a second, as multiply-adds; measured, a small network's share
# of fixed work an image included.
SPEED = {"mlp": 1.7e10, "cnn": 4e9}
FIXED_SECONDS = 3e-6
SECONDS_A_RUN = 0.4  # to begin, evaluate and keep it


def held_back(config: RunConfig) -> int:
    """Images that are read after every epoch, which is a third of the work of training with them."""
    data = config.data
    size = data.validation_size
    validated = int(60_000 * data.validation_fraction) if size is None else size
    return validated + (10_000 if config.training.monitor.startswith("test") else 0)


@pytest.mark.parametrize("lab", LABS.values(), ids=LABS)
def test_the_quick_version_is_a_minutes_work_for_two_cores(lab: Lab):
    seconds = 0.0
    for config in lab.configs(quick=True):
        seconds += SECONDS_A_RUN
        if isinstance(config, RunConfig):
            work = count_multiply_adds(config.network, inputs=inputs_of(config.data))
            an_image = work / SPEED[config.network.kind] + FIXED_SECONDS
            images = (config.data.train_size or 0) * (1 + config.data.noisy_copies)
            seconds += config.training.epochs * (images + held_back(config) / 3) * an_image
    assert seconds < 2 * 55


def test_the_first_classifier_is_shown_to_give_one_answer_and_a_greater_rate_to_learn():
    lab = LABS["first"]
    stuck, faster = lab.find("classifier-1"), lab.find("classifier-1-faster")
    assert set(lab.configs_of(lab.find("classifier-1-one-answer"))) == set(lab.configs_of(stuck))
    changed = changed_values(lab.configs_of(faster)[0], lab.configs_of(stuck)[0])
    assert changed == {"optimizer.learning_rate": 0.1}


def test_noise_is_read_on_the_sums_and_shown_on_the_activations_too():
    lab = LABS["fourth"]
    for sums, activations in (
        ("forward-noise-1", "forward-activations-noise-1"),
        ("backward-noise-loss-0.1", "backward-activations-noise-loss-0.1"),
    ):
        read, other = (lab.configs_of(lab.find(name))[0] for name in (sums, activations))
        assert changed_values(read, other) == {"regularisation.noise_on": "sums"}


def test_as_many_steps_without_copies_stand_beside_the_noisy_copies():
    lab = LABS["fourth"]
    copies, longer = (lab.configs_of(lab.find(name))[0] for name in ("noisy-copies", "sigmoid-30-epochs"))
    assert isinstance(copies, RunConfig)
    assert isinstance(longer, RunConfig)
    assert longer.training.epochs == (1 + copies.data.noisy_copies) * copies.training.epochs


def test_the_other_reading_of_the_cnns_rate_differs_in_the_rate_alone():
    lab = LABS["second"]
    for name in ("cnn-50000", "cnn-2000"):
        read, other = (lab.configs_of(lab.find(each))[0] for each in (name, f"{name}-tutorial"))
        assert set(changed_values(read, other)) == {"optimizer.learning_rate"}
