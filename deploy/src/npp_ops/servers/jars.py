"""Kafka's jars: resolved from Maven by coordinates, pinned by version and checksum in a lock."""

import fcntl
import hashlib
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from jgo.env import LockedDependency, LockFile
from jgo.maven import MavenContext

from npp_ops.home import Home

COORDINATES = (
    "org.apache.kafka:kafka_2.13:4.3.0",
    "org.apache.kafka:kafka-tools:4.3.0",
    # The release archive carries this binding; without it the broker logs nothing. The "!" keeps
    # its own dependency management from choosing versions for Kafka.
    "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4!",
)
LOCK = Path(__file__).with_name("kafka.lock.toml")


class JarMismatch(Exception):
    """A downloaded jar is not the one that the lock describes."""


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _fetch(maven: MavenContext, locked: LockedDependency) -> Path:
    component = maven.project(locked.groupId, locked.artifactId).at_version(locked.version)
    artifact = component.artifact(locked.classifier or "", locked.packaging)
    for _ in range(2):
        path = artifact.resolve()
        if _sha256(path) == locked.sha256:
            return path
        path.unlink()  # half a download, perhaps: once more before it counts as wrong
    raise JarMismatch(f"{locked.groupId}:{locked.artifactId}:{locked.version} is not as locked")


def classpath(cache: Path) -> list[Path]:
    """Every locked jar as a local file, downloaded when absent; JarMismatch on a wrong checksum."""
    maven = MavenContext(repo_cache=cache / "maven", timeout=60)
    locked = LockFile.load(LOCK).dependencies
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "maven.lock").open("w") as lock, ThreadPoolExecutor(max_workers=8) as pool:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return list(pool.map(lambda dependency: _fetch(maven, dependency), locked))


def relock(cache: Path) -> int:
    """Resolve the coordinates anew and rewrite the lock; returns how many jars it names."""
    maven = MavenContext(repo_cache=cache / "maven", timeout=60)
    roots = [maven.create_dependency(coordinate) for coordinate in COORDINATES]
    _, nodes = maven.resolver.get_dependency_list(roots)
    wanted = {str(dep): dep for dep in [*roots, *(node.dep for node in nodes)]}
    lock = LockFile.from_resolved_dependencies([wanted[name] for name in sorted(wanted)])
    lock.save(LOCK)
    return len(lock.dependencies)


if __name__ == "__main__":
    sys.stdout.write(f"{relock(Home.shared_cache())} jars locked\n")
