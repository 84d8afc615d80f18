import { clock } from "../index";
import { equal } from "./expect";

export function timesAreRfc3339(): void {
  equal(new clock.Datetime(0, 0).toRfc3339(), "1970-01-01T00:00:00.000Z");
  equal(new clock.Datetime(951782400, 0).toRfc3339(), "2000-02-29T00:00:00.000Z");
  equal(new clock.Datetime(951868799, 999999999).toRfc3339(), "2000-02-29T23:59:59.999Z");
  equal(new clock.Datetime(1763705880, 123456789).toRfc3339(), "2025-11-21T06:18:00.123Z");
  equal(new clock.Datetime(4107542400, 0).toRfc3339(), "2100-03-01T00:00:00.000Z");
  equal(new clock.Datetime(253402300799, 0).toString(), "9999-12-31T23:59:59.000Z");
}

export function millisecondsAreCutOff(): void {
  assert(new clock.Datetime(1, 999999).unixMillis() == 1000);
}
