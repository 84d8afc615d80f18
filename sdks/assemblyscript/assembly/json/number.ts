/**
 * A finite number as every Flux SDK writes it: `1.0`, `0.001`, `1e30`, `1.5e-7`. The digits are those of
 * AssemblyScript's own `toString`, which always read back as the same number.
 */
export function formatNumber(value: f64): string {
  if (value == 0) return reinterpret<i64>(value) < 0 ? "-0.0" : "0.0";
  const sign = value < 0 ? "-" : "";
  const parts = abs(value).toString().split("e");
  const point = parts[0].indexOf(".");
  const whole = point < 0 ? parts[0] : parts[0].substring(0, point);
  const fraction = point < 0 ? "" : parts[0].substring(point + 1);
  const all = whole + fraction;
  const digits = trimmed(all);
  // Where the point is, counted from the first digit that is not zero.
  const exponent = parts.length > 1 ? <i32>parseInt(parts[1]) : 0;
  return sign + layout(digits, whole.length + exponent - leadingZeros(all));
}

function layout(digits: string, point: i32): string {
  if (point >= digits.length && point <= 16) return digits.padEnd(point, "0") + ".0";
  if (point > 0 && point <= 16) return `${digits.substring(0, point)}.${digits.substring(point)}`;
  if (point > -5 && point <= 0) return `0.${"0".repeat(-point)}${digits}`;
  const fraction = digits.length > 1 ? `.${digits.substring(1)}` : "";
  return `${digits.charAt(0)}${fraction}e${point - 1}`;
}

/** Without zeros at either end. */
function trimmed(digits: string): string {
  let end = digits.length;
  while (digits.charCodeAt(end - 1) == 0x30) --end;
  return digits.substring(leadingZeros(digits), end);
}

function leadingZeros(digits: string): i32 {
  let count = 0;
  while (digits.charCodeAt(count) == 0x30) ++count;
  return count;
}
