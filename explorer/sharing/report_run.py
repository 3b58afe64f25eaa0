"""What a lab report says of one run, section by section."""

from explorer.config.baseline import BaselineConfig
from explorer.config.fields import changed_values, field_of_either
from explorer.data.catalog import DATASETS
from explorer.data.features import inputs_of
from explorer.data.words import in_short, setting_in_words, setting_title
from explorer.models.architecture import describe
from explorer.plots.confusion import confusion_matrix, largest_mistakes
from explorer.plots.paper_tiles import draw_images, draw_weights
from explorer.plots.per_class import class_rows
from explorer.plots.units import DEAD_MEANS, INACTIVE_MEANS, unit_shares
from explorer.records import BaselineResult, Evaluation, Run, RunResult
from explorer.sharing.document import Block, Figures, Paragraph, Points, Section, Table
from explorer.sharing.report_figures import epoch_table, learning_curves, matrix_figure, share_figure
from explorer.sharing.report_material import Material
from explorer.sharing.report_words import command, configuration, curves_in_words, effort, headline

MOST_PAIRS = 5


def run_sections(material: Material) -> tuple[Section, ...]:
    """All sections of a run; what it does not have is left out or said to be missing."""
    run = material.run
    sections = [
        Section("In short", (Paragraph(" ".join((*headline(run), effort(run))).strip()),)),
        Section("Configuration", tuple(_configuration(run))),
    ]
    if material.epochs:
        sections.append(Section("Learning curves", (*curves(material), epoch_table(material.epochs))))
    if run.result is not None:
        sections.append(Section("Results", tuple(_results(run, run.result))))
    sections.append(Section("Misread images", tuple(misread_images(material))))
    sections.append(Section("What the first layer looks for", tuple(first_layer(material))))
    if material.epochs:
        sections.append(Section("Dead and inactive units", tuple(unit_shares_over_epochs(material))))
    if run.parent is None:
        again = Paragraph("The same run, asked for from the command line:")
        sections.append(Section("To do it again", (again, Paragraph(command(run), is_code=True))))
    return tuple(section for section in sections if section.blocks)


def _configuration(run: Run) -> list[Block]:
    blocks: list[Block] = [Paragraph(configuration(run)), settings_table(run)]
    if not isinstance(run.config, BaselineConfig):
        layers = describe(run.config.network, inputs=inputs_of(run.config.data))
        rows = tuple(
            (
                layer.name,
                " × ".join(f"{size:,}" for size in layer.output_shape),
                f"{layer.parameters:,}",
                in_short(layer.multiply_adds),
            )
            for layer in layers
        )
        head = ("Layer", "Output", "Parameters", "Multiply-adds an image")
        blocks.append(Table("Architecture", head, rows))
    return blocks


def settings_table(run: Run) -> Block:
    """The settings in which the run differs from the defaults."""
    rows = []
    for path, value in changed_values(run.config).items():
        entry = field_of_either(path)
        default = setting_in_words(path, entry.default) if entry is not None else "—"
        rows.append((setting_title(path), setting_in_words(path, value), default))
    if not rows:
        return Paragraph("Every setting has its default.")
    head = ("Setting", "This run", "Default")
    return Table("Settings that differ from the defaults", head, tuple(rows), texts=3)


def curves(material: Material) -> list[Block]:
    """Loss and accuracy over the epochs, and what they say."""
    caption = (
        "Loss and accuracy over the epochs. The training loss is that of each mini-batch (band: least to "
        "greatest), the training accuracy its running mean over the epoch."
    )
    return [
        Figures(learning_curves(material), caption),
        Paragraph(" ".join(curves_in_words(material.epochs))),
    ]


def _results(run: Run, result: RunResult | BaselineResult) -> list[Block]:
    names = DATASETS[run.config.data.dataset].class_names
    matrix = confusion_matrix(result.test.confusion, names)
    drawn, counts = matrix_figure(matrix, "test")
    worst = largest_mistakes(matrix, MOST_PAIRS)
    caption = "Rows are the true class, columns what was answered; numbers are test images."
    blocks: list[Block] = [_parts_table(result), Figures((drawn,), caption, (counts,))]
    if worst:
        blocks += [Paragraph("The most frequent mistakes on the test images:"), Points(worst)]
    else:
        blocks.append(Paragraph("Not one test image was misread."))
    rows = tuple(
        (
            row.name,
            f"{row.precision:.3f}",
            f"{row.recall:.3f}",
            f"{row.f1:.3f}",
            f"{row.support:,}",
            row.mistake or "—",
        )
        for row in class_rows(result.test, names)
    )
    head = ("Class", "Precision", "Recall", "F1", "Images", "Most often misread as")
    return [*blocks, Table("Each class, on the test images", head, rows)]


def _parts_table(result: RunResult | BaselineResult) -> Table:
    parts: dict[str, Evaluation | None] = {
        "Test": result.test,
        "Validation": result.validation,
        "Training": result.train,
    }
    rows = tuple(
        (
            name,
            f"{part.correct:,}",
            f"{part.images:,}",
            f"{100 * part.accuracy:.2f} %",
            "—" if part.loss is None else f"{part.loss:.4g}",
        )
        for name, part in parts.items()
        if part is not None
    )
    return Table("", ("Images", "Right", "Of", "Accuracy", "Loss"), rows)


def misread_images(material: Material) -> list[Block]:
    """What was misread, as images; what is missing is said to be missing."""
    if material.mistakes is None:
        return [Paragraph(material.no_mistakes)]
    if not len(material.mistakes.images):
        return [Paragraph("Every validation image was read rightly.")]
    when = f" after epoch {material.answered_epoch:,}" if material.answered_epoch else ""
    drawn = draw_images(material.mistakes, "Misread validation images")
    caption = (
        f"Validation images that were misread{when}, the most frequent mistakes first: "
        "true class → what was answered."
    )
    return [Figures((drawn,), caption)]


def first_layer(material: Material) -> list[Block]:
    """What the first layer looks for."""
    if material.weights is None:
        return [Paragraph(material.no_weights)]
    when = f" after epoch {material.weights_epoch:,}" if material.weights_epoch else ""
    shown, left_out = len(material.weights.units), material.weights.left_out
    rest = f" The first {shown:,} of {shown + left_out:,} are shown." if left_out else ""
    caption = (
        f"The weights{when}, a picture a {material.weights.noun}: orange pixels speak for it, blue ones "
        f"against it, white ones say nothing.{rest}"
    )
    return [Figures((draw_weights(material.weights, "Weights of the first layer"),), caption)]


def unit_shares_over_epochs(material: Material) -> list[Block]:
    """Dead and inactive units over the epochs; nothing where there are none."""
    shares = unit_shares(material.epochs)
    drawn = tuple(share_figure(history) for history in (shares.dead, shares.inactive) if history.layers)
    if not drawn:
        return []
    means = " ".join(text.replace("*", "") for text in (DEAD_MEANS, INACTIVE_MEANS))
    last = material.epochs[-1].epoch
    blocks: list[Block] = [Paragraph(means)]
    blocks.append(Figures(drawn, "Dead units and inactive pairs of each layer over the epochs."))
    return [*blocks, Paragraph(f"After epoch {last:,}:"), Points(shares.sentences)]
