package clock

import (
	"testing"
	"time"
)

func TestDatesAreWrittenAsRFC3339(t *testing.T) {
	cases := map[time.Time]string{
		time.Unix(0, 0):                    "1970-01-01T00:00:00.000Z",
		time.Unix(951782399, 999999999):    "2000-02-28T23:59:59.999Z",
		time.Unix(951782400, 1000000):      "2000-02-29T00:00:00.001Z",
		time.Unix(1795241880, 120_000_000): "2026-11-21T06:18:00.120Z",
	}
	for instant, expected := range cases {
		if text := Format(instant); text != expected {
			t.Errorf("%s should be %s", text, expected)
		}
	}
}
