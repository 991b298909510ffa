"""What is generated and committed: fresh, complete, and told apart from what is not."""

from pathlib import Path

import pytest

from chassis.consumer.flow import Flow
from chassis.service import Service
from npp_contracts import EVENTS, Event, generate
from npp_contracts.enrolment import LearnerEnrolled, ModuleCompleted
from npp_contracts.portfolio import PortfolioSigned
from npp_contracts.publication.asyncapi import asyncapi
from npp_contracts.publication.checkout import Checkout
from npp_contracts.publication.consumers import read_consumers
from npp_contracts.publication.flowmap import flow_map
from npp_contracts.publication.pages import events_page
from npp_ops.contracts import consumers_of, registered

ROOT = Path(__file__).parents[2]
CONSUMERS = {PortfolioSigned.type: ["enrolment.progress", "reporting.force-progress"]}


@pytest.fixture
def copy(tmp_path: Path) -> Checkout:
    assert generate.main(["--root", str(tmp_path), "--examples"]) == 0
    return Checkout(tmp_path)


def test_this_checkout_passes_the_gate(capsys: pytest.CaptureFixture[str]) -> None:
    failed = generate.main(["--root", str(ROOT), "--check"])
    assert not failed, capsys.readouterr().out


def test_the_committed_consumers_are_those_that_the_services_register() -> None:
    committed = read_consumers(Checkout(ROOT).consumers)
    assert committed == registered(), "mend: python -m npp_ops.contracts"


def test_a_generated_file_that_was_edited_fails(
    copy: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    path = copy.schemas / f"{PortfolioSigned.type}.json"
    path.write_text(path.read_text().replace("sha256", "md5"))
    assert generate.main(["--root", str(copy.root), "--check"]) == 1
    assert capsys.readouterr().out.splitlines()[-3:-1] == [
        f"contracts/schemas/{PortfolioSigned.type}.json: is not what is generated",
        "    mend: python -m npp_contracts.generate",
    ]


def test_a_schema_of_no_event_fails(copy: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    (copy.schemas / "npp.portfolio.portfolio-lost.v1.json").write_text("{}")
    assert generate.main(["--root", str(copy.root), "--check"]) == 1
    assert "portfolio-lost.v1.json: belongs to no event" in capsys.readouterr().out


def test_generating_mends_what_is_stale(copy: Checkout) -> None:
    copy.pages.unlink()
    copy.asyncapi.write_text("{}")
    assert generate.main(["--root", str(copy.root)]) == 0
    assert generate.main(["--root", str(copy.root), "--check"]) == 0


def test_a_release_is_refused_while_the_gate_is(copy: Checkout) -> None:
    (copy.examples / f"{PortfolioSigned.type}.json").unlink()
    assert generate.main(["--root", str(copy.root), "--release"]) == 1
    assert not copy.released.exists()


def test_the_consumers_are_drawn_from_the_wiring_of_the_services() -> None:
    async def follow(*_: object) -> None: ...

    flows = [Flow("sample.open", {LearnerEnrolled: follow}),
             Flow("sample.count", {LearnerEnrolled: follow, ModuleCompleted: follow})]  # fmt: skip
    service = Service(name="sample", migrations=Path(), flows=flows)
    assert consumers_of([service]) == {
        LearnerEnrolled.type: ["sample.count", "sample.open"],
        ModuleCompleted.type: ["sample.count"],
    }


def test_the_flow_map_draws_topics_between_services_and_groups() -> None:
    lines = flow_map(CONSUMERS).splitlines()
    assert "  portfolio --> npp_portfolio_portfolios" in lines
    assert "  npp_portfolio_portfolios --> reporting_force_progress" in lines
    assert "  reporting_force_progress -.-> reporting" in lines


@pytest.mark.parametrize("event", EVENTS.values())
def test_the_page_tells_of_every_event_what_a_reader_must_know(event: type[Event]) -> None:
    page = events_page(CONSUMERS, {})
    section = page.partition(f"### {event.__name__}\n")[2].partition("### ")[0]
    readers = ", ".join(f"`{group}`" for group in CONSUMERS.get(event.type, [])) or "nobody yet"
    assert f"| type | `{event.type}` |" in section
    assert f"| producer | {event.topic.owner} |" in section
    assert f"| consumers | {readers} |" in section
    assert f"| topic, key | `{event.topic.name}`, `{event.topic.key}` |" in section
    assert "| classification | OFFICIAL |" in section
    assert all(f"| `{name}` |" in section for name in event.model_fields)


def test_asyncapi_has_one_channel_per_topic_and_both_sides() -> None:
    document = asyncapi(CONSUMERS, {})
    channel = document["channels"]["npp.portfolio.portfolios"]
    assert PortfolioSigned.type in channel["messages"]
    assert document["operations"]["portfolio.publish.portfolios"]["action"] == "send"
    reads = document["operations"]["reporting.force-progress.read.portfolios"]
    assert reads["action"] == "receive"
    assert [each["$ref"].rpartition("/")[2] for each in reads["messages"]] == [PortfolioSigned.type]
