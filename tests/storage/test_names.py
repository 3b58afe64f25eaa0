"""Names that tell runs apart at a glance."""

from typing import Any

import pytest

from explorer.config.baseline import PARAMETERS
from explorer.config.parsing import baseline_from_paths, parse_config
from explorer.storage.names import METHODS, default_name, tidy_name


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({}, "64 · relu · adam 0.001"),
        ({"network": {"hidden": [512, 128], "activation": "sigmoid"}}, "512-128 · sigmoid · adam 0.001"),
        (
            {"network": {"preset": "lenet"}, "optimizer": {"name": "sgd", "learning_rate": 0.1}},
            "lenet · relu · sgd 0.1",
        ),
        ({"network": {"kind": "cnn", "hidden": [32]}}, "conv 16-32 + 32 · relu · adam 0.001"),
        ({"network": {"kind": "cnn", "hidden": []}}, "conv 16-32 · relu · adam 0.001"),
        ({"optimizer": {"learning_rate": 0.00001}}, "64 · relu · adam 1e-05"),
        ({"data": {"features": "hog"}}, "64 · relu · adam 0.001 · HOG"),
        ({"data": {"labels": [8, 3]}}, "64 · relu · adam 0.001 · labels 3-8"),
        (
            {"data": {"features": "hog", "hog": {"block_size": 1}}},
            "64 · relu · adam 0.001 · HOG blocks of 1",
        ),
    ],
)
def test_a_name_says_architecture_activation_and_optimizer(values: dict[str, Any], name: str) -> None:
    assert default_name(parse_config(values)) == name


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({}, "kNN k=3 · pixels"),
        ({"baseline.k": 5, "data.features": "hog"}, "kNN k=5 · HOG"),
        ({"data.labels": [3, 8]}, "kNN k=3 · pixels · labels 3-8"),
        ({"baseline.model": "linear_svm", "baseline.C": 0.01}, "linear SVM C=0.01 · pixels"),
        ({"baseline.model": "linear_svm", "baseline.C": 1e6}, "linear SVM C=1e6 · pixels"),
        ({"baseline.model": "linear_svm", "baseline.C": 1e-6}, "linear SVM C=1e-6 · pixels"),
        ({"baseline.model": "rbf_svm", "baseline.gamma": 0.5}, "RBF SVM C=1 γ=0.5 · pixels"),
        ({"baseline.model": "rbf_svm"}, "RBF SVM C=1 γ=scale · pixels"),
        ({"baseline.model": "forest", "baseline.trees": 20}, "random forest trees=20 · pixels"),
        (
            {"data.features": "hog", "data.hog.cell_size": 4, "data.hog.orientations": 12},
            "kNN k=3 · HOG 12 orientations, cells of 4",
        ),
    ],
)
def test_a_name_says_method_parameters_and_features(values: dict[str, Any], name: str) -> None:
    assert default_name(baseline_from_paths(values)) == name


def test_every_method_has_a_name() -> None:
    assert METHODS.keys() == PARAMETERS.keys()


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  our\tbest\n one ", "our best one"),
        ("😀👩‍🔬 Übung · 数字", "😀👩‍🔬 Übung · 数字"),
        ("gnp.\u202eexe", "gnp.exe"),
        ("\u2066a\u2069\x00b\x1b[31m", "ab[31m"),
        ("\u202e \x07", ""),
    ],
)
def test_a_name_loses_only_signs_that_change_the_text_around_it(written: str, kept: str):
    assert tidy_name(written) == kept
