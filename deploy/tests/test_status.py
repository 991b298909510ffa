"""What `npp status` reads is what the chassis tells."""

from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console

from chassis.telemetry import CATALOGUE
from npp_ops.commands.status import table
from npp_ops.home import Home
from npp_ops.ports import free_port
from npp_ops.stack import Stack
from npp_ops.state import State
from npp_ops.status import (
    GROUP,
    OWN,
    GroupStatus,
    ServiceStatus,
    read_metrics,
    services_status,
)
from reporting.telemetry import UNCOUNTED

METRICS = """\
# TYPE npp_outbox_depth gauge
npp_outbox_depth 3
# TYPE npp_outbox_age_seconds gauge
npp_outbox_age_seconds 1.5
# TYPE npp_consumer_lag_records gauge
npp_consumer_lag_records{group="reporting.progress"} 10
npp_consumer_lag_records{group="reporting.completions"} 4
# TYPE npp_consumer_lag_seconds gauge
npp_consumer_lag_seconds{group="reporting.progress"} 2
npp_consumer_lag_seconds{group="reporting.completions"} 7
# TYPE npp_consumer_dead_letters gauge
npp_consumer_dead_letters{group="reporting.progress"} 1
# TYPE npp_consumer_parked gauge
npp_consumer_parked{group="reporting.progress"} 5
# TYPE npp_outbox_paused gauge
npp_outbox_paused 1
# TYPE npp_consumer_paused gauge
npp_consumer_paused{group="reporting.progress"} 0
npp_consumer_paused{group="reporting.completions"} 1
"""


def test_metrics_become_the_status_of_groups_and_their_sums() -> None:
    status = ServiceStatus("reporting", "http://127.0.0.1:1")
    read_metrics(status, text_string_to_metric_families(METRICS))
    assert status.groups == {
        "reporting.progress": GroupStatus(10, 2, 1, 5),
        "reporting.completions": GroupStatus(4, 7, paused=1),
    }
    assert (status.outbox_depth, status.outbox_age_seconds) == (3, 1.5)
    sums = (status.lag_records, status.lag_seconds, status.dead_letters, status.parked)
    assert sums == (14, 7, 1, 5)
    assert status.paused == ["outbox", "reporting.completions"]
    assert "paused: outbox, reporting.completions" in shown(status)


def shown(status: ServiceStatus) -> str:
    console = Console(width=200)
    with console.capture() as captured:
        console.print(table([status]))
    return captured.get()


def test_every_metric_that_is_read_exists() -> None:
    told = CATALOGUE.keys() | {UNCOUNTED._name}
    assert (OWN.keys() | GROUP.keys()) - told == set()
    assert {CATALOGUE[name].labels for name in GROUP} == {("group",)}


async def test_service_that_does_not_answer_is_not_ready(tmp_path: Path) -> None:
    state = State(tmp_path / "stack.json", ports={"events": free_port()})
    (status,) = await services_status(Stack(Home(tmp_path, tmp_path), state), ["events"])
    assert (status.ready, status.problems) == (False, {"answer": "ConnectError"})
