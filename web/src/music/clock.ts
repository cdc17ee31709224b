// Times as text.

/** 0:19 */
export function clock(seconds: number): string {
  const whole = Math.floor(Math.max(0, seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** 0:10.2 */
export function clockTenths(seconds: number): string {
  const tenths = Math.round(Math.max(0, seconds) * 10);
  return `${clock(Math.floor(tenths / 10))}.${tenths % 10}`;
}

/** 0 minutes 10.2 seconds, for a screen reader. */
export function spokenTime(seconds: number): string {
  const tenths = Math.round(Math.max(0, seconds) * 10);
  return `${count(Math.floor(tenths / 600), "minute")} ${((tenths % 600) / 10).toFixed(1)} seconds`;
}

/** 1 second, 12 seconds */
export const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;
