"""Collect who reads which event from the services' wiring, then generate what follows from it."""

import sys
from argparse import ArgumentParser
from collections import defaultdict
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

from chassis.service import Service
from npp_contracts import generate
from npp_contracts.catalogue import SERVICES
from npp_contracts.publication.checkout import Checkout
from npp_contracts.publication.consumers import Consumers, read_consumers
from npp_contracts.publication.schema import written

COMMAND = "python -m npp_ops.contracts"


def registered() -> Consumers:
    """Per event type, the consumer groups of every service that is installed here."""
    return consumers_of(filter(None, map(service_of, SERVICES)))


def consumers_of(services: Iterable[Service]) -> Consumers:
    """Per event type, the consumer groups of these services, sorted."""
    found = defaultdict[str, set[str]](set)
    for service in services:
        for consumer in service.consumers:
            for name in consumer.types:
                found[name].add(consumer.group)
    return {name: sorted(groups) for name, groups in sorted(found.items())}


def service_of(name: str) -> Service | None:
    """A service's wiring; None when it is not installed here."""
    # By name and late: the operator's tools stand beside the services and only read their wiring.
    try:
        service: Service = import_module(f"{name}.app").SERVICE
    except ModuleNotFoundError as missing:
        if missing.name not in {name, f"{name}.app"}:
            raise
        return None
    return service


def main(arguments: list[str] | None = None) -> int:
    """Write contracts/consumers.json and what is generated; with --check only say what is stale."""
    parser = ArgumentParser(prog=COMMAND, description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if stale")
    check = parser.parse_args(arguments).check
    path, consumers = Checkout(Path()).consumers, registered()
    stale = read_consumers(path) != consumers
    if not check:
        path.write_text(written(consumers))
    elif stale:
        sys.stdout.write(f"{path}: is not what the services register\n    mend: {COMMAND}\n")
    failed = generate.main(["--check"] if check else [])
    return 1 if failed or (check and stale) else 0


if __name__ == "__main__":
    sys.exit(main())
