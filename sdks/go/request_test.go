package flux

import (
	"errors"
	"slices"
	"testing"
)

func TestAbsentIsNotEmpty(t *testing.T) {
	request := Request{
		RawQuery: new("a=&c"),
		Headers:  Headers{{"x-empty", ""}},
		Params:   []Header{{"id", ""}},
	}
	there := func(value string, there bool) bool { return there && value == "" }
	if !there(request.Query("a")) || !there(request.Query("c")) || there(request.Query("b")) {
		t.Error("queries")
	}
	if !there(request.Header("X-Empty")) || there(request.Header("x-other")) {
		t.Error("headers")
	}
	if !there(request.Param("id")) || there(request.Param("other")) {
		t.Error("parameters")
	}
	if _, set := (&Request{}).Query("a"); set {
		t.Error("a request without a query")
	}
}

func TestPairsOfAQueryKeepTheirOrderAndEmptyValues(t *testing.T) {
	request := Request{RawQuery: new("a=1&b&&a=2=3&c=")}
	expected := []Header{{"a", "1"}, {"b", ""}, {"a", "2=3"}, {"c", ""}}
	if pairs := request.QueryAll(); !slices.Equal(pairs, expected) {
		t.Errorf("%v", pairs)
	}
}

func TestEscapesOfAQueryAreDecoded(t *testing.T) {
	cases := map[string]string{
		"a+b%20c":   "a b c",
		"%E2%82%AC": "€",
		"%e2%82%ac": "€",
		"100%":      "100%",
		"%4":        "%4",
		"%zz%41":    "%zzA",
		"%ff%fe":    "\ufffd\ufffd",
	}
	for text, expected := range cases {
		request := Request{RawQuery: new("a=" + text)}
		if value, _ := request.Query("a"); value != expected {
			t.Errorf("%s is %q", text, value)
		}
	}
}

func TestHeadersKeepTheirOrderAndTheFirstIsFound(t *testing.T) {
	var headers Headers
	headers.Add("accept", "a")
	headers.Add("Accept", "b")
	if value, found := headers.Get("ACCEPT"); !found || value != "a" {
		t.Errorf("%q, %v", value, found)
	}
	if !slices.Equal(headers, Headers{{"accept", "a"}, {"Accept", "b"}}) {
		t.Errorf("%v", headers)
	}
}

func TestABodyThatDoesNotFitIsA400(t *testing.T) {
	var number int
	for _, body := range []string{"", "{", "NaN", `"1"`, "1.5", "\xff", "1 2"} {
		request := Request{Body: []byte(body)}
		problem, ok := errors.AsType[*Error](request.JSON(&number))
		if !ok || problem.Status != 400 {
			t.Errorf("%q: %v", body, problem)
		}
	}
	request := Request{Body: []byte("\xff")}
	if _, err := request.Text(); err == nil {
		t.Error("text that is no UTF-8 is read")
	}
}

func TestNumbersOf64BitsAreExact(t *testing.T) {
	var numbers []int64
	text := "[9007199254740993,-9223372036854775808]"
	if err := (&Request{Body: []byte(text)}).JSON(&numbers); err != nil {
		t.Fatal(err)
	}
	response, err := JSON(200, numbers)
	if err != nil || string(response.Body) != text {
		t.Errorf("%v, %v", response, err)
	}
}
