"""Results on the landing page are those that the chapters printed."""

import pytest
from byhand import stored
from byhand.contents import STATIONS


def test_a_number_is_the_one_that_the_chapter_printed():
    line = stored.stored_line("10_lstm", "LSTM, rate 0.03")
    assert stored.stored_number("10_lstm", "LSTM, rate 0.03") in line
    with pytest.raises(ValueError, match="start: expected the beginning of a line"):
        stored.stored_line("10_lstm", "no such line")
    with pytest.raises(ValueError, match="name: expected a chapter"):
        stored.outputs("99_none")


def test_all_chapters_are_listed_with_their_minutes(monkeypatch):
    shown = []
    monkeypatch.setattr(stored, "display", lambda data, **options: shown.append(data))
    stored.show_chapters()
    lines = shown[0]["text/markdown"].splitlines()
    assert len(lines) == len(STATIONS)
    assert all("minutes)" in line and ".ipynb)" in line for line in lines)


def test_a_stored_figure_keeps_its_alternative_text(monkeypatch):
    shown = []
    monkeypatch.setattr(stored, "display", lambda *data, **options: shown.append((data, options)))
    start = "Cross-attention of the four heads"
    stored.show_stored_figure("16s_dates", start, width=620)
    (data,), options = shown[0]
    assert data["text/plain"].startswith(start)
    assert options["metadata"]["image/png"]["width"] == 620
    with pytest.raises(ValueError, match="alternative text of 16s_dates"):
        stored.show_stored_figure("16s_dates", "no such picture", width=620)
