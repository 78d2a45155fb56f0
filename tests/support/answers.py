"""How the tests read a refusal."""

import httpx2


def code(answer: httpx2.Response) -> tuple[int, str]:
    """Status and code of a refusal, whose one shape is checked."""
    body = answer.json()
    assert sorted(body) == ["code", "details", "message"]
    assert isinstance(body["message"], str)
    assert isinstance(body["details"], dict)
    assert answer.headers["content-type"].startswith("application/json")
    return answer.status_code, body["code"]
