"""Asking the services for everything that the ledger has a number for."""

import csv
from collections import Counter
from collections.abc import Mapping
from typing import Any

from npp_ops.simulate.ledger.shapes import Flat
from npp_ops.simulate.load.client import Client
from npp_ops.simulate.load.tokens import Actors
from npp_ops.simulate.load.wire import Answer


async def learners(client: Client, actors: Actors, force_id: str) -> Flat:
    """A force's people, as its administrator lists them."""
    found = Counter[str]()
    token = actors.of_force("force-admin", force_id)
    async for item in client.pages("enrolment", "/learners", token):
        where = f"enrolment {item['force_id']}"
        found[f"{where} learners"] += 1
        found[f"{where} {item['worker_type']} {item['rank']}"] += 1
        for enrolment in item["enrolments"]:
            found[f"{where} {enrolment['state']}"] += 1
            for part in enrolment["parts"]:
                _part(found, where, part)
    return dict(found)


def _part(found: Counter[str], where: str, part: Mapping[str, Any]) -> None:
    found[f"{where} {part['part']}"] += 1
    counts = {
        f"{part['part']} completed": "completed_on",
        "finals": "final_on",
        "signed": "portfolio_on",
    }
    for what, field in counts.items():
        if part[field] is not None:
            found[f"{where} {what}"] += 1
    for done in part["modules"]:
        found[f"{where} {done['module']} {done['via']}"] += 1


async def results(client: Client, actors: Actors) -> Flat:
    found = Counter[str]()
    token = actors.national("national-admin")
    async for item in client.pages("assessment", "/results", token):
        where = f"assessment {item['force_id']} {item['occasion']}"
        found[f"{where} {item['outcome']}"] += 1
        if item["first_valid"]:
            found[f"{where} counted"] += 1
    return dict(found)


async def portfolios(client: Client, actors: Actors) -> Flat:
    found = Counter[str]()
    token = actors.national("national-analyst")
    async for item in client.pages("portfolio", "/portfolios", token):
        where = f"portfolio {item['force_id']}"
        found[f"{where} {item['state']}"] += 1
        if item["revision"]:
            found[f"{where} revisions"] += item["revision"]
    return dict(found)


async def sessions(client: Client, actors: Actors) -> Flat:
    found = Counter[str]()
    token = actors.national("national-admin")
    async for item in client.pages("events", "/sessions", token):
        where = f"events {item['force_id']}"
        found[f"{where} {item['state']}"] += 1
        found[f"{where} booked"] += item["booked"]
        found[f"{where} waiting"] += item["waiting"]
    return dict(found)


async def upload(client: Client, token: str, name: str, upload_id: str) -> Flat:
    """What became of a file, and its rejected rows by reason, as they are handed back."""
    shown = await client.get("enrolment", f"/uploads/{upload_id}", token)
    counts = {f"upload {name} {what}": shown[what] for what in ("rows", "accepted", "rejected")}
    if shown["rejected_csv"] is None:
        return counts
    answer = await client.raw("enrolment", shown["rejected_csv"], token)
    return counts | _reasons(name, answer)


def _reasons(name: str, answer: Answer) -> Flat:
    rows = csv.DictReader(answer.text.splitlines())
    return dict(Counter(f"upload {name} {row['code']}" for row in rows))
