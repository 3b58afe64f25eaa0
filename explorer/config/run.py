"""The configuration of a run: one frozen tree with its defaults, bounds, units and help."""

from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from explorer.config.presets import PRESETS, Preset
from explorer.config.rules import cross_field_problems

KnownDataset = Literal["digits", "mnist", "fashion_mnist", "kmnist", "emnist_digits", "qmnist"]
OwnDataset = Annotated[str, Field(pattern=r"^own:[a-z0-9_-]{1,40}$")]
DatasetName = KnownDataset | OwnDataset
Activation = Literal["identity", "sigmoid", "tanh", "relu", "leaky_relu", "prelu", "elu", "gelu", "silu"]
Initialisation = Literal[
    "default", "glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "gaussian", "zeros"
]
Loss = Literal["cross_entropy", "mean_squared_error", "binary_cross_entropy"]
Monitor = Literal["validation_loss", "validation_accuracy", "train_loss", "test_loss", "test_accuracy"]
DeviceName = Annotated[str, Field(pattern=r"^(auto|cpu|mps|cuda(:\d{1,2})?)$")]
Units = Annotated[int, Field(ge=1, le=4096)]
Label = Literal[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
BatchImages = Annotated[int, Field(ge=1, le=240_000)]


class Section(BaseModel):
    """A frozen part of the tree that refuses unknown fields, infinities and NaN."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True)

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_truth_values_as_numbers(cls, value: Any, info: ValidationInfo) -> Any:
        items = value if isinstance(value, list | tuple) else (value,)
        wanted = cls.model_fields[str(info.field_name)].annotation
        if wanted is not bool and any(isinstance(item, bool) for item in items):
            raise PydanticCustomError("truth_value", "true and false are no numbers")
        return value


def setting(default: Any, title: str, help_line: str, **facts: Any) -> Any:
    """A field with a title, a one-line help, its bounds, and ``unit``, ``logarithmic``, ``also`` for forms."""
    extra: JsonDict = {key: facts.pop(key) for key in ("unit", "logarithmic", "also") if key in facts}
    return Field(default, title=title, description=help_line, json_schema_extra=extra, **facts)


# fmt: off
# From here on a table: one setting a line.

class Augmentation(Section):
    """Random changes drawn anew for every training batch; all zero switches augmentation off."""

    shift: float = setting(0.0, "Shift", "Moves each image by up to this far.", ge=0, le=8, unit="pixels")
    rotation: float = setting(0.0, "Rotation", "Turns each image by up to this angle.", ge=0, le=45, unit="degrees")
    scale: float = setting(0.0, "Scale", "Grows or shrinks each image by up to this share.", ge=0, le=0.5)
    elastic: float = setting(0.0, "Elastic", "Bends strokes by about this far (Simard et al., 2003).", ge=0, le=8, unit="pixels")


class Hog(Section):
    """Histograms of oriented gradients (Dalal & Triggs, 2005) in place of pixels."""

    orientations: int = setting(9, "Orientations", "Into how many directions gradients are sorted.", ge=2, le=18, unit="bins")
    cell_size: int = setting(7, "Cell size", "Side of the square over which directions are counted.", ge=3, le=14, unit="pixels")
    block_size: int = setting(2, "Block size", "Side of the square of cells whose counts are normalised together.", ge=1, le=4, unit="cells")


class Data(Section):
    """Which images the run learns from, and how they are prepared."""

    dataset: DatasetName = setting("digits", "Dataset", "Where the images come from; the bundled digits need no download.", also="own:NAME, a dataset of your own")
    labels: tuple[Label, ...] = setting((), "Labels", "Trains and validates on images with these labels alone; empty takes all. The test set still asks all.", max_length=10)
    train_size: int | None = setting(None, "Training images", "Fewer images train faster and over-fit sooner; empty takes all that are left.", ge=10, le=240_000, unit="images")
    validation_size: int | None = setting(None, "Validation images", "Images held back to choose settings by; empty uses the share below.", ge=0, le=100_000, unit="images")
    validation_fraction: float = setting(0.1, "Validation share", "Share of the training images that is held back.", ge=0, le=0.9)
    test_size: int | None = setting(None, "Test images", "How many test images to ask at the end; empty asks all.", ge=10, le=100_000, unit="images")
    split_seed: int = setting(0, "Split seed", "Decides which images are held back; keep it to compare runs fairly.", ge=0, le=2**31 - 1)
    scaling: Literal["standard", "unit", "none"] = setting("standard", "Scaling", "Pixels or features with mean 0 and deviation 1 (learns fastest; LeCun et al., 1998), in [0, 1], or raw.")
    features: Literal["pixels", "hog"] = setting("pixels", "Features", "What the network sees: pixels, or histograms of oriented gradients.")
    hog: Hog = setting(Hog(), "HOG", "How the gradients are counted; only for the features hog.")
    noisy_copies: int = setting(0, "Noisy copies", "Adds copies of every training image with Gaussian noise, drawn once.", ge=0, le=4)
    noisy_copies_sigma: float = setting(0.01, "Noise of the copies", "Standard deviation of that noise, with pixels in [0, 1].", ge=0, le=1)
    augmentation: Augmentation = setting(Augmentation(), "Augmentation", "Random changes to every training batch.")

    @field_validator("labels")
    @classmethod
    def _name_each_label_once_and_in_order(cls, labels: tuple[Label, ...]) -> tuple[Label, ...]:
        different = tuple(sorted(set(labels)))
        if len(different) == 1:
            raise PydanticCustomError("one_label", "there is nothing to tell apart")
        return () if different == get_args(Label) else different

    @property
    def holds_back(self) -> bool:
        """Whether images are held back for validation."""
        wanted = self.validation_fraction if self.validation_size is None else self.validation_size
        return wanted > 0


class ConvolutionBlock(Section):
    """One convolution, its activation, and its pooling."""

    filters: int = setting(16, "Filters", "How many patterns the layer looks for.", ge=1, le=512)
    kernel: int = setting(3, "Kernel", "Side of the window each filter sees.", ge=1, le=11, unit="pixels")
    padding: Literal["same", "valid"] = setting("same", "Padding", "Same keeps the image size, valid cuts the border off.")
    pooling: int = setting(2, "Pooling", "Keeps the greatest of each square of this side; 1 pools nothing.", ge=1, le=4, unit="pixels")


class Network(Section):
    """The architecture. A preset fixes kind, blocks and hidden layers and leaves the rest free."""

    kind: Literal["mlp", "cnn"] = setting("mlp", "Kind", "Fully connected layers only, or convolutions before them.")
    preset: Preset | None = setting(None, "Preset", "A known architecture, taken whole.")
    blocks: tuple[ConvolutionBlock, ...] = setting((), "Convolutions", "One entry a convolution block; only for the kind cnn.", max_length=4)
    hidden: tuple[Units, ...] = setting((64,), "Hidden layers", "Units of each fully connected hidden layer.", max_length=8, unit="units")
    activation: Activation = setting("relu", "Activation", "The bend in every hidden unit; without one, layers collapse into one.")
    dropout: float = setting(0.0, "Dropout", "Share of hidden units silenced at random in each step.", ge=0, le=0.9)
    batch_norm: bool = setting(False, "Batch norm", "Standardises every hidden layer's inputs over the batch (Ioffe & Szegedy, 2015).")
    initialisation: Initialisation = setting("default", "Initial weights", "How weights start; default is PyTorch's uniform ±1/√inputs.")
    initialisation_sigma: float = setting(0.1, "Initial σ", "Standard deviation of Gaussian initial weights.", gt=0, le=10)
    biases: Literal["default", "zeros"] = setting("default", "Initial biases", "PyTorch's uniform ±1/√inputs, or zero.")

    @model_validator(mode="before")
    @classmethod
    def _fill_in_the_preset(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        preset = values.get("preset")
        if isinstance(preset, str) and preset in PRESETS:
            return {**PRESETS[preset], **values}
        if values.get("kind") == "cnn":
            return {"blocks": ({"filters": 16}, {"filters": 32}), **values}
        return values


class Optimizer(Section):
    """How weights follow the gradient."""

    name: Literal["sgd", "adam", "adamw", "rmsprop", "adagrad"] = setting("adam", "Optimizer", "The rule that turns gradients into steps.")
    learning_rate: float = setting(0.001, "Learning rate", "Step length: too small learns slowly, too large jumps about or diverges.", gt=0, le=10, logarithmic=True)
    momentum: float = setting(0.0, "Momentum", "Share of the last step carried on (SGD and RMSprop).", ge=0, le=0.999)
    nesterov: bool = setting(False, "Nesterov", "Looks ahead along the momentum (SGD).")
    weight_decay: float = setting(0.0, "Weight decay", "Shrinks weights each step, apart from the gradient (AdamW).", ge=0, le=1, logarithmic=True)
    reduction: Literal["mean", "sum"] = setting("mean", "Gradient", "Mean over the batch, or the sum (the step then grows with the batch).")


class Schedule(Section):
    """How the learning rate changes over the epochs."""

    name: Literal["constant", "exponential", "step", "cosine", "one_cycle"] = setting("constant", "Schedule", "Constant, ×γ each epoch, ×γ every few epochs, a cosine to zero, or up and down once.")
    gamma: float = setting(0.97, "γ", "Factor of the exponential and the step schedule.", gt=0, le=1)
    step_epochs: int = setting(10, "Epochs a step", "Epochs between two steps of the step schedule.", ge=1, le=1000, unit="epochs")
    warmup_epochs: int = setting(0, "Warm-up", "Epochs over which the rate first rises linearly from zero.", ge=0, le=100, unit="epochs")


class Regularisation(Section):
    """What keeps weights small or the network calm."""

    l2: float = setting(0.0, "L2", "λ of λ·‖W‖² added to the loss; biases are left out.", ge=0, le=10, logarithmic=True)
    l1: float = setting(0.0, "L1", "λ of λ·|W| added to the loss; biases are left out.", ge=0, le=10, logarithmic=True)
    activation_noise: float = setting(0.0, "Forward noise", "σ of Gaussian noise on the way forward while training.", ge=0, le=10)
    gradient_noise: float = setting(0.0, "Backward noise", "σ of Gaussian noise on the gradients on their way back.", ge=0, le=10)
    noise_on: Literal["activations", "sums"] = setting("activations", "Noise on", "Hidden activations, or the weighted sums of all layers, the output's too.")
    clip_norm: float | None = setting(None, "Clip gradient", "Greatest allowed norm of the whole gradient; empty does not clip.", gt=0, le=1000)


class Training(Section):
    """How long, in what portions, and where."""

    batch_size: BatchImages | Literal["full"] = setting(64, "Batch size", "Images a step; \"full\" takes the whole training set at once.", unit="images")
    epochs: int = setting(10, "Epochs", "How often the network sees every training image.", ge=1, le=1000, unit="epochs")
    patience: int | None = setting(None, "Patience", "Stops after this many epochs without improvement; empty never does.", ge=1, le=1000, unit="epochs")
    monitor: Monitor = setting("validation_loss", "Watched value", "What early stopping and \"keep best\" look at; choosing by the test set is cheating.")
    minimum_change: float = setting(0.0, "Least change", "Smaller improvements of the watched value do not count.", ge=0, le=1)
    keep: Literal["last", "best"] = setting("last", "Keep", "Which epoch's weights are the result.")
    seed: int = setting(0, "Seed", "Decides initial weights, order of images and noise; same seed, same run.", ge=0, le=2**31 - 1)
    device: DeviceName = setting("auto", "Device", "Where to train: auto takes a GPU if there is one.")
    time_limit_seconds: float | None = setting(None, "Time limit", "Stops the run after this long; empty never does.", gt=0, le=604_800, unit="seconds")
    engine: Literal["torch", "numpy"] = setting("torch", "Engine", "PyTorch, or the same mathematics written out in NumPy.")

    @model_validator(mode="before")
    @classmethod
    def _compute_with_numpy_on_the_cpu(cls, values: Any) -> Any:
        if isinstance(values, dict) and values.get("engine") == "numpy" and values.get("device", "auto") == "auto":
            return {**values, "device": "cpu"}
        return values


class RunConfig(Section):
    """Everything that decides how one network is trained; same config and device, same result."""

    data: Data = setting(Data(), "Data", "Which images.")
    network: Network = setting(Network(), "Network", "The architecture.")
    loss: Loss = setting("cross_entropy", "Loss", "What training makes small; binary is one yes-or-no question a class.")
    optimizer: Optimizer = setting(Optimizer(), "Optimizer", "How weights follow the gradient.")
    schedule: Schedule = setting(Schedule(), "Schedule", "The learning rate over the epochs.")
    regularisation: Regularisation = setting(Regularisation(), "Regularisation", "What holds the network back.")
    training: Training = setting(Training(), "Training", "How long and where.")

    @model_validator(mode="after")
    def _check_fields_against_each_other(self) -> Self:
        problems = cross_field_problems(self)
        if problems:
            raise PydanticCustomError("cross_field", "fields contradict each other", {"problems": problems})
        return self
