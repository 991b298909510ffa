"""The AsyncAPI document by the rules of the official parser, run on the locked version of it."""

import json
from pathlib import Path
from subprocess import run

import pytest
from jsonschema import Draft7Validator

from npp_ops.npm import NODE, installed

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent / "asyncapi"
DOCUMENT = ROOT / "docs" / "asyncapi.json"
LOCK = HERE / "package-lock.json"


@pytest.fixture(scope="session")
def parser() -> Path:
    """The folder where the locked parser is installed; made once for each lock."""
    return installed(HERE)


def diagnostics(parser: Path, document: Path) -> list[str]:
    command = [NODE / "node", HERE / "validate.mjs", parser, document]
    said = run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return [line for line in said if line.startswith(("error", "warning"))]


def test_the_document_is_valid(parser: Path) -> None:
    assert diagnostics(parser, DOCUMENT) == []


def test_the_parser_follows_every_reference(parser: Path, tmp_path: Path) -> None:
    document = json.loads(DOCUMENT.read_text())
    del document["components"]["schemas"]["PortfolioSigned"]
    spoilt = tmp_path / "asyncapi.json"
    spoilt.write_text(json.dumps(document))
    assert any("PortfolioSigned" in line for line in diagnostics(parser, spoilt))


def test_the_parser_refuses_what_is_no_asyncapi(parser: Path, tmp_path: Path) -> None:
    spoilt = tmp_path / "asyncapi.json"
    spoilt.write_text('{"asyncapi": "3.0.0", "channels": []}')
    assert diagnostics(parser, spoilt) != []


def test_the_examples_are_valid_by_the_document() -> None:
    # The parser judges examples of version 2 documents only.
    document = json.loads(DOCUMENT.read_text())
    for message in document["components"]["messages"].values():
        for example in message["examples"]:
            for side in ("headers", "payload"):
                judge = Draft7Validator({**document, "allOf": [message[side]]})
                assert list(judge.iter_errors(example[side])) == []


def test_the_lock_names_no_registry() -> None:
    packages = json.loads(LOCK.read_text())["packages"]
    assert all(name == "" or "integrity" in package for name, package in packages.items())
    assert [name for name, package in packages.items() if "resolved" in package] == []
