"""What the SDK does without a host. guests/conformance_python tests it with one."""

import subprocess
import sys
import unittest
from contextlib import redirect_stderr
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import flux
from flux import _handlers, _json, _rows, clock, db, kv, log, queue, random


class Readme(unittest.TestCase):
    def test_its_example_greets(self) -> None:
        text = Path(__file__).parents[1].joinpath("README.md").read_text(encoding="utf-8")
        with patch.dict(_handlers.registered, clear=True):
            exec(text.split("```python\n")[1].split("```")[0], {})
            response = _handlers.answer(flux.Request("GET", "/hello/Ada"))
        self.assertEqual((response.status, response.body), (200, b"hello Ada\n"))


class Requests(unittest.TestCase):
    def test_absent_is_not_empty(self) -> None:
        request = flux.Request("GET", "/", query="a=", headers=[("x-empty", "")])
        self.assertEqual(request.query_param("a"), "")
        self.assertIsNone(request.query_param("b"))
        self.assertEqual(request.header("X-Empty"), "")
        self.assertIsNone(request.header("x-other"))

    def test_pairs_of_a_query_keep_their_order_and_empty_values(self) -> None:
        request = flux.Request("GET", "/", query="a=1&b&&a=2=3&c=")
        expected = [("a", "1"), ("b", ""), ("a", "2=3"), ("c", "")]
        self.assertEqual(list(request.query_params()), expected)

    def test_escapes_are_decoded(self) -> None:
        for text, expected in [
            ("a+b%20c", "a b c"),
            ("%E2%82%AC", "€"),
            ("100%", "100%"),
            ("%4", "%4"),
            ("%zz%41", "%zzA"),
            ("%ff", "\ufffd"),
        ]:
            self.assertEqual(flux.Request("GET", "/", query=f"a={text}").query_param("a"), expected)

    def test_a_body_that_is_no_json_is_a_400(self) -> None:
        for body in (b"", b"{", b"NaN", b"1e999", b'"\\ud800"', b"\xff", "\ufeff1".encode()):
            with self.assertRaises(flux.HttpError) as raised:
                flux.Request("POST", "/", body=body).json()
            self.assertEqual(raised.exception.status, 400)


class Json(unittest.TestCase):
    def test_it_has_no_spaces_and_no_escapes_but_the_needed(self) -> None:
        value = {"a": ["é🦀\u2028/", 'q"\\\n\x01\x7f'], "b": None, "c": 2**63}
        expected = '{"a":["é🦀\u2028/","q\\"\\\\\\n\\u0001\x7f"],"b":null,"c":9223372036854775808}'
        self.assertEqual(_json.dump(value), expected.encode())

    def test_numbers_are_written_as_in_every_language(self) -> None:
        for number, text in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e16"),
            (-1.5e300, "-1.5e300"),
            (0.0001, "0.0001"),
            (-1.25e-5, "-0.0000125"),
            (1e-6, "1e-6"),
            (5e-324, "5e-324"),
        ]:
            with self.subTest(text):
                self.assertEqual(_json.dump([number]), f"[{text}]".encode())

    def test_a_text_that_looks_like_a_number_stays_as_it_is(self) -> None:
        value = {"1e-07": ['"1e+16', "\\", 1e-07, "a\\e-05"]}
        expected = b'{"1e-07":["\\"1e+16","\\\\",1e-7,"a\\\\e-05"]}'
        self.assertEqual(_json.dump(value), expected)

    def test_a_dataclass_is_an_object_of_its_fields_in_their_order(self) -> None:
        @dataclass
        class Page:
            orders: list["Page"]
            next: str | None

        self.assertEqual(
            flux.Response.json(200, Page([Page([], "a")], None)).body,
            b'{"orders":[{"orders":[],"next":"a"}],"next":null}',
        )

    def test_what_has_no_json_is_an_error_of_its_own(self) -> None:
        for value in (float("nan"), b"bytes", "\ud800", object(), {1: {2}}):
            with self.assertRaises(flux.JsonError):
                _json.dump(value)


class Router(unittest.TestCase):
    def setUp(self) -> None:
        self.router = flux.Router()

        @self.router.get("/orders/{id}")
        def one(request: flux.Request, id: str) -> flux.Response:
            return flux.Response.text(200, f"{id} {request.param('id')}")

    def test_a_segment_in_braces_is_an_argument(self) -> None:
        response = self.router(flux.Request("GET", "/orders/a%20b"))
        self.assertEqual(response.body, b"a b a b")

    def test_what_fits_no_route_is_a_404(self) -> None:
        for method, path in [("POST", "/orders/1"), ("GET", "/orders"), ("GET", "/orders/1/2")]:
            with self.assertRaises(flux.HttpError) as raised:
                self.router(flux.Request(method, path))
            self.assertEqual(raised.exception.status, 404)


class Handlers(unittest.TestCase):
    def answer(self, handler: object) -> flux.Response:
        with patch.dict(_handlers.registered, {"http": handler}):
            return _handlers.answer(flux.Request("GET", "/"))

    def test_a_problem_is_json_in_a_fixed_order(self) -> None:
        def handle(request: flux.Request) -> flux.Response:
            raise flux.HttpError(404, "no order `7`")

        response = self.answer(handle)
        expected = b'{"title":"Not Found","status":404,"detail":"no order `7`"}'
        self.assertEqual((response.status, response.body), (404, expected))
        self.assertEqual(response.headers, [("content-type", "application/problem+json")])

    def test_what_an_error_says_is_for_the_log_and_not_for_the_client(self) -> None:
        def handle(request: flux.Request) -> flux.Response:
            raise kv.Denied("secret place")

        with redirect_stderr(StringIO()) as said:
            response = self.answer(handle)
        detail = b'"detail":"the request could not be handled"'
        self.assertEqual(response.status, 500)
        self.assertIn(detail, response.body)
        expected = "error the handler failed error=the bucket is denied: secret place\n"
        self.assertEqual(said.getvalue(), expected)

    def test_a_bug_is_no_answer(self) -> None:
        with self.assertRaises(ZeroDivisionError):
            self.answer(lambda request: 1 / 0)
        with self.assertRaisesRegex(TypeError, "returned NoneType"):
            self.answer(lambda request: None)
        with self.assertRaisesRegex(TypeError, "the body must be bytes or str, and is int"):
            self.answer(lambda request: flux.Response(200, [], 1))  # type: ignore[arg-type]

    def test_an_error_asks_for_a_retry_with_its_causes(self) -> None:
        @_json.speaks_json
        def run(job: flux.Job) -> None:
            raise queue.TooLarge from ValueError("why")

        registered = patch.dict(_handlers.registered, {"job": run})
        with registered, self.assertRaises(flux.Retry) as raised:
            _handlers.run(flux.Job("1", "q", b""))
        text = "the call failed: the payload is too large for the queue: why"
        self.assertEqual(raised.exception.why, text)

    def test_a_payload_that_is_no_json_is_discarded(self) -> None:
        with self.assertRaises(flux.Discard):
            flux.Job("1", "q", b"{").json()

    def test_a_second_handler_is_refused(self) -> None:
        with patch.dict(_handlers.registered), self.assertRaises(ValueError):
            flux.job(lambda job: None)
            flux.job(lambda job: None)


class Rows(unittest.TestCase):
    rows = _rows.Rows(["id", "note", "yes"], [[7, None, 1]])

    def test_columns_are_read_by_name_and_type(self) -> None:
        row = self.rows.first()
        assert row is not None
        self.assertEqual((row["id"], row.get("id", int), row.get("id", float)), (7, 7, 7.0))
        self.assertIsNone(row.optional("note", str))
        self.assertIs(row.get("yes", bool), True)

    def test_an_error_names_the_column(self) -> None:
        row = next(iter(self.rows))
        with self.assertRaisesRegex(db.DecodeError, "^the query returned no column `nope`$"):
            row["nope"]
        with self.assertRaisesRegex(db.DecodeError, "^column `note` should be text, and is null$"):
            row.get("note", str)
        with self.assertRaisesRegex(db.DecodeError, "should be a boolean, and is an integer"):
            row.get("id", bool)


class Clock(unittest.TestCase):
    def test_dates_are_written_as_rfc_3339(self) -> None:
        for seconds, nanoseconds, text in [
            (0, 0, "1970-01-01T00:00:00.000Z"),
            (951_782_399, 999_999_999, "2000-02-28T23:59:59.999Z"),
            (951_782_400, 1_000_000, "2000-02-29T00:00:00.001Z"),
            (1_795_241_880, 120_000_000, "2026-11-21T06:18:00.120Z"),
            (4_107_542_400, 0, "2100-03-01T00:00:00.000Z"),
            (253_402_300_800, 0, "10000-01-01T00:00:00.000Z"),
        ]:
            self.assertEqual(str(clock.DateTime(seconds, nanoseconds)), text)

    def test_milliseconds_are_cut_off_not_rounded(self) -> None:
        time = clock.DateTime(1, 999_999_999)
        self.assertEqual(time.unix_millis(), 1999)
        self.assertEqual(time.to_datetime().isoformat(), "1970-01-01T00:00:01.999999+00:00")


class OutsideTheHost(unittest.TestCase):
    def test_a_call_says_what_it_is(self) -> None:
        for call in (lambda: kv.open("main"), clock.now, random.uuid_v4):
            with self.assertRaisesRegex(flux.OutsideHost, "is the host's, and this is"):
                call()

    def test_a_value_that_the_contract_has_not_is_refused_before_the_call(self) -> None:
        bucket = kv.Bucket(None)
        with self.assertRaisesRegex(OverflowError, "by must be from -9223372036854775808 to"):
            bucket.increment("n", 2**63)
        with self.assertRaisesRegex(TypeError, "by must be int, and is bool"):
            bucket.increment("n", True)
        with self.assertRaisesRegex(OverflowError, "delay_ms must be from 0 to"):
            queue.send("q", b"", delay_ms=-1)
        with self.assertRaises(UnicodeEncodeError):
            kv.open("\ud800")

    def test_log_lines_go_to_stderr(self) -> None:
        with redirect_stderr(StringIO()) as said:
            log.warn("two", n=2, yes=True, absent=None)
        self.assertEqual(said.getvalue(), "warn two n=2 yes=true\n")

    def test_a_call_at_start_up_is_refused_when_a_guest_is_built(self) -> None:
        source = "from flux import _host, log\n_host.begin_build()\nlog.info('x')"
        command = [sys.executable, "-c", source]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertIn("the top level of a module runs when the guest is built", done.stderr)


class Values(unittest.TestCase):
    def test_a_uuid_has_its_version_and_variant(self) -> None:
        self.assertEqual(random._uuid(bytes(16)), "00000000-0000-4000-8000-000000000000")
        self.assertEqual(random._uuid(b"\xff" * 16), "ffffffff-ffff-4fff-bfff-ffffffffffff")


if __name__ == "__main__":
    unittest.main()
