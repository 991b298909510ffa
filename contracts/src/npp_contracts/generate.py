"""Write what follows from the catalogue, or say what is stale and which contracts are refused."""

import argparse
import sys
from pathlib import Path

from npp_contracts.catalogue import EVENTS, STREAMS, TOPICS
from npp_contracts.publication.asyncapi import asyncapi
from npp_contracts.publication.checkout import Checkout
from npp_contracts.publication.consumers import read_consumers
from npp_contracts.publication.gate import problems, uncatalogued
from npp_contracts.publication.pages import events_page
from npp_contracts.publication.problem import GENERATE, Problem
from npp_contracts.publication.releases import release
from npp_contracts.publication.samples import samples_of
from npp_contracts.publication.schema import schema_of, written
from npp_contracts.testing import read_examples


def generated(checkout: Checkout) -> dict[Path, str]:
    """Every generated file with the text that it should have."""
    consumers = read_consumers(checkout.consumers)
    paths = {name: checkout.examples / f"{name}.json" for name in EVENTS}
    examples = {name: read_examples(path) for name, path in paths.items() if path.exists()}
    schemas = {
        checkout.schemas / f"{name}.json": written(schema_of(event))
        for name, event in EVENTS.items()
    }
    return {
        **schemas,
        checkout.asyncapi: written(asyncapi(consumers, examples)),
        checkout.pages: events_page(consumers, examples),
    }


def stale(checkout: Checkout) -> list[Problem]:
    """The generated files that are missing, differ, or belong to no event."""
    files = generated(checkout)
    surplus = set(checkout.schemas.glob("*.json")) - set(files)
    differs = {path for path, text in files.items() if _text(path) != text}
    return [
        *(Problem(_name(path, checkout), "is not what is generated", GENERATE) for path in differs),
        *(
            Problem(_name(path, checkout), "belongs to no event", f"git rm {path}")
            for path in surplus
        ),
    ]


def main(arguments: list[str] | None = None) -> int:
    """Write or check; 1 when the gate refuses something or, checking, a file is stale."""
    options = _options(arguments)
    checkout = Checkout(options.root)
    if options.examples:
        _start_examples(checkout)
    found = [*uncatalogued(EVENTS), *problems(checkout, EVENTS, TOPICS | STREAMS)]
    if options.check:
        found += stale(checkout)
    else:
        _write(generated(checkout))
    if options.release and not found:
        made = release(checkout.released, EVENTS)
        _say(f"released: {', '.join(made) or 'nothing new'}")
    _say(*sorted(map(str, found)))
    _say(f"{len(EVENTS)} events on {len(TOPICS)} topics, {len(found)} problems")
    return 1 if found else 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=GENERATE, description=__doc__)
    parser.add_argument("--root", type=Path, default=Path(), help="the checkout, default: here")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if stale")
    parser.add_argument("--examples", action="store_true", help="start the missing examples")
    parser.add_argument("--release", action="store_true", help="remember the schemas for good")
    return parser.parse_args(arguments)


def _start_examples(checkout: Checkout) -> None:
    for name, event in EVENTS.items():
        path = checkout.examples / f"{name}.json"
        if not path.exists():
            _write({path: written(samples_of(event))})


def _write(files: dict[Path, str]) -> None:
    for path, text in files.items():
        if _text(path) != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _name(path: Path, checkout: Checkout) -> str:
    return str(path.relative_to(checkout.root))


def _say(*lines: str) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
