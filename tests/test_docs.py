"""The pages say what the code says: hooks, operators, codes, public names and rulesets are there; examples run."""

from __future__ import annotations

import doctest
import inspect
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from clientcore.errors import CODES
from clientcore.expr import OPS
from clientcore.hooks import HOOKS

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
WANTED = ("index", "tutorial", "rulesets", "operators", "semantics", "hooks", "errors", "glossary")
LONGEST = {"README.md": 120, "CONTRIBUTING.md": 150, "Makefile": 50}


def text_of(page: str) -> str:
    return (DOCS / f"{page}.md").read_text(encoding="utf-8")


@attrs.frozen
class Block:
    """A fenced block of a page; `file` is the name in the comment `<!-- file: NAME -->` above it."""

    language: str
    text: str
    line: int
    file: str = ""


def blocks(text: str) -> Iterator[Block]:
    """Yield the fenced blocks of a page, from top to bottom."""
    pattern = re.compile(
        r"^(?:<!-- file: (?P<file>\S+) -->\n+)?```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
    )
    for found in pattern.finditer(text):
        line = text.count("\n", 0, found.start("text")) + 1
        yield Block(found["language"], found["text"], line, found["file"] or "")


def run_page(path: Path, folder: Path) -> None:
    """Run the blocks of a page in one folder and one namespace: write files, run Python and `$ clientcore`."""
    names: dict[str, object] = {"__name__": "docs", "__file__": str(path)}
    for block in blocks(path.read_text(encoding="utf-8")):
        if block.file:
            (folder / block.file).parent.mkdir(parents=True, exist_ok=True)
            (folder / block.file).write_text(block.text, encoding="utf-8")
        if block.language == "python" and ">>> " in block.text:
            run_doctest(path, block, names)
        elif block.language == "python":
            # Line numbers of the page, so that a traceback points into it.
            exec(compile("\n" * (block.line - 1) + block.text, str(path), "exec", dont_inherit=True), names)
        elif block.language == "console":
            run_commands(path, block)


def run_doctest(path: Path, block: Block, names: dict[str, object]) -> None:
    test = doctest.DocTestParser().get_doctest(block.text, names, path.name, str(path), block.line - 1)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    said: list[str] = []
    runner.run(test, out=said.append, clear_globs=False)
    assert not runner.failures, "".join(said)
    names.update(test.globs)


def run_commands(path: Path, block: Block) -> None:
    from clientcore.cli import main

    for line in block.text.replace("\\\n", " ").splitlines():
        if line.startswith("$ clientcore "):
            try:
                code = main(shlex.split(line.removeprefix("$ clientcore ")))
            except SystemExit as ended:  # --help and --version
                code = ended.code or 0
            # 1 stands for findings or failed cases, which an example may well show.
            assert code in {0, 1}, f"{path.name}:{block.line}: {line} ended with {code}"


@pytest.mark.parametrize("path", [*PAGES, ROOT / "README.md"], ids=lambda path: path.name)
def test_every_example_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run_page(path, tmp_path)


def test_a_broken_example_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    page.write_text("<!-- file: a/b.txt -->\n```text\nhello\n```\n\n```python\nassert True\n```\n")
    run_page(page, tmp_path)
    assert (tmp_path / "a" / "b.txt").read_text() == "hello\n"
    page.write_text("```python\nx = 1\n```\nand\n```python\n>>> x\n2\n```\n")
    with pytest.raises(AssertionError, match="Expected:"):
        run_page(page, tmp_path)
    page.write_text("```python\nassert False\n```\n")
    with pytest.raises(AssertionError):
        run_page(page, tmp_path)


def test_all_pages_are_there_once_the_index_is() -> None:
    if not (DOCS / "index.md").exists():
        pytest.skip("docs/index.md is not written yet")
    assert sorted(page for page in WANTED if not (DOCS / f"{page}.md").exists()) == []


@pytest.mark.parametrize("path", [*PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md"], ids=lambda path: path.name)
def test_links_between_pages_lead_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#\s]+)", path.read_text(encoding="utf-8"))
    # The pages of WANTED come one after the other; the index is the last.
    later = set() if (DOCS / "index.md").exists() else {f"{page}.md" for page in WANTED}
    dead = [target for target in targets if Path(target).name not in later and not (path.parent / target).exists()]
    assert dead == []


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_documented_with_its_arguments(hook: str) -> None:
    arguments = ", ".join(inspect.signature(HOOKS[hook]).parameters)
    section = text_of("hooks").partition(f"\n## {hook}({arguments})\n")[2].partition("\n## ")[0]
    assert "Called once" in section
    assert "in order of name" in section


def test_no_page_names_a_hook_that_is_not_there() -> None:
    packages = {folder.name for folder in (ROOT / "plugins").iterdir()}
    named = {name for page in PAGES for name in re.findall(r"\bclientcore_(?:register|after)_\w+", text_of(page.stem))}
    assert named - packages - set(HOOKS) == set()


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_paragraph_and_an_example(code: str) -> None:
    section = text_of("errors").partition(f"\n### {code} {CODES[code]}\n")[2].partition("\n### ")[0]
    prose, _, example = section.partition("```text\n")
    assert len(prose.split()) >= 8, f"docs/errors.md says too little about {code} {CODES[code]}"
    assert code in example


def test_every_code_on_the_page_exists() -> None:
    assert re.findall(r"^### (CC\d+) ", text_of("errors"), re.MULTILINE) == list(CODES)


@pytest.mark.parametrize("op", OPS)
def test_every_operator_is_documented(op: str) -> None:
    assert f"\n| `{op}` |" in text_of("operators")


def test_every_public_name_is_documented() -> None:
    if not (DOCS / "index.md").exists():
        pytest.skip("docs/index.md is not written yet")
    import clientcore

    said = "\n".join(text_of(page.stem) for page in PAGES)
    assert [name for name in clientcore.__all__ if not re.search(rf"\b{name}\b", said)] == []


def test_every_bundled_ruleset_is_documented() -> None:
    if not (DOCS / "rulesets.md").exists():
        pytest.skip("docs/rulesets.md is not written yet")
    said = text_of("rulesets")
    files = [file for file in (ROOT / "rulesets").rglob("*.yaml") if not file.name.endswith(".cases.yaml")]
    ids = [
        found[1] for file in files if (found := re.search(r"^ruleset: (\S+)", file.read_text("utf-8"), re.MULTILINE))
    ]
    assert [name for name in sorted(ids) if f"`{name}`" not in said] == []


@pytest.mark.parametrize("name", LONGEST)
def test_what_people_read_first_is_short(name: str) -> None:
    assert len((ROOT / name).read_text(encoding="utf-8").splitlines()) <= LONGEST[name]


def test_make_help_lists_every_command() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    commands = set(re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE))
    assert commands >= {"help", "demo", "test", "check", "fast", "all", "bench", "golden", "docs"}
    assert set(re.findall(r"^\.PHONY: (.*)", makefile, re.MULTILINE)[0].split()) == commands
