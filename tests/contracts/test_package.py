"""What a force installs: the package, its schemas and its examples, and pydantic."""

import json
import zipfile
from pathlib import Path
from subprocess import run
from sys import executable

from npp_contracts import EVENTS

CONTRACTS = Path(__file__).parents[2] / "contracts"
READ = """
import json, npp_contracts.testing as testing
schemas = [testing.schema(event) for event in testing.EVENTS.values()]
print(json.dumps([testing.__file__, len(testing.all_examples()), len(schemas)]))
"""


def test_the_built_package_carries_schemas_and_examples(tmp_path: Path) -> None:
    build = "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"
    run([executable, "-c", build, tmp_path], cwd=CONTRACTS, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    done = run(
        [executable, "-c", READ],
        cwd=site,
        env={"PYTHONPATH": str(site)},
        check=True,
        capture_output=True,
    )
    where, *counts = json.loads(done.stdout)
    assert where.startswith(str(site))
    assert counts == [2 * len(EVENTS), len(EVENTS)]
