"""Seeds as a function of (seed, purpose, epoch)."""

from itertools import product

from explorer.training.randomness import Purpose, seed_for


def test_a_seed_is_a_function_of_its_arguments() -> None:
    assert seed_for(3, Purpose.ORDER, 7) == seed_for(3, Purpose.ORDER, 7)


def test_seeds_differ_in_each_argument_and_fit_a_generator() -> None:
    seeds = [seed_for(*each) for each in product(range(5), Purpose, range(1, 20))]
    assert len(set(seeds)) == len(seeds) == 5 * 3 * 19
    assert all(0 <= seed < 2**63 for seed in seeds)
