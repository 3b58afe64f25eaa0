"""What each command takes; a command's module is imported when the command runs, not before."""

import argparse
import importlib
from collections.abc import Callable, Sequence
from typing import Any, cast

DESCRIPTION = "Train small neural networks on handwritten digits and see what they learn."
TRAIN_DESCRIPTION = """\
Train one network in this process and keep it in the run store. Ctrl-C stops it and keeps what was learned.

examples:
  python -m explorer train --set network.hidden=[512,128] --set training.epochs=5
  python -m explorer train --set data.dataset=mnist --set network.preset=lenet --json -
  python -m explorer train --config sigmoid.json --set optimizer.learning_rate=0.01 --repeats 5"""
SWEEP_DESCRIPTION = """\
Train a network for every value of one or two fields in this process, keep the runs, and say which is best.
Ctrl-C stops it and keeps what was learned.

examples:
  python -m explorer sweep --over optimizer.learning_rate=log:1e-4:1:9 --repeats 3
  python -m explorer sweep --set training.epochs=5 --over network.activation=relu,tanh,sigmoid
  python -m explorer sweep --over network.hidden=[128,64],[64] --over network.dropout=lin:0:0.5:6 --json -
  python -m explorer sweep --budget 32 --over optimizer.learning_rate=log:1e-4:1 \\
      --over network.dropout=lin:0:0.5 --over network.activation=relu,tanh --stop-hopeless"""
BASELINE_DESCRIPTION = """\
Fit a classical method to pixels or HOG features in a process beside this one, and keep it among the runs.
Ctrl-C stops it; a fit that did not finish leaves nothing behind.

methods and their parameters:
  knn         k nearest training images vote: k=3
  linear_svm  linear support vector machine, squared hinge loss: C=1
  rbf_svm     support vector machine with an RBF kernel: C=1 gamma=scale
  logistic    logistic regression: C=1
  forest      random forest: trees=100

examples:
  python -m explorer baseline --model knn --param k=5
  python -m explorer baseline --model linear_svm --set data.dataset=mnist --set data.features=hog --json -"""
EXPORT_DESCRIPTION = """\
Write a run to a file, or several runs as one report or one bundle.

formats:
  csv          one line an epoch
  json         the object that `train --json` writes
  weights      the kept weights as a safetensors file
  onnx         the network from raw pixels to probabilities
  script       a PyTorch script that trains the same network, with torch and torchvision alone
  tensorboard  an event file; its name must have tfevents in it
  report       a lab report, HTML or Markdown by the file's suffix (.html, .md)
  bundle       one or more runs as one file for `runs import` in another installation

examples:
  python -m explorer runs export 7 --format onnx -o run-7.onnx
  python -m explorer runs export 7 8 9 --format bundle -o runs.explorer.zip"""
LAB_JSON = """
--json writes one object:
  {"lab": "first", "quick": false,
   "experiments": [{"id", "title", "where", "metric", "reported", "statement", "between",
                    "measured": {"mean", "std", "n"}, "difference", "tolerance", "verdict", "run_ids"}, …],
   "seconds": {"training", "clock"}, "machine"}
where is the place in the report. reported, mean, std, difference (measured - reported) and tolerance are in
the unit of the metric:
  test_accuracy, train_accuracy, validation_accuracy   share of the images, 0 to 1
  accuracy_gap     train_accuracy - validation_accuracy, both with the final weights, -1 to 1
  train_loss, test_loss, validation_loss   the run's loss, mean over images (nats for cross-entropy)
  precision, recall, f1   on the test images, of one digit or the mean over the ten, 0 to 1
  inactive_share   share of (hidden unit, image) pairs with |gradient| < 1e-5, 0 to 1
  dead_share       share of hidden units that are dead on every image looked at, 0 to 1
  largest_answer_share   share of the test images that got the commonest answer, 0 to 1
  epochs           epochs trained
  parameters       trainable numbers of the network
  features         numbers that a network or method is given of each image
Where the title says that one is held against another, mean and std are of the differences on the same seeds.
std is the sample standard deviation over n runs (0 for one). Without a number, reported, difference and
tolerance are null; between is then the range [least, most] that was taken for the words of statement, if
there are any, and verdict says whether they were met. mean is null until it is measured.
seconds.training adds up all jobs (runs that trained together count once), seconds.clock those in which at
least one was in hand; machine is this one."""
EXIT_CODES = "exit codes: 0 done, 1 the run failed, 2 the request was wrong (nothing started), 130 stopped."
Command = Callable[[argparse.Namespace], int]


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line; ``command`` in its result is the function to call."""
    parser = argparse.ArgumentParser("python -m explorer", description=DESCRIPTION, epilog=EXIT_CODES)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_train(commands.add_parser("train", help="train a network", add_help=False))
    _add_sweep(
        commands.add_parser("sweep", help="train over the values of one or two fields", add_help=False)
    )
    _add_baseline(
        commands.add_parser("baseline", help="fit a classical method to compare with", add_help=False)
    )
    _add_lab(commands.add_parser("lab", help="reproduce the five reports' experiments"))
    _add_runs(commands.add_parser("runs", help="list, show, export or delete runs"))
    _add_data(commands.add_parser("data", help="list datasets, fetch one, or add one of your own"))
    _add_worker(commands.add_parser("worker", help="serve the queue of runs in the foreground"))
    _add_bench(commands.add_parser("bench", help="measure speed and memory on this machine"))
    return parser


class _HelpWithFields(argparse.Action):
    """Prints the help and every configuration field; the fields are read only when asked for."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,  # noqa: ARG002 (argparse passes it)
        values: str | Sequence[Any] | None,  # noqa: ARG002
        option_string: str | None = None,  # noqa: ARG002
    ) -> None:
        from explorer.cli.field_help import baseline_fields_help, fields_help  # noqa: PLC0415

        print(parser.format_help())
        print(baseline_fields_help() if parser.prog.endswith("baseline") else fields_help())
        parser.exit()


def _add_train(parser: argparse.ArgumentParser) -> None:
    parser.description = TRAIN_DESCRIPTION
    _add_request(parser, "train N runs that differ in their seed only: seed, seed + 1, …")
    parser.set_defaults(command=_command("explorer.cli.train", "train"))


def _add_sweep(parser: argparse.ArgumentParser) -> None:
    parser.description = SWEEP_DESCRIPTION
    parser.add_argument(
        "--over",
        metavar="FIELD=VALUES",
        action="append",
        default=[],
        help="a field and its values: V1,V2,… or log:FROM:TO:COUNT or lin:FROM:TO:COUNT; at most twice",
    )
    parser.add_argument(
        "--budget",
        metavar="N",
        help="search in place of a grid (Optuna's TPE): N runs in all, proposed batch by batch from those "
        "before; --over then takes ranges, log:FROM:TO or lin:FROM:TO or V1,V2,…, of up to twelve fields",
    )
    parser.add_argument(
        "--stop-hopeless",
        action="store_true",
        help="end runs early whose best validation loss is above the median of the others (after 3 epochs)",
    )
    _add_request(parser, "train every value N times, with the seeds seed, seed + 1, …")
    parser.set_defaults(command=_command("explorer.cli.sweep", "sweep"))


def _add_request(parser: argparse.ArgumentParser, repeats: str) -> None:
    """What ``train`` and ``sweep`` take alike."""
    parser.epilog = EXIT_CODES
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "-h", "--help", action=_HelpWithFields, nargs=0, help="show this help and every field, and exit"
    )
    parser.add_argument("--config", metavar="FILE.json", help="a JSON object of settings")
    parser.add_argument(
        "--set",
        metavar="FIELD=VALUE",
        action="append",
        default=[],
        dest="assignments",
        help="one setting, a JSON value or a bare word; again for more; wins over --config",
    )
    parser.add_argument("--repeats", metavar="N", help=repeats)
    _add_json(parser)
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors (and --json -)")


def _add_baseline(parser: argparse.ArgumentParser) -> None:
    parser.description, parser.epilog = BASELINE_DESCRIPTION, EXIT_CODES
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "-h", "--help", action=_HelpWithFields, nargs=0, help="show this help and every field, and exit"
    )
    parser.add_argument("--model", metavar="METHOD", required=True, help="one of the methods above")
    parser.add_argument(
        "--param",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        dest="parameters",
        help="a parameter of the method; again for more",
    )
    parser.add_argument(
        "--set",
        metavar="FIELD=VALUE",
        action="append",
        default=[],
        dest="assignments",
        help="a setting of the data, a JSON value or a bare word; again for more",
    )
    _add_json(parser)
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors (and --json -)")
    parser.set_defaults(command=_command("explorer.cli.baseline", "baseline"))


def _add_lab(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="one line a report")
    listing.set_defaults(command=_command("explorer.cli.lab", "lab_list"))
    showing = actions.add_parser("show", help="reported and measured figures of one report")
    running = actions.add_parser("run", help="measure what is missing; Ctrl-C pauses, run again to go on")
    reporting = actions.add_parser(
        "report", help="write a lab as a report with its figures, HTML or Markdown"
    )
    for action in (showing, running, reporting):
        action.formatter_class = argparse.RawDescriptionHelpFormatter
        action.add_argument("lab", metavar="ID", help="first, second, third, fourth or fifth")
        action.add_argument("--quick", action="store_true", help="fewer images, epochs and repeats")
        action.add_argument(
            "--experiment",
            metavar="NAME",
            nargs="+",
            action="extend",
            dest="experiments",
            help="only these, by the ids that `lab show` names; all by default",
        )
    for action in (showing, running):
        _add_json(action)
        action.epilog = LAB_JSON
        action.add_argument("--quiet", action="store_true", help="print nothing but errors (and --json -)")
    reporting.add_argument(
        "-o", "--output", metavar="FILE", required=True, help="ends in .html or .md; - is Markdown on stdout"
    )
    showing.set_defaults(command=_command("explorer.cli.lab", "lab_show"))
    running.set_defaults(command=_command("explorer.cli.lab", "lab_run"))
    reporting.set_defaults(command=_command("explorer.cli.lab", "lab_report"))


def _add_runs(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="all runs, newest first")
    listing.set_defaults(command=_command("explorer.cli.runs", "list_runs"))
    show = actions.add_parser("show", help="one run: what was asked, how it went")
    show.set_defaults(command=_command("explorer.cli.runs", "show_run"))
    export = actions.add_parser("export", help="write a run, or several as a report or a bundle, to a file")
    export.formatter_class = argparse.RawDescriptionHelpFormatter
    export.description = EXPORT_DESCRIPTION
    export.add_argument(
        "--format",
        metavar="FORMAT",
        required=True,
        help="csv, json, weights, onnx, script, tensorboard, report or bundle",
    )
    export.add_argument(
        "-o", "--output", metavar="PATH", required=True, help="the file to write; - is stdout, for texts"
    )
    export.add_argument("run_ids", metavar="ID", nargs="+", type=_run_id, help="the number in `runs list`")
    export.set_defaults(command=_command("explorer.cli.run_export", "export_runs"))
    importing = actions.add_parser("import", help="take in the runs of a bundle from another installation")
    importing.add_argument("file", metavar="FILE", help="what `runs export --format bundle` wrote")
    importing.set_defaults(command=_command("explorer.cli.run_export", "import_runs"))
    delete = actions.add_parser("delete", help="delete a run, its curves and its checkpoints")
    delete.set_defaults(command=_command("explorer.cli.runs", "delete_run"))
    for action in (show, delete):
        action.add_argument("run_id", metavar="ID", type=_run_id, help="the number in `runs list`")


def _run_id(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise argparse.ArgumentTypeError(f"must be the number of a run in `runs list`, got {text[:40]!r}")
    return int(text)


def _add_data(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="all datasets and whether they are here")
    listing.set_defaults(command=_command("explorer.cli.data", "list_datasets"))
    fetching = actions.add_parser("fetch", help="download a dataset into the data folder")
    fetching.add_argument("name", metavar="NAME", help="the name in `data list`")
    fetching.set_defaults(command=_command("explorer.cli.data", "fetch_dataset"))
    adding = actions.add_parser("add", help="keep files as a dataset of your own, used as own:NAME")
    adding.add_argument("name", metavar="NAME", help="1 to 40 of a…z, 0…9, - and _")
    adding.add_argument(
        "files",
        metavar="FILE",
        nargs="+",
        help="a pair of idx files or two, a CSV (label,pixel0,…,pixel783), or a ZIP of images in folders 0…9",
    )
    adding.set_defaults(command=_command("explorer.cli.own_data", "add_dataset"))
    deleting = actions.add_parser("delete", help="delete a dataset of your own; runs that used it stay")
    deleting.add_argument("name", metavar="NAME", help="the name, with or without own:")
    deleting.set_defaults(command=_command("explorer.cli.own_data", "delete_dataset"))


def _add_worker(parser: argparse.ArgumentParser) -> None:
    parser.description = "Train queued runs in the foreground until Ctrl-C; the dashboard starts its own."
    parser.add_argument(
        "--device", metavar="D", default="auto", help="auto (the default), cpu, mps, cuda or cuda:N"
    )
    parser.set_defaults(command=_command("explorer.cli.worker", "work"))


def _add_bench(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Measure this machine: our training against torchvision with a DataLoader, side by side, medians of "
        "interleaved repetitions; what monitoring and recording cost; how fast the dashboard answers."
    )
    parser.epilog = (
        "Each side of a comparison runs in a fresh process, warms up, then trains one timed epoch. "
        "Importing and reading files are not counted, but whole processes are timed too. OMP_NUM_THREADS, "
        "where set, holds for both sides. What needs a GPU is left out, with a word, where there is "
        "none; on a machine with one, `python -m explorer bench --only cuda` takes that and nothing else."
    )
    parser.add_argument(
        "--only",
        metavar="CASE",
        action="append",
        default=[],
        help="one case, or all whose names begin so (monitoring, recording, stack, cuda, …); again for more",
    )
    parser.add_argument(
        "--pages",
        action="store_true",
        help="how soon the dashboard's pages answer, and nothing else: 500 runs in the store, every view of "
        "a run of 100 epochs, a live sweep, 20 tabs",
    )
    parser.add_argument("--images", metavar="N", type=int, default=60_000, help="a shorter portion (60,000)")
    parser.add_argument(
        "--repetitions", metavar="N", type=int, default=3, help="how often each side runs (3)"
    )
    _add_json(parser)
    parser.set_defaults(command=_command("explorer.cli.bench.command", "bench"))


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json",
        metavar="FILE|-",
        dest="json_path",
        help="write the result as JSON; - writes only JSON to stdout",
    )


def _command(module: str, name: str) -> Command:
    def run(arguments: argparse.Namespace) -> int:
        return cast(Command, getattr(importlib.import_module(module), name))(arguments)

    return run
