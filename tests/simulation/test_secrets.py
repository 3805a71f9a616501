"""A key goes to the server and nowhere else, whether it is given alone or inside a URL."""

from __future__ import annotations

import logging
import traceback

import pytest
from simulation.model_server import fails, model_server, says

from nbrepro.errors import RequestError
from nbrepro.simulation.models.addresses import Address
from nbrepro.simulation.models.cached import Cached
from nbrepro.simulation.models.endpoint import KEY_VARIABLES, Endpoint
from nbrepro.simulation.models.protocol import Message, Prompt, Role
from nbrepro.simulation.models.recorded import Recorder
from nbrepro.simulation.models.retrying import Patience

QUESTION = Prompt((Message(Role.USER, "2 + 2?"),))
SECRET = "sk-very-secret/1"


def places(url):
    """Where a secret may stand: settings of the endpoint."""
    return {
        "key": {"url": url, "key": SECRET},
        "password": {"url": url.replace("://", "://somebody:sk-very-secret%2F1@")},
        "query": {"url": f"{url}?api-version=3&api-key=sk-very-secret%2F1"},
    }


def echoes(handler):
    """Refuse the request with everything that was sent, as debugging servers do."""
    fails(401, f"wrong: {SECRET} {handler.received.headers['authorization']} {handler.received.path}")(handler)


@pytest.mark.parametrize("place", ["key", "password", "query"])
def test_a_secret_reaches_the_server_and_nothing_else(place, tmp_path, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    with model_server(echoes, fails(503, SECRET), says("it is 4")) as server:
        settings = places(server.url)[place]
        endpoint = Endpoint("small", **settings, patience=Patience(3, 0.001))
        model = Recorder(Cached(endpoint, tmp_path / "cache"), tmp_path / "answers.jsonl")
        refused, answered = model.complete(QUESTION), model.complete(QUESTION)
        model.complete(QUESTION)
        endpoint.close()
    shown = [repr(endpoint), str(endpoint), endpoint.address, repr(model), repr(refused), repr(answered)]
    sent = [request.path + str(dict(request.headers)) for request in server.received]
    assert len(sent) == 3
    assert all("secret" in text or "c29tZWJvZHk6" in text for text in sent)  # the second is base64 of the user's name
    assert answered.text == "it is 4"
    assert "[secret]" in refused.problem
    written = [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) == 2
    logged = [record.getMessage() + str(record.args) for record in caplog.records]
    assert any("/chat/completions" in text for text in logged)
    for text in [*shown, *written, *logged, caplog.text, *capfd.readouterr()]:
        assert "very-secret" not in text
        assert "c29tZWJvZHk6" not in text


@pytest.mark.parametrize("place", ["password", "query"])
def test_the_cache_does_not_tell_credentials_apart(place, tmp_path):
    with model_server(says("4")) as server:
        for settings in (places(server.url)[place], {"url": server.url}):
            with Endpoint("small", **settings) as endpoint:
                assert Cached(endpoint, tmp_path).complete(QUESTION).text == "4"
    assert len(server.received) == 1


@pytest.mark.parametrize("url", ["http://somebody:very-secret@[::1/v1", "ftp://somebody:very-secret@x/v1", "http://x:very-secret/v1"])
def test_an_address_that_is_refused_is_not_shown(url):
    with pytest.raises(RequestError) as caught:
        Endpoint("small", url)
    assert "very-secret" not in "".join(traceback.format_exception(caught.value)).replace(repr(url), "").replace(url, "")
    assert "very-secret" not in str(caught.value)


@pytest.mark.parametrize("key", ["very-secret\nX: 1", "“very-secret”", "very\x00secret"])
def test_a_key_that_no_header_can_hold_is_refused_without_being_shown(key):
    with pytest.raises(RequestError, match="the key has characters") as caught:
        Endpoint("small", "http://127.0.0.1:9/v1", key)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("variable", KEY_VARIABLES)
def test_the_key_comes_from_the_environment(variable, monkeypatch):
    for name in KEY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, f"{SECRET}\n")
    with model_server(says("4")) as server, Endpoint("small", server.url) as endpoint:
        assert endpoint.complete(QUESTION).text == "4"
    assert server.received[0].headers["authorization"] == f"Bearer {SECRET}"


def test_ours_comes_before_the_common_one(monkeypatch):
    for name in KEY_VARIABLES:
        monkeypatch.setenv(name, f"key-of-{name}")
    with model_server(says("4")) as server, Endpoint("small", server.url) as endpoint:
        endpoint.complete(QUESTION)
    assert server.received[0].headers["authorization"] == "Bearer key-of-NBREPRO_MODEL_KEY"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1"),
        ("https://example.org/v1/", "https://example.org/v1"),
        ("https://a:b@example.org:444/v1?x=1#y", "https://example.org:444/v1"),
        ("http://user@[::1]:8000/v1", "http://[::1]:8000/v1"),
        ("HTTPS://Example.org", "https://example.org"),
    ],
)
def test_what_is_shown_of_an_address(url, shown):
    assert Address.parse(url).shown == shown
