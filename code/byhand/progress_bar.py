"""A bar for those who wait: shown to people, never stored in an output."""

import os
import sys


def shows_progress():
    """Decide whether a progress bar reaches a person and no stored output.

    The variable BYHAND_BAR decides if it is set (0 never,
    1 always). Otherwise: yes in a terminal; yes in a live JupyterLab, Notebook
    or Colab page; no under pytest, nbval, nbclient or in a pipe.
    """
    wish = os.environ.get("BYHAND_BAR", "")
    if wish:
        return wish != "0"
    if "PYTEST_CURRENT_TEST" in os.environ or "CI" in os.environ:
        return False
    return sys.stderr is not None and (
        sys.stderr.isatty() or _in_live_notebook()
    )


def _in_live_notebook():
    if "google.colab" in sys.modules:
        return True
    ipython = sys.modules.get("IPython")
    kernel = getattr(ipython.get_ipython() if ipython else None, "kernel", None)
    # pages for people send the cell's id with each cell they run; programs that
    # run notebooks do not
    try:
        return "cellId" in kernel.get_parent("shell")["metadata"]
    except (AttributeError, KeyError, TypeError):
        return False


def bar(shown, total):
    from tqdm import tqdm

    return tqdm(total=total, disable=not shown, leave=False, unit="epoch")
