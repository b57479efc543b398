"""Upload forms whose ticket was withdrawn (docs/adr/0022)."""

import time

import pytest

import wire
from clients import s3_code
from forms import BOUNDARY, Form, body_of
from samples import noise

KEY = "form/ticketed.png"
DATA = b"bytes of the file"


@pytest.fixture(autouse=True)
def clean(store):
    yield
    store.delete(KEY)


def refuses(store, form, status, code):
    """It is refused, and what is stored stays as it was."""
    before = store.get(KEY).get("Last-Modified"), store.keys()
    answer = form.send()
    assert (answer.status, s3_code(answer)) == (status, code), answer
    assert (store.get(KEY).get("Last-Modified"), store.keys()) == before
    return answer


def form_with(store, ticket=None, name="x-signpost-ticket"):
    return Form(store, key=KEY, fields=[(name, ticket)] if ticket else [])


def withdraw(store, *tags):
    answer = store.call("POST", "/photos", [("signpost-withdrawals", "")], body="".join(tag + "\n" for tag in tags).encode())
    assert answer.status == 204, answer


def test_a_form_whose_ticket_was_withdrawn_is_refused(store):
    ticket, other = "formOne1formTwo2", "formOne3formTwo2"
    assert form_with(store, ticket).send(DATA).status == 204
    assert store.get(KEY).body == DATA
    assert "x-signpost-ticket" not in {name.lower() for name, _ in store.get(KEY).headers}, "no field of the object"
    withdraw(store, "formOne1")
    assert b"withdrawn" in refuses(store, form_with(store, ticket), 403, "AccessDenied").body
    refuses(store, form_with(store, ticket, "X-Signpost-Ticket"), 403, "AccessDenied")
    assert form_with(store, other).send().status == 204
    withdraw(store, "formTwo2")
    refuses(store, form_with(store, other), 403, "AccessDenied")
    assert form_with(store).send().status == 204


def test_the_ticket_of_a_form_is_what_its_policy_says(store):
    """It can neither be left out, nor changed, nor added, nor said in another way."""
    withdraw(store, "formTre4")
    refuses(store, form_with(store, "formTre4").without("x-signpost-ticket"), 403, "AccessDenied")
    refuses(store, form_with(store, "formTre4").replace("x-signpost-ticket", "formTre5"), 403, "AccessDenied")
    refuses(store, form_with(store).add("x-signpost-ticket", "formTre5"), 403, "AccessDenied")
    refuses(store, form_with(store, "formTre4").add("X-Signpost-Ticket", "formTre5", first=True), 400, "MalformedPOSTRequest")


def test_a_form_that_is_withdrawn_while_its_file_comes_is_refused(store):
    form = form_with(store, "formSix8")
    assert form.send(DATA).status == 204
    body, changed = body_of(form.fields, noise(1000)), store.get(KEY).get("ETag")
    with wire.Connection(store.address) as connection:
        connection.send(wire.head("POST", "/photos", [
            ("Host", store.host), ("Content-Type", f"multipart/form-data; boundary={BOUNDARY}"), ("Content-Length", str(len(body))),
            ("Expect", "100-continue")]))
        assert connection.interim() == 100
        connection.send(body[:-1])
        time.sleep(0.3)  # the fields have been read by now
        withdraw(store, "formSix8")
        connection.send(body[-1:])
        answer = connection.response("POST")
    assert answer.status == 403 and s3_code(answer) == "AccessDenied", answer
    assert store.get(KEY).get("ETag") == changed


def test_a_withdrawn_form_is_refused_before_its_file_has_come(store):
    fields = form_with(store, "formFor6").fields
    withdraw(store, "formFor6")
    body = body_of(fields, noise(1000))
    with wire.Connection(store.address) as connection:
        connection.send(wire.head("POST", "/photos", [
            ("Host", store.host), ("Content-Type", f"multipart/form-data; boundary={BOUNDARY}"),
            ("Content-Length", str(len(body) + 1_000_000))]) + body)
        assert connection.response("POST").status == 403
