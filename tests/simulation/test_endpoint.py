"""Endpoints are asked over real connections: a server on this machine does what servers do, good and bad."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from simulation.model_server import breaks_off, chunk, event, fails, hangs_up, model_server, says, sends, whole

from nbrepro.errors import RequestError
from nbrepro.simulation.models.endpoint import KEY_VARIABLES, URL_VARIABLES, Endpoint
from nbrepro.simulation.models.protocol import Message, Prompt, Role, Sampling, Usage
from nbrepro.simulation.models.retrying import Failure, Patience, wanted_pause

QUESTION = Prompt((Message(Role.SYSTEM, "Be brief."), Message(Role.USER, "2 + 2?")), Sampling(max_tokens=50, seed=7, stop=("END",)))
CONSTRAINED = Prompt((Message(Role.USER, "2 + 2?"),), schema={"type": "object", "properties": {"output": {"type": "string"}}})
HASTY = Patience(retries=2, first=0.001, longest=5)


@pytest.fixture(autouse=True)
def _nothing_from_outside(monkeypatch):
    for name in (*KEY_VARIABLES, *URL_VARIABLES, "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


def ask(*scenes, prompt=QUESTION, **settings):
    """What one prompt brings, and what the server received for it."""
    with model_server(*scenes) as server, Endpoint("small", server.url, **{"patience": HASTY, **settings}) as endpoint:
        return endpoint.complete(prompt), server.received


@pytest.mark.parametrize("streams", [True, False], ids=["streamed", "whole"])
def test_an_answer_comes_with_its_end_and_its_usage(streams):
    completion, (received,) = ask(says("it is 4", streams=streams))
    assert (completion.text, completion.finish, completion.problem) == ("it is 4", "stop", None)
    assert (completion.usage, completion.attempts, completion.left_out) == (Usage(10, 3), 1, ())
    assert completion.is_complete
    assert received.path == "/v1/chat/completions"
    assert received.body["messages"] == [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "2 + 2?"}]
    kept = {name: received.body[name] for name in ("model", "temperature", "max_tokens", "seed", "stop")}
    assert kept == {"model": "small", "temperature": 0.0, "max_tokens": 50, "seed": 7, "stop": ["END"]}


def test_an_answer_that_reached_the_limit_says_so():
    completion, _ = ask(says("it is", finish="length"))
    assert (completion.text, completion.finish, completion.problem, completion.is_complete) == ("it is", "length", None, False)


def test_a_model_that_thought_up_to_the_limit_has_no_text_and_no_problem():
    completion, _ = ask(sends(whole("", finish="length")))
    assert (completion.text, completion.finish, completion.problem) == ("", "length", None)


def test_separators_of_unicode_do_not_cut_an_answer():
    text = "a\u2028b\u0085c\x1cd"
    assert ask(says(text))[0].text == text


@pytest.mark.parametrize(
    ("content", "content_type", "slug", "text"),
    [
        (b'{"choices": [', "application/json", "malformed", ""),
        (b"<html>busy</html>", "text/html", "malformed", ""),
        (b"", "application/json", "malformed", ""),
        (b"[1, 2]", "application/json", "malformed", ""),
        (b'{"choices": []}', "application/json", "no-choice", ""),
        (b'{"choices": null, "usage": 3}', "application/json", "no-choice", ""),
        (whole(""), "application/json", "empty", ""),
        (whole(None, finish="tool_calls"), "application/json", "empty", ""),
        (whole("part of it", finish="content_filter"), "application/json", "filtered", "part of it"),
        (
            b'{"choices": [{"message": {"refusal": "no"}, "finish_reason": "stop"}]}',
            "application/json",
            "refused",
            "",
        ),
        (b'{"error": {"message": "the model is not loaded"}}', "application/json", "server-error", ""),
        (whole("4"), "text/plain", "", "4"),
        (whole("4"), "text/event-stream", "", "4"),
        (chunk("4") + chunk(finish="stop"), "application/json", "", "4"),
        (chunk("4") + event(b"[DONE]"), "text/event-stream", "", "4"),
        (chunk("4").replace(b"\n\n", b"\n") + chunk(finish="stop"), "text/event-stream", "", "4"),
        (b": waiting\n\nevent: message\n" + chunk("4") + chunk(finish="stop"), "text/event-stream", "", "4"),
        (chunk("4") + event(b"{rubbish") + chunk("2", "stop") + event(b"[DONE]"), "text/event-stream", "malformed", "42"),
        (chunk("4") + event({"error": {"message": "out of memory"}}), "text/event-stream", "server-error", "4"),
        (b'{"choices": [{"message": {"content": [{"type": "text", "text": "4"}]}, "finish_reason": "stop"}]}', "application/json", "", "4"),
        (b"\xff\xfe{}", "application/json", "malformed", ""),
    ],
)
def test_whatever_a_server_sends_is_an_answer_or_a_problem(content, content_type, slug, text):
    completion, received = ask(sends(content, content_type))
    assert (completion.slug, completion.text, len(received)) == (slug, text, 1)
    assert completion.is_complete == (not slug)


@pytest.mark.parametrize(
    "scene", [breaks_off(chunk("it "), chunk("is")), sends(chunk("it ") + chunk("is"), "text/event-stream")], ids=["broken", "ended"]
)
def test_a_connection_that_breaks_leaves_what_came(scene):
    completion, received = ask(scene)
    assert (completion.text, completion.finish, completion.slug) == ("it is", "cut-off", "cut-off")
    assert completion.attempts == len(received) == 3


def test_an_answer_after_one_that_broke_off_takes_its_place():
    completion, _ = ask(breaks_off(chunk("it is probably")), says("4"))
    assert (completion.text, completion.finish, completion.problem, completion.attempts) == ("4", "stop", None, 2)


def test_a_stream_that_breaks_after_its_end_is_whole():
    completion, received = ask(breaks_off(chunk("4"), chunk(finish="stop")))
    assert (completion.text, completion.problem, len(received)) == ("4", None, 1)


@pytest.mark.parametrize("scene", [fails(429), fails(408), fails(409), fails(500), fails(503), fails(529), hangs_up])
def test_what_may_pass_is_asked_again(scene):
    completion, received = ask(scene, scene, says("4"))
    assert (completion.text, completion.problem, completion.attempts, len(received)) == ("4", None, 3, 3)


def test_an_error_within_a_good_status_is_asked_again_when_its_code_may_pass():
    completion, _ = ask(sends(b'{"error": {"message": "overloaded", "code": 503}}'), says("4"))
    assert (completion.text, completion.attempts) == ("4", 2)


@pytest.mark.parametrize(
    ("status", "slug"), [(400, "bad-request"), (401, "unauthorized"), (403, "unauthorized"), (404, "not-found"), (413, "bad-request")]
)
def test_what_will_not_pass_is_asked_once(status, slug):
    completion, received = ask(fails(status, "not so"))
    assert (completion.slug, completion.finish, completion.attempts, len(received)) == (slug, "error", 1, 1)
    assert f"{status} not so" in completion.problem


def test_an_account_without_money_is_not_asked_again():
    completion, received = ask(fails(429, "You exceeded your current quota", code="insufficient_quota"))
    assert (completion.slug, len(received)) == ("rate-limit", 1)


def test_a_server_that_fails_for_ever_is_given_up():
    completion, received = ask(fails(500, "broken"))
    assert (completion.slug, completion.text, completion.attempts, len(received)) == ("server-error", "", 3, 3)


def test_nobody_there_is_a_problem_that_names_the_address():
    with model_server(says("4")) as server:
        pass  # only its address is needed
    with Endpoint("small", server.url, patience=HASTY) as endpoint:
        completion = endpoint.complete(QUESTION)
    assert (completion.slug, completion.attempts) == ("connection", 3)
    assert server.url in completion.problem


def test_silence_is_a_time_out_and_keeps_what_came():
    with model_server() as server:
        server.scenes = [server.is_silent(), server.is_silent(chunk("it "))]
        with Endpoint("small", server.url, timeout=0.2, patience=Patience(1, 0.001)) as endpoint:
            completion = endpoint.complete(QUESTION)
    assert (completion.slug, completion.text, completion.finish, completion.attempts) == ("time-out", "it ", "cut-off", 2)


def test_an_answer_without_end_is_cut():
    def drips(handler):
        handler.begin_stream()
        for _ in range(2000):
            handler.stream(b": still thinking\n\n")

    completion, received = ask(drips, longest=0.0)
    assert (completion.slug, len(received)) == ("time-out", 1)


def test_an_answer_of_any_size_is_not_taken():
    def floods(handler):
        handler.begin_stream()
        for _ in range(100):
            handler.stream(b": nothing" * 100_000)

    completion, received = ask(floods)
    assert (completion.slug, len(received)) == ("malformed", 1)
    assert "16 MiB" in completion.problem


def test_the_pause_that_a_server_asks_for_is_kept():
    soon = format_datetime(datetime.now(UTC) - timedelta(seconds=5), usegmt=True)
    for header in ("0", "0.01", soon):
        completion, _ = ask(fails(429, Retry_After=header), says("4"))
        assert (completion.text, completion.attempts) == ("4", 2)
    completion, received = ask(fails(429, "come back tomorrow", Retry_After="86400"), says("4"))
    assert (completion.slug, len(received)) == ("rate-limit", 1)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "Sun, 22 Nov 2026 12:00:30 GMT"}, 30),
        ({"retry-after": "Sun, 22 Nov 2026 11:00:00 GMT"}, 0),
        ({"retry-after": "7", "retry-after-ms": "250"}, 0.25),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "nan"}, None),
        ({}, None),
    ],
)
def test_pauses_are_read_in_seconds_and_as_dates(headers, seconds):
    assert wanted_pause(headers, datetime(2026, 11, 22, 12, tzinfo=UTC)) == seconds


def test_pauses_double_and_are_drawn_from_the_whole_range():
    patience, failure = Patience(retries=9, first=1, longest=10), Failure("connection", "", is_passing=True)
    for attempt, bound in ((1, 1), (2, 2), (3, 4), (4, 8), (5, 10), (9, 10)):
        drawn = [patience.pause(failure, attempt) for _ in range(300)]
        assert 0 <= min(drawn) < bound / 4 < bound * 3 / 4 < max(drawn) <= bound
    assert patience.pause(failure, 10) is None


def test_a_schema_is_sent_as_the_form_of_the_answer():
    _, (received,) = ask(says("{}"), prompt=CONSTRAINED)
    described = received.body["response_format"]
    assert (described["type"], described["json_schema"]["schema"]) == ("json_schema", CONSTRAINED.schema)


@pytest.mark.parametrize("message", ["response_format is not supported", "invalid request"])
def test_a_server_that_refuses_schemas_is_asked_without_and_remembered(message):
    with model_server(fails(400, message), says("{}")) as server, Endpoint("small", server.url, patience=HASTY) as endpoint:
        first, second = endpoint.complete(CONSTRAINED), endpoint.complete(CONSTRAINED)
    assert (first.text, first.problem, first.attempts, first.left_out) == ("{}", None, 2, ("schema",))
    assert (second.attempts, second.left_out) == (1, ("schema",))
    assert ["response_format" in request.body for request in server.received] == [True, False, False]


def test_one_refused_schema_says_nothing_of_another():
    other = Prompt(CONSTRAINED.messages, schema={"type": "string"})
    with (
        model_server(fails(400, "this schema is too deep", param="response_format"), says("{}")) as server,
        Endpoint("small", server.url, patience=HASTY) as endpoint,
    ):
        endpoint.complete(CONSTRAINED)
        assert endpoint.complete(other).left_out == ()


@pytest.mark.parametrize(
    ("message", "param", "absent", "left_out"),
    [
        ("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.", "max_tokens", "max_tokens", ()),
        ("Only the default (1) value is supported.", "temperature", "temperature", ("temperature",)),
        ("Unsupported value: 'temperature' does not support 0 with this model.", None, "temperature", ("temperature",)),
        ("unknown field: seed", None, "seed", ("seed",)),
        ("'stop' is not supported with this model", "stop", "stop", ("stop",)),
        ("stream_options: extra fields not permitted", None, "stream_options", ()),
        ('"stream" must be false', None, "stream", ()),
    ],
)
def test_what_a_model_refuses_is_worded_anew(message, param, absent, left_out):
    completion, (first, second) = ask(fails(400, message, param=param), says("4"))
    assert (completion.text, completion.problem, completion.attempts, completion.left_out) == ("4", None, 2, left_out)
    assert absent in first.body
    assert absent not in second.body
    assert ("max_completion_tokens" in second.body) == (absent == "max_tokens")


@pytest.mark.parametrize(
    "message",
    [
        "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 3 instead.",
        "temperature must be in the range [0, 2]",
        "temperature must be non-negative, got -1.0.",
    ],
)
def test_a_number_that_is_wrong_is_not_left_out(message):
    completion, received = ask(fails(400, message, param="temperature"))
    assert (completion.slug, len(received)) == ("bad-request", 1)


def test_several_refusals_are_met_one_after_the_other():
    def play(handler):
        refused = [name for name in ("max_tokens", "temperature", "seed") if name in handler.received.body]
        (fails(400, f"'{refused[0]}' is unknown", param=refused[0]) if refused else says("4"))(handler)

    completion, received = ask(play)
    assert (completion.text, completion.left_out, completion.attempts, len(received)) == ("4", ("seed", "temperature"), 4, 4)


def test_a_prompt_that_is_too_long_is_not_worded_anew():
    completion, received = ask(fails(400, "maximum context length is 8192 tokens, reduce max_tokens or the schema"), prompt=CONSTRAINED)
    assert (completion.slug, len(received)) == ("bad-request", 1)


def test_a_prompt_that_cannot_be_sent_is_a_problem():
    completion, received = ask(says("4"), prompt=Prompt((Message(Role.USER, "half a pair: \ud800"),)))
    assert (completion.slug, received) == ("request", [])


@pytest.mark.parametrize("url", ["", "ftp://x/v1", "127.0.0.1:8000", "http://", "http://[::1/v1", "http://x:port/v1"])
def test_an_address_that_is_none_is_refused_at_once(url):
    if url:
        with pytest.raises(RequestError, match="URL"):
            Endpoint("small", url)
    else:
        with Endpoint("small", url) as endpoint:
            assert endpoint.address == "https://api.openai.com/v1"


def test_without_the_client_the_extra_is_named():
    code = """if True:
        import sys
        sys.modules["openai"] = None
        from nbrepro.errors import MissingExtraError
        from nbrepro.simulation.models.endpoint import Endpoint
        try:
            Endpoint("small")
        except MissingExtraError as error:
            print(error)
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "nbrepro[llm]" in done.stdout
