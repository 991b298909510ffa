"""Files and statements in: idempotent by their content, so sent without a key."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from npp_ops.simulate.load.run import Run
from npp_ops.simulate.sent.statements import Batch
from npp_ops.simulate.sent.uploads import Upload

XAPI: Final = {"Content-Type": "application/json", "X-Experience-API-Version": "1.0.3"}


class WrongAnswer(Exception):
    """A service took in something else than was sent."""


async def upload(run: Run, what: str, files: Sequence[Upload], *, together: int) -> None:
    async def send(file: Upload) -> None:
        answer = await put(run, file)
        check(file, answer)
        run.uploads[file.name] = answer["upload_id"]

    # The largest first, or it would be worked on alone at the end.
    ordered = sorted(files, key=lambda file: -file.rows)
    await run.each(what, ordered, send, together=together, worth=lambda file: file.rows)


async def put(run: Run, file: Upload) -> dict[str, Any]:
    """Upload a file; the answer says what became of its rows."""
    token = run.actors.sender(file.sender)
    headers = {"Content-Type": "text/csv"}
    answer: dict[str, Any] = await run.client.send(
        "POST", "enrolment", f"/{file.kind}", token, content=file.body, headers=headers
    )
    return answer


def check(file: Upload, answer: dict[str, Any]) -> None:
    found = (answer["rows"], answer["rejected"], answer["accepted"])
    if found != (file.rows, file.refused, file.rows - file.refused):
        raise WrongAnswer(f"{file.name}: rows, rejected, accepted were {found}")


async def push(run: Run, what: str, batches: Sequence[Batch], *, together: int) -> None:
    token = run.actors.national("learning-platform")

    async def send(batch: Batch) -> None:
        content = msgspec.json.encode(batch.statements)
        await run.client.send(
            "POST", "enrolment", "/xapi/statements", token, content=content, headers=XAPI
        )

    await run.each(
        what, batches, send, together=together, worth=lambda batch: len(batch.statements)
    )
