"""`npp down` and `npp clean`: stop what this stack started, and forget what it stored."""

import shutil

from npp_ops.home import OWN, Home
from npp_ops.processes import Process, stop_all
from npp_ops.progress import step
from npp_ops.servers import place, postgres
from npp_ops.stack import ISSUER, KAFKA, POSTGRES, Stack
from npp_ops.state import State, one_at_a_time

PATIENCE = 25


def down(stack: Stack) -> list[str]:
    """Stop services, then servers; data stays. Returns the names of those that had to be killed."""
    if not stack.home.record.exists():
        return []
    with one_at_a_time(stack.home.root):
        return _stop(stack)


def _stop(stack: Stack) -> list[str]:
    stack.state = State.load(stack.home.record)
    running = {name: one.process for name, one in stack.state.started.items()}
    servers = {name: running.pop(name) for name in (ISSUER, KAFKA, POSTGRES) if name in running}
    killed = _stop_together("Services", list(running.values()))
    killed += _stop_together("Issuer", [servers[ISSUER]] if ISSUER in servers else [])
    killed += _stop_together("Apache Kafka", [servers[KAFKA]] if KAFKA in servers else [])
    if POSTGRES in servers and servers[POSTGRES].alive():
        with step("PostgreSQL stops"):
            killed += [] if postgres.stop(servers[POSTGRES]) else [POSTGRES]
    stack.state.started.clear()
    stack.state.given.clear()
    stack.state.save()
    return killed


def _stop_together(what: str, processes: list[Process]) -> list[str]:
    alive = [process for process in processes if process.alive()]
    if not alive:
        return []
    with step(f"{what} {'stop' if what.endswith('s') else 'stops'}"):
        return [process.name for process in stop_all(alive, patience=PATIENCE)]


def clean(stack: Stack) -> list[str]:
    """Stop, then remove all that the stack stored; the jars stay."""
    killed = down(stack)
    if stack.home.root.exists():
        with one_at_a_time(stack.home.root), step("Data of the stack removed"):
            _remove(stack.home)
    return killed


def _remove(home: Home) -> None:
    place.forget(home.root)
    for entry in (home.root / name for name in OWN):
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink(missing_ok=True)
