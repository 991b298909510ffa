"""`npp verify` inside a test: its questions go to a world, its log is what was given there."""

from typing import Any, cast

from chassis.kafka import Record
from chassis.testing.service import ServiceUnderTest
from npp_contracts.envelope import Envelope
from npp_contracts.event import Event
from npp_ops.simulate.load.client import Client
from npp_ops.simulate.load.tokens import Actors
from npp_ops.simulate.load.wire import Answer
from npp_ops.simulate.log.told import Log, in_order, of_record

from .world import World


class Who:
    """Claims in place of tokens."""

    def national(self, role: str) -> Any:
        return {"roles": [role], "force_id": "national"}

    def of_force(self, role: str, force_id: str) -> Any:
        return {"roles": [role], "force_id": force_id}


class Asks:
    """What `npp verify` asks of reporting, asked of a world."""

    def __init__(self, world: ServiceUnderTest) -> None:
        self.world = world

    async def get(self, _service: str, path: str, claims: Any, **query: object) -> Any:
        wanted = {name: str(value) for name, value in query.items() if value is not None}
        headers = self.world.issuer.bearer(**claims)
        answer = await self.world.client.get(path, params=wanted, headers=headers)
        assert answer.status_code == 200, (path, answer.text[:300])
        return answer.json()

    async def raw(self, _service: str, path: str, claims: Any) -> Answer:
        headers = self.world.issuer.bearer(**claims) if claims else {}
        answer = await self.world.client.get(path, headers=headers)
        assert answer.status_code == 200, (path, answer.text[:300])
        return Answer(answer.status_code, answer.content)


def asking(world: ServiceUnderTest) -> Client:
    return cast(Client, Asks(world))


ACTORS = cast(Actors, Who())


async def recorded(world: World, *events: Event) -> Log:
    """Every projection has applied these; the log that has them."""
    made = world.recorded.envelopes(events)
    await world.take(made)
    return in_order(
        of_record(_record(event.topic.name, n, envelope))
        for n, (event, envelope) in enumerate(made)
    )


def _record(topic: str, offset: int, envelope: Envelope) -> Record:
    return Record(topic, 0, offset, 0.0, envelope.key, envelope.headers(), envelope.data)
