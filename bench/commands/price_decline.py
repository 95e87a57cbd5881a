"""``breakeven prices decline``: how fast equally good answers became cheaper, and what that rests on."""

from bench.catalog.apis import load_apis


def fit_decline(at: str | None) -> dict[str, object]:
    """The yearly decline as shares, and the staircases behind it; prices are USD per million tokens."""
    from bench.economics.api.price_decline import INPUT_PER_ANSWER, fit, staircases
    from bench.economics.assumptions.moment import now_or

    when = now_or(at)
    found = staircases([*load_apis().profiles.values()], at=when)
    decline = fit(found)
    return {
        "at": when.isoformat(),
        "value": float(decline.value),
        "low": float(decline.low),
        "high": float(decline.high),
        "input_tokens_per_answer_token": INPUT_PER_ANSWER,
        "staircases": [
            {
                "task": one.task,
                "setting": one.setting,
                "lowest_score": one.scores[0],
                "highest_score": one.scores[1],
                "steps": [
                    {"from": step.day, "api": step.api, "usd_per_mtok": step.usd_per_mtok}
                    for step in one.steps
                ],
                "watched_until": one.watched_until,
                "years": float(one.years),
                "decline": float(one.decline),
            }
            for one in found
        ],
    }
