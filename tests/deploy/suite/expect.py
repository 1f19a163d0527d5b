"""What a case says when it isn't so."""


class Wrong(Exception):
    pass


def expect(condition, text):
    if not condition:
        raise Wrong(text)


def none_failed(result):
    """Of a load: at least one call, and none that failed."""
    expect(result["calls"] > 0, "no call was made")
    expect(not result["failed"], f"{sum(result['failed'].values())} of {result['calls']} calls failed: {result['failed']} {result['failed_at']}")


def described(result):
    return f"{result['calls']} calls, {sum(result['failed'].values())} failed, slowest {result['slowest_ms']} ms"
