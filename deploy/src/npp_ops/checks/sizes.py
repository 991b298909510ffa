"""Size limits and names: files and functions stay small enough to be read in one look."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from npp_ops.checks.check import Report
from npp_ops.checks.workspace import is_test, python_files

FILE_LIMIT = 250
TEST_FILE_LIMIT = 350
FUNCTION_LIMIT = 40
# Names that say nothing collect everything.
BANNED = {"util", "utils", "helper", "helpers", "common", "manager", "managers", "base"}

type_of_function = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(slots=True)
class Sizes:
    """Lines of each file and each function that was read, tests apart."""

    files: list[int] = field(default_factory=list)
    functions: list[int] = field(default_factory=list)
    tests: list[int] = field(default_factory=list)

    def __str__(self) -> str:
        """The medians, as `make check` prints them."""
        return (
            f"{len(self.files)} files, median {median(self.files or [0]):.0f} lines, "
            f"longest {max(self.files, default=0)}; functions: median "
            f"{median(self.functions or [0]):.0f}, longest {max(self.functions, default=0)}; "
            f"{len(self.tests)} test files, longest {max(self.tests, default=0)}"
        )


def check_sizes(root: Path) -> Report:
    """Compare every file and function with its limit."""
    sizes, findings = Sizes(), list[str]()
    for path in python_files(root):
        text = (root / path).read_text()
        lines = len(text.splitlines())
        (sizes.tests if is_test(path) else sizes.files).append(lines)
        limit = TEST_FILE_LIMIT if is_test(path) else FILE_LIMIT
        if lines > limit:
            findings.append(f"{path}: {lines} lines, the limit is {limit}")
        for name, line, length in functions(ast.parse(text)):
            if not is_test(path):
                sizes.functions.append(length)
            if length > FUNCTION_LIMIT:
                findings.append(f"{path}:{line}: {name} has {length} lines, limit {FUNCTION_LIMIT}")
    return Report(findings, str(sizes))


def check_names(root: Path) -> Report:
    """Refuse module and class names that say nothing, and modules without a one-line docstring."""
    findings = []
    for path in python_files(root):
        tree = ast.parse((root / path).read_text())
        findings += [
            f"{path}: banned name {word!r}" for word in path.with_suffix("").parts if word in BANNED
        ]
        findings += [
            f"{path}:{found.lineno}: banned word in class name {found.name}"
            for found in ast.walk(tree)
            if isinstance(found, ast.ClassDef) and BANNED.intersection(words(found.name))
        ]
        if len((ast.get_docstring(tree) or "\n").splitlines()) != 1:
            findings.append(f"{path}: a module needs a docstring of exactly one line")
    return Report(findings)


def functions(tree: ast.Module) -> Iterator[tuple[str, int, int]]:
    """Name, first line and number of lines of each function."""
    for found in ast.walk(tree):
        if isinstance(found, type_of_function):
            yield found.name, found.lineno, (found.end_lineno or found.lineno) - found.lineno + 1


def words(name: str) -> list[str]:
    """The words of a CamelCase name, lower-cased."""
    return [word.lower() for word in re.findall(r"[A-Z][a-z0-9]*", name)]
