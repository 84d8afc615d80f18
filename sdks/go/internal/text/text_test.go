package text

import "testing"

func TestWhatIsNoUTF8IsReplacedAsInEveryLanguage(t *testing.T) {
	cases := map[string]string{
		"":                             "",
		"é€🦀":                          "é€🦀",
		"\xff":                         "\ufffd",
		"\xff\xfe":                     "\ufffd\ufffd",
		"a\xe2\x82b":                   "a\ufffdb",
		"\xf0\x9f\xa6":                 "\ufffd",
		"\xe0\x80":                     "\ufffd\ufffd",
		"\xed\xa0\x80":                 "\ufffd\ufffd\ufffd",
		"\xc3\xc3\xa9":                 "\ufffdé",
		"\xf0\x9f\xa6\xf0\x9f\xa6\x80": "\ufffd🦀",
		"\ufffd":                       "\ufffd",
	}
	for text, expected := range cases {
		if valid := Lossy(text); valid != expected {
			t.Errorf("%q is %q, and should be %q", text, valid, expected)
		}
	}
}
