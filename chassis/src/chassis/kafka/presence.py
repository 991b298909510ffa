"""Whether the cluster answers: asked at an interval, on a connection of its own."""

import time
from typing import Final

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

# A question takes milliseconds; one broker of three may be dead and is asked first now and then.
_ANSWER_MS: Final = 5000
_SILENT_SECONDS: Final = 10.0


class Presence:
    """Remembers when Kafka was last heard; a consumer without records would never notice."""

    def __init__(self, bootstrap_servers: str, client_id: str) -> None:
        self._servers = bootstrap_servers
        self._client_id = client_id
        self._client: AIOKafkaClient | None = None
        self._heard_at: float | None = None

    async def ask(self) -> None:
        """Ask once. Raises KafkaError when nobody answers."""
        try:
            if self._client is None:
                self._client = AIOKafkaClient(
                    bootstrap_servers=self._servers,
                    client_id=self._client_id,
                    request_timeout_ms=_ANSWER_MS,
                )
                await self._client.bootstrap()
            await self._client.fetch_all_metadata()
        except KafkaError:
            # A connection that does not answer would be asked again, for as long as TCP hopes.
            await self.close()
            raise
        self._heard_at = time.monotonic()

    def problem(self) -> str | None:
        """What is wrong, in words; None when Kafka has answered lately."""
        if self._heard_at is None:
            return "Kafka has not answered yet"
        silent = time.monotonic() - self._heard_at
        return f"Kafka has not answered for {silent:.0f} s" if silent > _SILENT_SECONDS else None

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.close()
