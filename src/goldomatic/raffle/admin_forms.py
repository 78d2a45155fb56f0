"""The forms of the broadcaster's pages: what is done is told by the page that follows."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from litestar import Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from goldomatic.accounts.guard import account_of
from goldomatic.ledger.store import UnavailableError
from goldomatic.ledger.writer import unavailable
from goldomatic.raffle import acting, admin_view, history, weighing, weights
from goldomatic.raffle.admin import read_entry_id
from goldomatic.raffle.admin_page import dashboard
from goldomatic.raffle.admin_pages import PAGE, Wrong, bonus_step
from goldomatic.raffle.admin_view import PATH, Asked, Notice, Place, back_of, refusal
from goldomatic.raffle.sessions import session_name
from goldomatic.service import service_of
from goldomatic.values import Code, Refused, ViewerId
from goldomatic.web.errors import STATUS
from goldomatic.web.wire import AnyRequest

Form = dict[str, str]
Told = dict[str, str]
"""What the next page says was done: `done`, and numbers or ids that belong to it."""


async def _form(request: AnyRequest) -> Form:
    """The texts of a submitted form; a name that came twice counts once."""
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


def _back(form: Form) -> Asked:
    """The page that a form was sent from."""
    return back_of(form.get("back", ""))


def _to(asked: Asked, told: Told, place: str) -> Redirect:
    query = urlencode({**dict(parse_qsl(asked.query())), **told})
    return Redirect(f"{PATH}?{query}#{place}", status_code=303)


async def _answered(
    request: AnyRequest,
    form: Form,
    place: Place,
    work: Callable[[], Awaitable[Told]],
    *,
    failed: str = "",
    **kept: Any,
) -> Response[Any]:
    """Do the work and go back; a refusal is told on the page, with what was typed.

    `failed` names the sentence for what could not be written, where the place alone does not.
    """
    try:
        told = await work()
    except (Refused, UnavailableError) as stop:
        refused = stop if isinstance(stop, Refused) else unavailable()
        service_of(request).metrics.count_refusal(refused.code)
        notice = refusal(place, refused, failed)
        return await dashboard(request, _back(form), notice, status=STATUS[refused.code], **kept)
    return _to(_back(form), told, place)


@post(f"{PATH}/session/start", **PAGE)
async def start(request: AnyRequest) -> Response[Any]:
    """Begin a session."""
    service, form = service_of(request), await _form(request)
    name = form.get("name", "")

    async def work() -> Told:
        actor = account_of(request).viewer_id
        _, moved = await acting.start_session(service, session_name(name), actor)
        return {"done": "started", "n": str(moved)}

    return await _answered(request, form, "session", work, failed="start", name=name)


@post(f"{PATH}/session/end", **PAGE)
async def end(request: AnyRequest) -> Response[Any]:
    """End the session, after the question."""
    service, form = service_of(request), await _form(request)

    async def work() -> Told:
        actor = account_of(request).viewer_id
        await acting.end_session(service, reset=form.get("reset") == "on", actor=actor)
        return {"done": "ended"}

    return await _answered(request, form, "session", work, failed="end")


@post(f"{PATH}/submissions", **PAGE)
async def submissions(request: AnyRequest) -> Response[Any]:
    """Turn the switch."""
    service, form = service_of(request), await _form(request)
    is_open = form.get("open") == "true"

    async def work() -> Told:
        actor = account_of(request).viewer_id
        await acting.set_submissions(service, is_open=is_open, actor=actor)
        return {"done": "opened" if is_open else "closed"}

    return await _answered(request, form, "submissions", work)


@post(f"{PATH}/entries/{{entry_id:str}}/remove", **PAGE)
async def remove(request: AnyRequest, entry_id: FromPath[str]) -> Response[Any]:
    """Remove an entry, after the question."""
    service, form = service_of(request), await _form(request)

    async def work() -> Told:
        actor = account_of(request).viewer_id
        await acting.remove_entry(service, read_entry_id(entry_id), actor)
        return {"done": "removed"}

    return await _answered(request, form, "entries", work, failed="remove")


@post(f"{PATH}/entries/{{entry_id:str}}/played", **PAGE)
async def played(request: AnyRequest, entry_id: FromPath[str]) -> Response[Any]:
    """Use up bits and gifts of somebody whose demo was played, after the question."""
    service, form = service_of(request), await _form(request)

    async def work() -> Told:
        actor, number = account_of(request).viewer_id, read_entry_id(entry_id)
        entry = service.state.raffle.entries.durable.get(number)
        if entry is None:
            raise Refused(Code.ENTRY_NOT_FOUND, "Entry not found")
        await acting.demo_played(service, entry.viewer_id, actor)
        return {"done": "played", "id": entry.viewer_id}

    return await _answered(request, form, "entries", work)


@post(f"{PATH}/recalculate", **PAGE)
async def recalculate(request: AnyRequest) -> Response[Any]:
    """Compute all weights anew, after the question."""
    service, form = service_of(request), await _form(request)

    async def work() -> Told:
        processed = await acting.recalculate(service, account_of(request).viewer_id)
        return {"done": "recalculated", "n": str(processed)}

    return await _answered(request, form, "entries", work)


@post(f"{PATH}/bonus", **PAGE)
async def bonus(request: AnyRequest) -> Response[Any]:
    """Set a viewer's bonus of this session."""
    service, form = service_of(request), await _form(request)
    viewer_id, typed, who = (form.get(name, "") for name in ("id", "bonus", "who"))
    try:
        actor = account_of(request).viewer_id
        await weighing.change_bonus(service, ViewerId(viewer_id), typed, actor)
    except Refused as refused:
        notice = refusal("step", refused)
        wrong = Wrong(viewer_id, typed) if refused.code is Code.INVALID_BODY else None
        return await bonus_step(request, _back(form), who, notice, wrong)
    told = {"back": _back(form).query(), "who": who, "done": "bonus", "id": viewer_id}
    return Redirect(f"{PATH}/bonus?{urlencode(told)}", status_code=303)


@post(f"{PATH}/weights", **PAGE)
async def save_weights(request: AnyRequest) -> Response[Any]:
    """Try the numbers, or save them; nothing is saved over what somebody else has changed."""
    service, form = service_of(request), await _form(request)
    formula = admin_view.numbers_of(service)
    given, wrong = admin_view.given_numbers(form, formula), {}
    for name, value in given.items():
        try:
            weights.changed(formula.numbers, {name: value})
        except Refused as refused:
            wrong[name] = str(refused.details["rule"])
    recalculates = form.get("recalculate") == "on"
    kept: dict[str, Any] = {"recalculate": recalculates}
    notice, status = None, 200
    if wrong:
        notice, status = Notice(place="weights", code=Code.INVALID_SETTING.value), 400
    elif form.get("wish") == "try":
        kept["preview"] = (await weighing.previewed(service, given))[1]
    elif form.get("mark") != admin_view.mark_of(formula):
        kept["stale"], status = True, 409
    else:
        return await _save(request, form, given, recalculates=recalculates)
    filled = admin_view.weights_of(formula, form, wrong, **kept)
    return await dashboard(request, _back(form), notice, status=status, weights=filled)


async def _save(
    request: AnyRequest, form: Form, given: dict[str, object], *, recalculates: bool
) -> Response[Any]:
    service = service_of(request)

    async def work() -> Told:
        actor = account_of(request).viewer_id
        await weighing.change_numbers(service, given, actor, recalculate=recalculates)
        return {"done": "saved_recalculated" if recalculates else "saved"}

    formula = admin_view.numbers_of(service)
    filled = admin_view.weights_of(formula, form, recalculate=recalculates)
    return await _answered(request, form, "weights", work, weights=filled)


@post(f"{PATH}/draw", **PAGE)
async def draw(request: AnyRequest) -> Response[Any]:
    """Draw a winner and show it; where the wheel cannot turn, it is shown at once."""
    service, form = service_of(request), await _form(request)

    async def work() -> Told:
        actor = account_of(request).viewer_id
        drawn = await acting.draw(service, hidden=form.get("hide") == "on", actor=actor)
        return {"tab": "raffle", "draw": drawn.winner.draw_id}

    return await _answered(request, form, "wheel", work)


@post(f"{PATH}/draws/{{draw_id:str}}/reveal", **PAGE)
async def reveal(request: AnyRequest, draw_id: FromPath[str]) -> Response[Any]:
    """Show a hidden result to everybody."""
    service, form = service_of(request), await _form(request)

    async def work() -> Told:
        await history.require_draw(service, draw_id)
        await acting.reveal(service, draw_id)
        return {"done": "revealed"}

    return await _answered(request, form, "wheel", work)


ROUTES: Sequence[HTTPRouteHandler] = (
    start,
    end,
    submissions,
    remove,
    played,
    recalculate,
    bonus,
    save_weights,
    draw,
    reveal,
)
