"""The tests' servers as containers, where a Docker engine answers."""

from contextlib import ExitStack

from docker.errors import DockerException
from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.container import DockerContainer
from testcontainers.core.docker_client import DockerClient

from npp_ops import topics
from npp_ops.ports import LOOPBACK, free_port
from npp_ops.waiting import finish

POSTGRES_IMAGE = "postgres:18"
KAFKA_IMAGE = "apache/kafka:4.3.0"


def engine_answers() -> bool:
    try:
        return bool(DockerClient(timeout=3).client.ping())
    except (DockerException, OSError):
        return False


class Containers:
    """One container per server, started on first request."""

    about = "a container (a Docker engine answers)"
    outside_kafka = ""

    def __init__(self) -> None:
        self._running = ExitStack()

    def postgres(self) -> str:
        container = PostgresContainer(POSTGRES_IMAGE, driver=None)
        container.with_command("postgres -c fsync=off -c max_connections=300")
        self._running.enter_context(container)
        return str(container.get_connection_url())

    def kafka(self) -> str:
        port = free_port()
        address = f"{LOOPBACK}:{port}"
        self._running.enter_context(_broker(port, address))
        finish(topics.wait_for_brokers(address, 1))
        return address

    def stop(self) -> None:
        self._running.close()


def _broker(port: int, address: str) -> DockerContainer:
    listeners = "INSIDE://:9092,CONTROLLER://:9093,OUTSIDE://:9094"
    settings = {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_LISTENERS": listeners,
        # The host reaches the broker by the published port, so that is what it must call itself.
        "KAFKA_ADVERTISED_LISTENERS": f"INSIDE://localhost:9092,OUTSIDE://{address}",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": (
            "INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT,OUTSIDE:PLAINTEXT"
        ),
        "KAFKA_INTER_BROKER_LISTENER_NAME": "INSIDE",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
    }
    container = DockerContainer(KAFKA_IMAGE).with_bind_ports(9094, port)
    for name, value in settings.items():
        container.with_env(name, value)
    return container
