"""Says what pydantic found in the words of the person who wrote the file."""

import re
from collections.abc import Iterable, Mapping
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.settings_source import Place, Problem, Source, did_you_mean

Model = TypeVar("Model", bound=BaseModel)

_SENTENCES = {
    "missing": "is missing",
    "model_type": "must be a block of keys, each on its own line",
    "model_attributes_type": "must be a block of keys, each on its own line",
    "dict_type": "must be a block of keys, each on its own line",
    "list_type": "must be a list: [one, two], or lines that start with '- '",
    "tuple_type": "must be a list: [one, two], or lines that start with '- '",
    "bool_parsing": "must be true or false",
    "ip_v4_network": "must be an IP network such as 10.0.0.0/8",
    "ip_v6_network": "must be an IP network such as 10.0.0.0/8",
    "too_short": "must not be empty",
}


def validated(
    model: type[Model],
    value: Any,
    source: Source,
    *,
    place: Place = (),
    also: Iterable[str] = (),
    context: Mapping[str, Any] | None = None,
) -> tuple[Model | None, list[Problem]]:
    """Validate *value*, which stands at *place* in *source*; None if there are problems.

    Keys that *model* does not know are refused even where it would ignore them; *also* names keys
    that may be meant by a misspelt one. No message repeats a value that may be secret.
    """
    unknown = []
    if isinstance(value, dict):
        unknown = [
            source.problem(
                (*place, key),
                f"unknown key{did_you_mean(key, [*model.model_fields, *also])}",
                at_key=True,
            )
            for key in value
            if key not in model.model_fields
        ]
        value = {key: inner for key, inner in value.items() if key in model.model_fields}
    try:
        result = model.model_validate(value, context=dict(context or {}))
    except ValidationError as exc:
        errors = exc.errors(include_url=False)
        return None, [*unknown, *_merged(_problem(model, each, source, place) for each in errors)]
    return (None if unknown else result), unknown


def _problem(model: type[BaseModel], error: ErrorDetails, source: Source, place: Place) -> Problem:
    location = error["loc"]
    for word in location:
        # Words that the file does not have name a branch of a union, or mark a key.
        if (*place, word) in source.marks:
            place = (*place, word)
    if error["type"] == "missing":
        place = (*place, location[-1])
    at_key = error["type"] == "extra_forbidden" or location[-1:] == ("[key]",)
    return source.problem(place, _sentence(model, error), at_key=at_key)


def _sentence(model: type[BaseModel], error: ErrorDetails) -> str:
    match error["type"]:
        case "extra_forbidden":
            *path, key = error["loc"]
            return f"unknown key{did_you_mean(str(key), _keys_at(model, path))}"
        case "value_error":
            return str(error["ctx"]["error"])
        case "literal_error":
            words = re.findall(r"'([^']*)'", str(error["ctx"]["expected"]))
            hint = did_you_mean(str(error["input"]), words)
            return f"must be {error['ctx']['expected']}{hint}"
        case "string_type" if isinstance(error["input"], int | float):
            return "must be text; put it in quotes"
        case kind:
            told = error["msg"].replace("Input should be", "must be")
            return _SENTENCES.get(kind, told[:1].lower() + told[1:])


def _keys_at(model: type[BaseModel], path: Iterable[str | int]) -> list[str]:
    annotation: Any = model
    for word in path:
        annotation = _inside(annotation, word)
    found = _model_of(annotation)
    return list(found.model_fields) if found else []


def _inside(annotation: Any, word: str | int) -> Any:
    if (model := _model_of(annotation)) is not None:
        field = model.model_fields.get(str(word))
        return field.annotation if field else None
    arguments = get_args(annotation)
    return arguments[-1 if get_origin(annotation) is dict else 0] if arguments else None


def _model_of(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in {Annotated, Union, UnionType}:
        found = (_model_of(argument) for argument in get_args(annotation))
        return next((model for model in found if model is not None), None)
    return None


def _merged(problems: Iterable[Problem]) -> list[Problem]:
    # Each branch of a union complains on its own.
    by_place: dict[tuple[int, int, str], Problem] = {}
    for problem in problems:
        key = problem.line, problem.column, problem.place
        first = by_place.get(key)
        if first is not None and first.message != problem.message:
            problem = Problem(
                file=problem.file,
                line=problem.line,
                column=problem.column,
                place=problem.place,
                message=f"{first.message} or {problem.message}",
            )
        by_place[key] = problem
    return list(by_place.values())
