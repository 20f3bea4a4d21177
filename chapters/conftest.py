"""Plain `pytest --nbval` compares outputs letter by letter: this file lets it say so."""


def pytest_terminal_summary(terminalreporter, config):
    if config.getoption("nbval", False) and not config.pluginmanager.hasplugin(
        "nbval_numbers"
    ):
        terminalreporter.write_line(
            "nbval ran alone, so outputs were compared strictly, letter by letter. Numbers may "
            "differ in "
            "their last digits on another machine. 'make test' compares them within their measured "
            "bands; "
            "by hand: PYTHONPATH=tools/comparison pytest -p nbval_numbers --nbval chapters"
        )
