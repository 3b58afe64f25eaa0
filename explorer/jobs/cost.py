"""What a run will cost on this machine: parameters, multiply-adds, and seconds an epoch."""

import hashlib
import json
import math
import platform
from dataclasses import asdict, dataclass
from datetime import timedelta

from explorer.config.run import RunConfig
from explorer.data.features import inputs_of
from explorer.data.partition import part_sizes
from explorer.jobs.placement import serves, with_numbers
from explorer.jobs.status import read_statuses
from explorer.models.architecture import count_multiply_adds, count_parameters
from explorer.settings import Settings
from explorer.storage.store import Store

MOST_DOUBLINGS = 11  # of a stack whose speed is looked up
# How long a stack is believed to be slower than its networks alone: the machine may have been busy just then.
BELIEVED = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one epoch takes. ``multiply_adds`` are those of one forward pass of one image.

    ``seconds_per_epoch`` is None until this machine was measured; ``measured`` says whether this very
    network was trained here with this batch size and device before, or the time is calculated from others.
    """

    parameters: int
    multiply_adds: int
    images: int
    steps: int
    device: str
    seconds_per_epoch: float | None
    measured: bool


@dataclass(frozen=True, slots=True)
class Calibration:
    """A device's speed in seconds: of a step, of a dense and of a convolution's multiply-add."""

    step: float
    dense: float
    convolution: float


def estimate(store: Store, settings: Settings, config: RunConfig) -> Cost:
    """What an epoch of this run will cost on the device that would train it.

    A network that was never trained here is calculated from the device's calibration: seconds =
    steps · seconds a step + images · multiply-adds · seconds a multiply-add.

    Raises:
        ConfigError: a size is greater than what the dataset has.
    """
    device = likely_device(settings, config.training.device)
    images = part_sizes(config.data).train * (1 + config.data.noisy_copies)
    steps = math.ceil(images / batch_size(config, images))
    inputs = inputs_of(config.data)
    multiply_adds = count_multiply_adds(config.network, inputs=inputs)
    speed = store.measured_speed(speed_key(config, device))
    if speed is not None:
        seconds: float | None = speed.seconds_per_epoch * images / speed.images
    else:
        calibration = read_calibration(store, device)
        seconds = None
        if calibration is not None:
            seconds = calculate(calibration, config, images, steps, multiply_adds)
    return Cost(
        parameters=count_parameters(config.network, inputs=inputs),
        multiply_adds=multiply_adds,
        images=images,
        steps=steps,
        device=device,
        seconds_per_epoch=seconds,
        measured=speed is not None,
    )


def calculate(
    calibration: Calibration, config: RunConfig, images: int, steps: int, multiply_adds: int
) -> float:
    """Seconds an epoch by the model of ``estimate``."""
    each = calibration.convolution if config.network.kind == "cnn" else calibration.dense
    return steps * calibration.step + images * multiply_adds * each


def record_measured(  # noqa: PLR0917  # what was measured, of what, where, on how much
    store: Store, config: RunConfig, device: str, seconds_per_epoch: float, images: int, stack: int = 1
) -> None:
    """Keep how long an epoch over so many images took, for the next estimate.

    Of a ``stack`` of several networks it is the time for each: that of all divided by their number.
    """
    store.record_speed(_stack_speed_key(config, device, stack), seconds_per_epoch, images)


def measured_stacks(store: Store, config: RunConfig, device: str) -> dict[int, float]:
    """Seconds an image for each network of a stack, by the sizes of stacks that were measured (1: alone).

    Sizes are powers of two; the measurement of a stack counts for the next smaller one. Whether a stack is
    slower than a network alone only what was measured at about one time can tell: else it is left out, and
    so tried again.
    """
    key = speed_key(config, device)
    keys = {_of_stack(key, 2**power): 2**power for power in range(MOST_DOUBLINGS)}
    found = store.measured_speeds(tuple(keys))
    speeds = {size: found[key] for key, size in keys.items() if key in found}
    seconds = {size: speed.seconds_per_epoch / speed.images for size, speed in speeds.items()}
    return {
        size: each
        for size, each in seconds.items()
        if each <= seconds.get(1, each) or abs(speeds[size].measured_at - speeds[1].measured_at) <= BELIEVED
    }


def speed_key(config: RunConfig, device: str) -> str:
    """What two runs have in common if their epochs take equally long an image, here and on this device."""
    network = config.network.model_dump(
        mode="json", exclude={"initialisation", "initialisation_sigma", "biases"}
    )
    facts = {
        "machine": platform.node(),
        "device": device,
        "network": network,
        "loss": config.loss,
        "optimizer": config.optimizer.name,
        "batch": config.training.batch_size,
        "augmentation": config.data.augmentation.model_dump(mode="json"),
        "features": inputs_of(config.data) or "pixels",
        "engine": config.training.engine,
        "noise": [config.regularisation.activation_noise > 0, config.regularisation.gradient_noise > 0],
    }
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]
    return f"run/{device}/{digest}"


def _stack_speed_key(config: RunConfig, device: str, stack: int) -> str:
    return _of_stack(speed_key(config, device), 2 ** (stack.bit_length() - 1))


def _of_stack(key: str, size: int) -> str:
    return f"{key}/{size}" if size > 1 else key


def read_calibration(store: Store, device: str) -> Calibration | None:
    """What was measured of this device on this machine, if it was."""
    values = store.setting(_calibration_key(device))
    return None if values is None else Calibration(**values)


def write_calibration(store: Store, device: str, calibration: Calibration) -> None:
    """Keep what was measured of this device; of several measurements the fastest, as others had company."""
    known = read_calibration(store, device) or calibration
    fastest = {name: min(value, getattr(known, name)) for name, value in asdict(calibration).items()}
    store.set_setting(_calibration_key(device), fastest)


def likely_device(settings: Settings, wanted: str) -> str:
    """The device that would train a run, by the workers that there are; ``cpu`` before any has come up."""
    alive = [status.device for status in read_statuses(settings) if status.state != "dead"]
    devices = with_numbers(settings.devices or tuple(alive)) or ("cpu",)
    return next(
        (name for name in devices if serves(name, wanted, devices)), wanted if wanted != "auto" else "cpu"
    )


def batch_size(config: RunConfig, images: int) -> int:
    """Images a step."""
    size = config.training.batch_size
    return images if size == "full" else size


def _calibration_key(device: str) -> str:
    return f"calibration/{platform.node()}/{device}"
