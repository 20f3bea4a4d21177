"""Put tested code and figures on the page: `show(fn)` and `show_figure(fig, alt=...)`."""

import base64
import inspect
import io
import textwrap
import types

from IPython.display import display

from byhand.validate import describe


def show(*objects):
    """Display the source of functions or classes of `byhand`, highlighted,
    as it is installed and tested.

    The source is published as Markdown and as plain text; nbval compares both,
    so a page cannot show code that is no longer the code under test.

    Raises TypeError for anything but a function or class,
    ValueError for one that is not part of `byhand`.
    """
    if not objects:
        raise TypeError("objects: expected at least one function or class of byhand, got none")
    for thing in objects:
        if not isinstance(thing, types.FunctionType | type):
            raise TypeError(
                f"objects: expected functions or classes of byhand, got {describe(thing)}"
            )
        if thing.__module__.partition(".")[0] != "byhand":
            raise ValueError(
                f"objects: expected functions or classes of byhand, got one of {thing.__module__!r}"
            )
    source = "\n\n".join(textwrap.dedent(inspect.getsource(thing)).rstrip() for thing in objects)
    files = sorted({"code/" + thing.__module__.replace(".", "/") + ".py" for thing in objects})
    caption = f"*Tested code, from `{'`, `'.join(files)}`*"
    markdown = f"```python\n{source}\n```\n\n{caption}"
    display({"text/markdown": markdown, "text/plain": source}, raw=True)


def show_figure(fig, alt, dpi=160):
    """Publish a Matplotlib figure with its alternative text, and close it.

    Arguments:
        fig: a Matplotlib figure; its size in inches times 100 is its width on the page in pixels.
        alt: one or two sentences that state the finding, for a reader who cannot see the picture.
            It is also the output's plain text, so nbval compares every number in it.
        dpi: pixels per inch of the stored PNG.

    Raises TypeError if `fig` is not a figure,
    ValueError if `alt` is empty or looks like a file name.
    """
    import matplotlib.pyplot as plt
    from matplotlib.figure import Figure

    if not isinstance(fig, Figure):
        raise TypeError(f"fig: expected a Matplotlib figure, got {describe(fig)}")
    if not isinstance(alt, str) or len(alt.split()) < 4:
        raise ValueError(
            f"alt: expected a sentence that states what the figure shows, got {describe(alt)}"
        )
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    plt.close(fig)
    image = base64.b64encode(buffer.getvalue()).decode()
    width = round(fig.get_size_inches()[0] * 100)
    display(
        {"image/png": image, "text/plain": alt},
        raw=True,
        metadata={"image/png": {"alt": alt, "width": width}},
    )
