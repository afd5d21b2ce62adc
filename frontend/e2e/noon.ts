/** The browser's clock shows about noon, wherever and whenever the tests are run: a day must not end between two lines. */
const HOURS_AFTER_NOON = new Date().getUTCHours() - 12;
const HOUR = 3600 * 1000;

/** POSIX counts to the west. */
export const TIME_ZONE = `Etc/GMT${HOURS_AFTER_NOON < 0 ? "" : "+"}${HOURS_AFTER_NOON}`;

export function day(fromToday: number): string {
  return new Date(Date.now() + (fromToday * 24 - HOURS_AFTER_NOON) * HOUR).toISOString().slice(0, 10);
}
