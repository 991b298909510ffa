"""One local stack as data: its parts, their addresses, and the environment each service gets."""

import os
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec

from npp_contracts.catalogue import SERVICES
from npp_ops.home import Home
from npp_ops.issuer import keys
from npp_ops.issuer.clients import Client
from npp_ops.issuer.tokens import AUDIENCE, Minter
from npp_ops.ports import LOOPBACK, free_port, is_free, port_from_environment
from npp_ops.servers import databases
from npp_ops.servers.kafka import KafkaCluster, Node
from npp_ops.servers.place import Place
from npp_ops.servers.postgres import PostgresServer
from npp_ops.state import State

# Tried first, so that the addresses of a machine's first stack are the same every time.
PREFERRED = {
    "reporting": 8800,
    "enrolment": 8801,
    "assessment": 8802,
    "portfolio": 8803,
    "events": 8804,
    "reporting-management": 8805,
    "enrolment-management": 8806,
    "assessment-management": 8807,
    "portfolio-management": 8808,
    "events-management": 8809,
    "issuer": 8810,
    "postgres": 8820,
    "kafka": 8830,
    "kafka-outside": 8831,
    "kafka-controller": 8832,
}
KAFKA, POSTGRES, ISSUER = "kafka", "postgres", "issuer"
# A sample is drawn by ids that no plan can know; of all, the demo's ledger can say how each ends.
LOCAL_SETTINGS = {
    "portfolio": {"PORTFOLIO_SAMPLING_PERCENT": "100"},
    "reporting": {"SANDBOX_PER_MINUTE": "6"},
}
# One secret for both: they must come to the same pseudonym.
MAKE_PSEUDONYMS = frozenset({"enrolment", "reporting"})
SEND_WEBHOOKS = frozenset({"reporting"})
_BELONGS_TO = {"kafka-outside": KAFKA, "kafka-controller": KAFKA} | {
    f"{name}-management": name for name in SERVICES
}


def services() -> list[str]:
    """The services of the catalogue whose package is installed here and can be run."""
    return [name for name in SERVICES if _runs(name)]


def management_of(service: str) -> str:
    """What the port is called on which a service tells its metrics."""
    return f"{service}-management"


def _runs(name: str) -> bool:
    return find_spec(name) is not None and find_spec(f"{name}.__main__") is not None


@dataclass
class Stack:
    """A stack by its folder. Addresses are known once it has been up."""

    home: Home
    state: State

    @classmethod
    def here(cls) -> "Stack":
        """The stack of this checkout, or of NPP_HOME."""
        home = Home.from_environment()
        return cls(home, State.load(home.record))

    def settle(self) -> None:
        """Decide what is not decided yet: which servers are given, which ports the others get."""
        for name, variable in ((KAFKA, "KAFKA_BOOTSTRAP_SERVERS"), (POSTGRES, "DATABASE_URL")):
            if address := os.environ.get(variable):
                self.state.given[name] = address
        beside = [management_of(name) for name in services()]
        for name in dict.fromkeys([*PREFERRED, *services(), *beside]):
            self.state.ports[name] = self._port(name)
        self.state.save()

    def _port(self, name: str) -> int:
        wanted = port_from_environment(name)
        if wanted is not None:
            return wanted
        known = self.state.ports.get(name)
        if known is not None and (self.state.alive(_BELONGS_TO.get(name, name)) or is_free(known)):
            return known
        others = frozenset(port for other, port in self.state.ports.items() if other != name)
        return free_port(preferred=PREFERRED.get(name), taken=others)

    def robbed(self) -> bool:
        """Whether somebody else has taken a port between our choosing it and our using it."""
        return any(
            not self.state.alive(_BELONGS_TO.get(name, name)) and not is_free(port)
            for name, port in self.state.ports.items()
        )

    def url(self, name: str) -> str:
        """The address of a service, of its management (`management_of`), or of the issuer."""
        return f"http://{LOOPBACK}:{self.state.ports[name]}"

    @property
    def cluster(self) -> KafkaCluster:
        ports = self.state.ports
        node = Node(1, ports["kafka"], ports["kafka-outside"], ports["kafka-controller"])
        return KafkaCluster(self.home.root / KAFKA, self.home.logs, self.home.cache, [node])

    @cached_property
    def _place(self) -> Place:
        return Place.inside(self.home.root)

    @property
    def server(self) -> PostgresServer:
        log = self.home.logs / "postgres.log"
        return PostgresServer(self._place, log, self.state.ports[POSTGRES])

    @property
    def bootstrap_servers(self) -> str:
        return self.state.given.get(KAFKA) or self.cluster.bootstrap_servers

    @property
    def admin_url(self) -> str:
        """PostgreSQL's address with the rights of its administrator."""
        return self.state.given.get(POSTGRES) or self.server.admin_url

    def database_url(self, service: str) -> str:
        """A service's own database, as the service reaches it."""
        return databases.url_for(self.admin_url, service, self.state.secret(f"database-{service}"))

    @property
    def minter(self) -> Minter:
        """Signs tokens that the stack's services accept."""
        return Minter(keys.load_or_make(self.home.root / ISSUER / "key.json"), self.url(ISSUER))

    def clients(self) -> list[Client]:
        """The applications with pages: each may come back to its own callback alone."""
        return [
            Client(name, (f"{self.url(name)}/callback",), self.state.secret(f"client-{name}"))
            for name in services()
        ]

    def environment(self, service: str) -> dict[str, str]:
        """What the service is told, and nothing that the caller's shell happens to hold."""
        return {
            "ENVIRONMENT": "local",
            "LOG_LEVEL": os.environ.get("LOG_LEVEL", "INFO"),
            "DATABASE_URL": self.database_url(service),
            "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap_servers,
            "HTTP_HOST": LOOPBACK,
            "HTTP_PORT": str(self.state.ports[service]),
            "MANAGEMENT_HOST": LOOPBACK,
            "MANAGEMENT_PORT": str(self.state.ports[management_of(service)]),
            "PUBLIC_URL": self.url(service),
            "OIDC_ISSUER": self.url(ISSUER),
            "OIDC_JWKS_URL": f"{self.url(ISSUER)}/jwks.json",
            "OIDC_AUDIENCE": AUDIENCE,
            "OIDC_CLIENT_ID": service,
            "OIDC_CLIENT_SECRET": self.state.secret(f"client-{service}"),
            "SESSION_SECRET": self.state.secret(f"session-{service}"),
            **self.own_settings(service),
        }

    def own_settings(self, service: str) -> dict[str, str]:
        """What the environment decides about this service alone."""
        own: dict[str, str] = {}
        if service in MAKE_PSEUDONYMS:
            own["PSEUDONYM_SECRET"] = self.state.secret("pseudonyms")
        if service in SEND_WEBHOOKS:
            own["WEBHOOK_SECRET"] = self.state.secret("webhooks")
        return own | LOCAL_SETTINGS.get(service, {})
