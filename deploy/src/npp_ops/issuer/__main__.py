"""`python -m npp_ops.issuer`: serves the issuer on loopback until it is told to stop."""

import argparse
from pathlib import Path

import uvicorn

from npp_ops.issuer import clients, keys
from npp_ops.issuer.app import Issuer
from npp_ops.issuer.tokens import Minter
from npp_ops.ports import LOOPBACK


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m npp_ops.issuer")
    parser.add_argument("--key", type=Path, required=True)
    parser.add_argument("--clients", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    minter = Minter(keys.load_or_make(given.key), f"http://{LOOPBACK}:{given.port}")
    app = Issuer(minter, clients.read(given.clients)).app()
    # Loopback only, whatever the environment says: here anybody may choose to be anybody.
    uvicorn.run(app, host=LOOPBACK, port=given.port, log_level="info", access_log=False)


if __name__ == "__main__":
    main()
