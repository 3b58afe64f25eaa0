import json

from explorer.cli.field_help import fields_help
from explorer.config.fields import all_fields


def test_every_field_is_listed_with_its_help_what_it_accepts_and_its_default():
    words = " ".join(fields_help(80).split())
    for entry in all_fields():
        assert entry.help
        text = f"{entry.path} {entry.help} Accepts {entry.accepts}; default {json.dumps(entry.default)}."
        assert " ".join(text.split()) in words, entry.path


def test_bounds_stand_in_the_help():
    words = " ".join(fields_help(100).split())
    assert "jumps about or diverges. Accepts in (0, 10]; default 0.001." in words


def test_no_line_is_wider_than_asked():
    assert max(len(line) for line in fields_help(60).splitlines()) <= 60


def test_train_help_shows_the_fields(explorer):
    ended = explorer("train", "--help")
    assert all(f"\n    {entry.path}\n" in ended.out for entry in all_fields())
    assert "--repeats" in ended.out
    assert "130 stopped" in ended.out
