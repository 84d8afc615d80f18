package json

import "testing"

func TestWhatNeedNotBeEscapedIsNot(t *testing.T) {
	cases := map[string]string{
		"<&>":                  `"<&>"`,
		"\u2028 \u2029":        "\"\u2028 \u2029\"",
		`\u2028`:               `"\\u2028"`,
		"\x01\x7f\b\f\n\r\t\"": "\"\\u0001\x7f\\b\\f\\n\\r\\t\\\"\"",
	}
	for value, expected := range cases {
		text, err := Marshal(value)
		if err != nil || string(text) != expected {
			t.Errorf("%q is %s, %v", value, text, err)
		}
	}
}

func TestJSONThatIsNotUTF8IsRefused(t *testing.T) {
	var text string
	if err := Unmarshal([]byte("\"\xff\""), &text); err == nil {
		t.Errorf("read %q", text)
	}
}
