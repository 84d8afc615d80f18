const DAY: u64 = 86400;
const DAYS_FROM_MARCH_OF_YEAR_0: u64 = 719468;
const DAYS_OF_400_YEARS: u64 = 146097;

/** A point in time, UTC. */
export class Datetime {
  constructor(
    /** Whole seconds since the Unix epoch. */
    public seconds: u64,
    /** What lies between two seconds, below 1,000,000,000. */
    public nanoseconds: u32,
  ) {}

  /** Milliseconds since the Unix epoch; what is below them is cut off. */
  unixMillis(): u64 {
    return this.seconds * 1000 + this.nanoseconds / 1000000;
  }

  /**
   * RFC 3339 in UTC with milliseconds, such as `2026-11-21T06:18:00.123Z`: the form that every Flux SDK
   * writes. What is below milliseconds is cut off.
   */
  toRfc3339(): string {
    const second = this.seconds % DAY;
    const time = `${digits(second / 3600, 2)}:${digits((second / 60) % 60, 2)}:${digits(second % 60, 2)}`;
    return `${date(this.seconds / DAY)}T${time}.${digits(this.nanoseconds / 1000000, 3)}Z`;
  }

  /** As `toRfc3339`. */
  toString(): string {
    return this.toRfc3339();
  }
}

function digits(number: u64, width: i32): string {
  return number.toString().padStart(width, "0");
}

/**
 * The Gregorian date of a day since the epoch. Years are counted from March, so that the leap day is the
 * last of its year and every month's start is a linear function of its number.
 */
function date(days: u64): string {
  days += DAYS_FROM_MARCH_OF_YEAR_0;
  const era = days / DAYS_OF_400_YEARS;
  let day = days % DAYS_OF_400_YEARS;
  const year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
  day -= 365 * year + year / 4 - year / 100;
  const month = (5 * day + 2) / 153;
  day -= (153 * month + 2) / 5;
  const turn: u64 = month < 10 ? 0 : 1;
  const fromJanuary = turn ? month - 9 : month + 3;
  return `${digits(era * 400 + year + turn, 4)}-${digits(fromJanuary, 2)}-${digits(day + 1, 2)}`;
}
