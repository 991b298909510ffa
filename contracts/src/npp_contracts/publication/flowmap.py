"""The flow map: who publishes to which topic and which groups read it, as a Mermaid drawing."""

from npp_contracts.catalogue import EVENTS, SERVICES, TOPICS
from npp_contracts.publication.consumers import Consumers


def flow_map(consumers: Consumers) -> str:
    """Services as boxes with their consumer groups, topics between them."""
    groups = sorted({group for each in consumers.values() for group in each})
    lines = ["flowchart LR"]
    for service in SERVICES:
        lines.append(f'  {service}["{service}"]')
        lines += [
            f'  {_id(group)}(["{group}"])' for group in groups if group.startswith(f"{service}.")
        ]
    for topic in TOPICS.values():
        lines.append(f'  {_id(topic.name)}[/"{topic.name}"/]')
        lines.append(f"  {topic.owner} --> {_id(topic.name)}")
    lines += sorted({f"  {_id(topic)} --> {_id(group)}" for topic, group in _edges(consumers)})
    lines += [f"  {_id(group)} -.-> {group.partition('.')[0]}" for group in groups]
    return "\n".join(lines)


def _edges(consumers: Consumers) -> set[tuple[str, str]]:
    return {
        (EVENTS[name].topic.name, group) for name, groups in consumers.items() for group in groups
    }


def _id(name: str) -> str:
    return name.replace(".", "_").replace("-", "_")
