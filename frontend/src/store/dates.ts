/** Days are the user's own: a due date has no time and no zone. */
import { signal } from "@preact/signals";

const DAY = 24 * 3600 * 1000;

export function toDay(date: Date): string {
  const part = (number: number) => String(number).padStart(2, "0");
  return `${String(date.getFullYear()).padStart(4, "0")}-${part(date.getMonth() + 1)}-${part(date.getDate())}`;
}

export function fromDay(day: string): Date {
  const [year = 1970, month = 1, date = 1] = day.split("-").map(Number);
  const midnight = new Date(0);
  // The constructor takes the year 3, which may be typed on the way to 3000, for 1903.
  midnight.setFullYear(year, month - 1, date);
  midnight.setHours(0, 0, 0, 0);
  return midnight;
}

export function addDays(day: string, count: number): string {
  const date = fromDay(day);
  date.setDate(date.getDate() + count);
  return toDay(date);
}

export const today = signal(toDay(new Date()));

export function watchMidnight(onNewDay: () => void): void {
  const look = () => {
    const day = toDay(new Date());
    if (day === today.peek()) return;
    today.value = day;
    onNewDay();
  };
  setInterval(look, 30_000);
  document.addEventListener("visibilitychange", look);
}

/** 1 is Monday, 7 is Sunday, as Intl counts. */
function firstDayOfWeek(locale: string): number {
  const info = new Intl.Locale(locale) as Intl.Locale & {
    getWeekInfo?: () => { firstDay: number };
    weekInfo?: { firstDay: number };
  };
  return (info.getWeekInfo?.() ?? info.weekInfo)?.firstDay ?? 1;
}

/** The last day of the week that `day` is in. */
export function endOfWeek(day: string, locale = localeOf()): string {
  const weekday = fromDay(day).getDay() || 7;
  return addDays(day, (firstDayOfWeek(locale) + 6 - weekday + 7) % 7);
}

export function localeOf(): string {
  return typeof navigator === "undefined" ? "en" : navigator.language;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Intl formats are slow to make and quick to use. */
function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify(options);
  const found = formats.get(key) ?? new Intl.DateTimeFormat(localeOf(), options);
  formats.set(key, found);
  return found;
}

/** As short as it stays clear: Today, Tomorrow, Wednesday, 3 Dec, 3 Dec 2027. */
export function formatDay(day: string, now: string = today.value): string {
  if (!day) return "";
  const distance = Math.round((fromDay(day).getTime() - fromDay(now).getTime()) / DAY);
  if (distance === 0) return "Today";
  if (distance === 1) return "Tomorrow";
  if (distance === -1) return "Yesterday";
  const date = fromDay(day);
  if (distance > 1 && distance < 7) return format({ weekday: "long" }).format(date);
  const sameYear = day.slice(0, 4) === now.slice(0, 4);
  return format({ day: "numeric", month: "short", ...(sameYear ? {} : { year: "numeric" }) }).format(date);
}

export function formatDayFully(day: string): string {
  return format({ weekday: "long", day: "numeric", month: "long", year: "numeric" }).format(fromDay(day));
}

export function formatTime(time: string): string {
  return format({ dateStyle: "medium", timeStyle: "short" }).format(new Date(time));
}
