"""The control API: faults, the truth, call counts and a reset, for tests of a running simulator.

GET, POST, DELETE /_simulator/faults            the script; POST takes a Fault or a list of them
POST              /_simulator/faults/random     {"seed", "share", "kinds"}: see Faults.at_random
GET               /_simulator/truth?after=N     events after that sequence number
GET               /_simulator/calls             API calls by method and path
GET               /_simulator/records/<entity>  every record as it is
DELETE            /_simulator/records/<entity>/<id>   as when a person deletes it
POST              /_simulator/reset             empty account, no faults, no log, no counts
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import Field, TypeAdapter, ValidationError
from werkzeug.exceptions import BadRequest, NotFound

from connectors.simulation.faults import Fault, FaultKind

if TYPE_CHECKING:
    from connectors.simulation.simulator import Simulator

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Chance:
    """The arguments of Faults.at_random."""

    seed: int
    share: Annotated[float, Field(ge=0, le=1)]
    kinds: Annotated[list[FaultKind], Field(min_length=1)]


FAULTS = TypeAdapter(list[Fault])
CHANCE = TypeAdapter(Chance)

control = Blueprint("control", __name__, url_prefix="/_simulator")


def refuse_other_sites() -> ResponseReturnValue | None:
    """A page of another site must not reset a simulator through its visitor's browser."""
    origin = request.headers.get("Origin")
    if origin and urlsplit(origin).netloc != request.host:
        return jsonify(error="not from another site"), 403
    return None


control.before_request(refuse_other_sites)


@control.get("/faults")
def show_faults() -> Response:
    return jsonify([asdict(fault) for fault in _simulator().faults.pending])


@control.post("/faults")
def add_faults() -> ResponseReturnValue:
    body = request.get_json(force=True)
    faults = _checked(FAULTS.validate_python, body if isinstance(body, list) else [body])
    _simulator().faults.add(*faults)
    return show_faults(), 201


@control.post("/faults/random")
def set_chance() -> ResponseReturnValue:
    chance = _checked(CHANCE.validate_python, request.get_json(force=True))
    _simulator().faults.at_random(seed=chance.seed, share=chance.share, kinds=chance.kinds)
    return "", 204


@control.delete("/faults")
def clear_faults() -> ResponseReturnValue:
    _simulator().faults.clear()
    return "", 204


@control.get("/truth")
def show_truth() -> Response:
    after = request.args.get("after", 0, type=int)
    return jsonify([event.to_json() for event in _simulator().store.truth[after:]])


@control.get("/calls")
def show_calls() -> Response:
    return jsonify(dict(_simulator().calls))


@control.get("/records/<path:entity>")
def show_records(entity: str) -> Response:
    return jsonify(_simulator().store.all(entity))


@control.delete("/records/<path:entity>/<int:id>")
def delete_record(entity: str, id: int) -> ResponseReturnValue:
    if _simulator().store.get(entity, id) is None:
        raise NotFound
    _simulator().store.delete(entity, id)
    return "", 204


@control.post("/reset")
def reset() -> ResponseReturnValue:
    _simulator().reset()
    return "", 204


def _simulator() -> Simulator:
    return cast("Simulator", current_app)


def _checked(validate: Callable[[Any], T], body: Any) -> T:
    try:
        return validate(body)
    except ValidationError as error:
        raise BadRequest(
            response=Response(error.json(), 400, mimetype="application/json")
        ) from error
