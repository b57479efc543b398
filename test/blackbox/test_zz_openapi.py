"""Everything that openapi.json describes has been seen to happen. Named to run after everything else; what is checked of each
answer is in contract.py."""

from pathlib import Path

import jsonschema
import pytest

from contract import CONTRACT

# Answers that no test can bring about from outside, each with the reason.
NOT_FROM_OUTSIDE = set()


def documented(document):
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if "responses" in operation:
                for status in operation["responses"]:
                    yield f"{method.upper()} {path}", int(status)


def test_every_documented_answer_was_given(gateway, request):
    everything = {file.name for file in Path(__file__).parent.glob("test_*.py")}
    if {item.path.name for item in request.session.items} != everything:
        pytest.skip("only a run of the whole suite can tell")
    document = gateway.get("/openapi.json").json()
    wanted = set(documented(document))
    assert len(wanted) > 50
    assert NOT_FROM_OUTSIDE <= wanted, "an exception for what is not documented"
    missing = sorted(wanted - CONTRACT.seen - NOT_FROM_OUTSIDE)
    assert not missing, "documented, but no test has seen it:\n" + "\n".join(f"{name} {status}" for name, status in missing)


def test_schemas_are_schemas(gateway):
    document = gateway.get("/openapi.json").json()
    for name, schema in document["components"]["schemas"].items():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema, name
