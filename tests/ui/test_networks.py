import pytest

from explorer.models.architecture import count_parameters
from explorer.ui import form, networks


@pytest.mark.parametrize(
    ("name", "parameters"),
    # 784·64+64+64·10+10; 784·10+10+10·10+10; … ; the presets' as the reports give them.
    [("64", 50_890), ("10", 7_960), ("512-128", 468_874), ("500-250-100", 543_860), ("Keras CNN", 421_642)],
)
def test_a_named_network_is_the_one_it_says(name: str, parameters: int):
    values = form.default_values() | networks.fields_of(name, form.default_values())
    config = form.read(values).config
    assert config is not None
    assert count_parameters(config.network) == parameters


@pytest.mark.parametrize("name", networks.NETWORKS)
def test_a_named_network_is_known_by_its_name(name: str):
    values = form.default_values() | networks.fields_of(name, form.default_values())
    assert networks.name_of(values) == name
    assert networks.fits(name, values)
    config = form.read(values).config
    assert config is not None


def test_own_layers_start_from_the_layers_there_were():
    values = form.default_values() | {"network.hidden": [512, 128]}
    values |= networks.fields_of(networks.OWN_LAYERS, values)
    assert values["network.hidden"] == [512, 128]
    assert networks.fits(networks.OWN_LAYERS, values)
    assert not networks.fits("64", values)


def test_own_convolutions_can_train_at_once():
    values = form.default_values()
    values |= networks.fields_of(networks.OWN_CONVOLUTIONS, values)
    config = form.read(values).config
    assert config is not None
    assert [block.filters for block in config.network.blocks] == [16, 32]
    assert networks.fits(networks.OWN_CONVOLUTIONS, values)
    assert networks.short_name(values) == "16·3² → 32·3² → 64"
