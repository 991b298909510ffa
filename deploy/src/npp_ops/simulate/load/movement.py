"""Transfers, deferrals, withdrawals."""

from npp_ops.simulate.load.run import Run
from npp_ops.simulate.plan.moves import Deferral, Transfer, Withdrawal


async def move(run: Run) -> None:
    moves = run.plan.moves

    async def transfer(each: Transfer) -> None:
        body = {
            "to_force_id": each.to_force_id,
            "collar_number": each.collar,
            "email": each.email,
            "effective_on": each.on,
        }
        path = f"/learners/{run.learners[each.person]}/transfer"
        await _post(run, each.person, path, body, "transfer")

    async def defer(each: Deferral) -> None:
        path = f"/enrolments/{run.enrolments[each.person]}"
        body = {"reason": each.reason, "until": each.until}
        await _post(run, each.person, f"{path}/defer", body, "defer")
        if each.resumed:
            await _post(run, each.person, f"{path}/resume", {}, "resume")

    async def withdraw(each: Withdrawal) -> None:
        path = f"/enrolments/{run.enrolments[each.person]}/withdraw"
        await _post(run, each.person, path, {"reason": each.reason}, "withdraw")

    await run.each("Transfers", moves.transfers, transfer, together=4)
    await run.each("Deferrals", moves.deferrals, defer, together=4)
    await run.each("Withdrawals", moves.withdrawals, withdraw, together=4)


async def _post(run: Run, at: int, path: str, body: object, what: str) -> None:
    await run.client.post("enrolment", path, run.admin(at), body, key=run.key(what, at))
