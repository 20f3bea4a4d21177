"""The notebook files: what nbval does not look at."""

import notebook_lint as lint
import pytest
import yaml
from conftest import ROOT

PAGES = sorted((ROOT / "chapters").glob("*.ipynb"))
# Side roads, `03s_slug.ipynb`, are tested alike; only the road of sections is not theirs.
SIDE_ROADS = [path for path in PAGES if path.stem[2] == "s"]
CHAPTERS = [path for path in PAGES if path not in SIDE_ROADS]
NOTEBOOKS = [ROOT / "index.ipynb", *PAGES]
# Chapters without a module or without a test file of their own: {slug: reason}.
WITHOUT_MODULE = {
    "activations_and_losses": "two ideas, two modules: activations.py and losses.py",
    "optimisation": "its module is optim.py",
    "generalisation": "its module is regularise.py",
    "memory": "its modules are hopfield.py, external_memory.py, turing_machine.py",
    "dqn": "its modules are q_learning.py and q_network.py",
    "efficient_attention": "its modules are chunked.py, windowed.py, linear_attention.py, segments.py",
    "pretraining": "its modules are skipgram.py, bpe.py, elmo.py, language_model.py, masked.py",
    "vision_transformer": "its modules are vision.py and inpainting.py",
    "deep_cnns": "its modules are norm.py and pt/alexnet.py, vgg.py, googlenet.py, resnet.py",
    "cnn": "three modules: conv.py, pool.py and lenet.py",
}
WITHOUT_TESTS = {
    "memory": "tested in test_memory.py and test_copy_longer.py",
    "dqn": "tested in test_q_learning.py and test_cartpole.py",
    "efficient_attention": "tested in test_efficient.py and test_efficient_tables.py",
    "activations_and_losses": "tested module by module: test_activations.py and test_losses.py",
    "optimisation": "its module is tested in test_optim.py",
    "generalisation": "its module is tested in test_regularise.py",
    "vision_transformer": "its modules are tested in test_vision.py",
}


def toc_files(entry):
    """Every file that _toc.yml names."""
    if isinstance(entry, dict):
        named = [entry[key] for key in ("root", "file") if key in entry]
        return named + [file for value in entry.values() for file in toc_files(value)]
    return [file for item in entry for file in toc_files(item)] if isinstance(entry, list) else []


TOC = toc_files(yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8")))


@pytest.mark.parametrize("check", lint.EVERYWHERE, ids=lambda c: c.__name__)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebook(path, check):
    problems = check(lint.read(path), path.stem)
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_sections(path):
    problems = lint.check_sections(lint.read(path), path.stem)
    assert not problems, "\n".join(problems)


def test_ignored_outputs_stay_few():
    share = lint.ignored_share([lint.read(path) for path in NOTEBOOKS])
    assert share <= lint.IGNORED_SHARE, f"{share:.1%} of the cells with output are ignored"


def test_every_chapter_is_in_the_toc():
    listed = {name for name in TOC if name.startswith("chapters/")}
    assert listed == {f"chapters/{path.stem}" for path in PAGES}
    assert "index" in TOC


def test_side_roads_stand_under_their_chapter():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    under = {
        section["file"]: entry["file"]
        for part in toc["parts"]
        for entry in part["chapters"]
        for section in entry.get("sections", [])
    }
    for path in SIDE_ROADS:
        assert under[f"chapters/{path.stem}"].startswith(f"chapters/{path.stem[:2]}_")


def test_toc_names_existing_files():
    missing = [
        n for n in TOC if not any((ROOT / f"{n}.{kind}").exists() for kind in ("md", "ipynb"))
    ]
    assert not missing


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_chapter_has_module_and_tests(path):
    number, _, slug = path.stem.partition("_")
    assert number.isdigit() and slug.isidentifier()
    assert slug in WITHOUT_MODULE or (ROOT / "code" / "byhand" / f"{slug}.py").exists()
    assert slug in WITHOUT_TESTS or (ROOT / "tests" / f"test_{slug}.py").exists()


def test_exception_tables_name_existing_chapters():
    stems = {path.stem for path in PAGES}
    assert set(lint.WITHOUT_SECTION) <= stems
    assert set(lint.IGNORED_OUTPUTS) <= stems
