"""Images, manifests, alerts and dashboard name only what exists."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from chassis.service import ROLES
from chassis.telemetry import CATALOGUE
from npp_contracts.catalogue import SERVICES, TOPICS
from npp_contracts.topics import FORCE_STREAMS
from npp_ops.forces import forces

DEPLOY = Path(__file__).parents[1]
# What Prometheus adds to a histogram's name.
PARTS = ("_bucket", "_sum", "_count")


def load(name: str) -> Any:
    return yaml.safe_load((DEPLOY / name).read_text())


def metrics_in(text: str) -> set[str]:
    return set(re.findall(r"\bnpp_[a-z_]+", text))


def known_metrics() -> set[str]:
    histograms = [name for name, one in CATALOGUE.items() if one.kind == "histogram"]
    return CATALOGUE.keys() | {name + part for name in histograms for part in PARTS}


def test_alerts_and_dashboard_name_metrics_of_the_chassis() -> None:
    alerts = [rule for group in load("prometheus/alerts.yaml")["groups"] for rule in group["rules"]]
    board = json.loads((DEPLOY / "grafana/npp.json").read_text())
    expressions = [rule["expr"] for rule in alerts]
    expressions += [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    named = set().union(*(metrics_in(expression) for expression in expressions))
    assert named - known_metrics() == set()
    assert len(named) >= 9


def test_every_alert_says_what_to_do() -> None:
    rules = [rule for group in load("prometheus/alerts.yaml")["groups"] for rule in group["rules"]]
    assert [rule["alert"] for rule in rules if not rule["annotations"].get("action")] == []
    assert {rule["labels"]["severity"] for rule in rules} == {"page", "ticket"}


def test_labels_that_alerts_use_are_the_metrics_own() -> None:
    for rule in load("prometheus/alerts.yaml")["groups"][0]["rules"]:
        for name in metrics_in(rule["expr"]):
            used = set(re.findall(r"by \(([^)]*)\)", rule["expr"])[0].split(", "))
            assert used <= {"service", *CATALOGUE[name].labels}, rule["alert"]


def test_each_service_is_scraped_composed_and_charted() -> None:
    scraped = load("prometheus/prometheus.yaml")["scrape_configs"][0]["static_configs"]
    composed = load("compose.yaml")["services"]
    built = {name for name, one in composed.items() if "build" in one}
    assert {one["labels"]["service"] for one in scraped} == SERVICES.keys()
    assert {name: composed[name]["build"]["args"] for name in built} == {
        name: {"SERVICE": name} for name in SERVICES
    }
    charted = load("chart/values.yaml")["services"]
    assert charted.keys() == SERVICES.keys()
    assert {role for roles in charted.values() for role in roles} <= set(ROLES)


def test_metrics_are_scraped_by_a_port_that_nobody_is_given() -> None:
    image = (DEPLOY / "Dockerfile").read_text()
    (http,), (management,) = (
        re.findall(rf" {name}_PORT=(\d+)", image) for name in ("HTTP", "MANAGEMENT")
    )
    assert http != management
    scraped = load("prometheus/prometheus.yaml")["scrape_configs"][0]["static_configs"]
    assert {target.partition(":")[2] for one in scraped for target in one["targets"]} == {
        management
    }
    built = [one for one in load("compose.yaml")["services"].values() if "build" in one]
    assert {port.rpartition(":")[2] for one in built for port in one["ports"]} == {http}
    chart = (DEPLOY / "chart/templates/deployments.yaml").read_text()
    assert f'prometheus.io/port: "{management}"' in chart
    assert f"{{name: management, containerPort: {management}}}" in chart
    assert "management" not in (DEPLOY / "chart/templates/services.yaml").read_text()


def test_compose_publishes_on_loopback_only() -> None:
    published = [
        port for one in load("compose.yaml")["services"].values() for port in one.get("ports", [])
    ]
    assert published
    assert [port for port in published if not port.startswith("127.0.0.1:")] == []


def test_compose_makes_the_topics_and_databases_of_the_catalogue() -> None:
    topics = (DEPLOY / "compose/topics.sh").read_text()
    databases = (DEPLOY / "compose/databases.sh").read_text()
    assert set(re.findall(r"^ +(npp\.[a-z.]+)", topics, re.MULTILINE)) == TOPICS.keys()
    assert {topic.partitions for topic in TOPICS.values()} == {6}
    streams = re.search(r"^for force in \\\n(.*?)^do$", topics, re.MULTILINE | re.DOTALL)
    assert streams
    assert streams[1].replace("\\", "").split() == [force.id for force in forces()]
    assert f"--partitions {FORCE_STREAMS.partitions} " in topics
    assert f"retention.ms={(FORCE_STREAMS.keeps_days or 0) * 86_400_000} " in topics
    assert re.findall(r"^for service in (.*)$", databases, re.MULTILINE) == [" ".join(SERVICES)]
    for script in ("topics.sh", "databases.sh"):
        assert (
            subprocess.run(["sh", "-n", DEPLOY / "compose" / script], check=False).returncode == 0
        )


def test_image_copies_what_exists() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    copied = re.findall(r"^COPY --from=build /srv/(\S+)", text, re.MULTILINE)
    for path in copied:
        for service in SERVICES:
            assert (DEPLOY.parent / path.replace("$SERVICE", service)).is_dir(), path


@pytest.mark.skipif(shutil.which("helm") is None, reason="helm is not installed")
def test_chart_renders_a_deployment_per_role_with_probes() -> None:
    given = ["image.registry=registry.example", "kafka.bootstrapServers=kafka:9092"]
    given += ["oidc.issuer=https://id.example", "oidc.jwksUrl=https://id.example/jwks"]
    settings = [part for value in given for part in ("--set", value)]
    command = ["helm", "template", "npp", str(DEPLOY / "chart"), *settings]
    rendered = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    objects = [one for one in yaml.safe_load_all(rendered) if one]
    deployments = [one for one in objects if one["kind"] == "Deployment"]
    wanted = load("chart/values.yaml")["services"]
    assert {one["metadata"]["name"] for one in deployments} == {
        f"{name}-{role}" for name, roles in wanted.items() for role, count in roles.items() if count
    }
    for one in deployments:
        container = one["spec"]["template"]["spec"]["containers"][0]
        assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
        assert container["resources"]["limits"]["memory"]
    assert len([one for one in objects if one["kind"] == "Job"]) == len(SERVICES)
