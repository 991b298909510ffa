"""`npp verify` against what was frozen: each version, and each moment, by the log up to there."""

from datetime import UTC, date, datetime

from npp_ops.simulate.log.told import read
from npp_ops.simulate.verify import cuts
from npp_ops.simulate.verify.comparison import Comparison

from .given import Person, people, workforce
from .returning import ReturnWorld
from .verifying import ACTORS, asking
from .world import NATION

MAY = datetime(2026, 5, 4, 9, tzinfo=UTC)
JUNE = datetime(2026, 6, 8, 9, tzinfo=UTC)


async def verified(world: ReturnWorld) -> Comparison:
    log, found = await read(world.servers), Comparison(0, [])
    for each in await cuts.frozen(world.url):
        await cuts.compare(asking(world), ACTORS, log, each, found)
    return found


async def test_each_version_and_each_moment_is_what_its_cut_of_the_log_comes_to(
    returns: ReturnWorld,
) -> None:
    early, late = workforce("kent", 100, date(2026, 5, 1)), workforce("kent", 80, date(2026, 5, 1))
    everybody = [*people(12, "kent"), *people(3, "essex")]
    for one in everybody:
        scores = [one.result("baseline", 41.5), one.result("final", 83.25)]
        await returns.happens(*one.certified()[:4], *one.attended(), *scores, recorded=MAY)
    await returns.happens(early, recorded=MAY)
    first = await returns.opened("2026-06-10")
    told_late = everybody[0].completed("a", date(2026, 5, 3))
    mover = Person("kent")
    await returns.happens(late, told_late, everybody[1].signed(), recorded=JUNE)
    await returns.happens(*mover.certified(), mover.transferred("essex"))
    assert await returns.corrected(first) == 2
    for body in ({"known_at": "2026-05-05T00:00:00Z"}, {"about": "2026-05-05"}):
        assert (await returns.post("/as-at", body, **NATION)).status_code == 202
        await returns.freeze()

    found = await verified(returns)

    assert [str(each) for each in found.differences] == []
    assert found.compared > 20_000
    await returns.run("ALTER TABLE cut_figures DISABLE TRIGGER frozen")
    sql = "UPDATE cut_figures SET document = replace(document, :old, :new)"
    only = "WHERE sight = 'kent' AND figure = 'headline'"
    await returns.run(f"{sql} {only}", old=":80,", new=":81,")
    wrong = {each.where for each in (await verified(returns)).differences}
    assert wrong == {
        f"/returns/{first}/versions/2 kent headline 1 {each}"
        for each in ("denominator.value", "kent denominator")
    }
