/** localStorage, because it is written before the next line runs: a page that is being closed has no time for more. */
import { signal } from "@preact/signals";

export function read<T>(key: string): T | null {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null") as T | null;
  } catch {
    return null;
  }
}

const failed = new Set<string>();
/** Something that should be kept is on the screen only. */
export const isFull = signal(false);

/** False where it could not be kept. */
export function write(key: string, value: unknown): boolean {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
    failed.delete(key);
  } catch {
    // Full or forbidden: what is on the screen still works.
    failed.add(key);
  }
  isFull.value = failed.size > 0;
  return !failed.has(key);
}

export function keysFrom(prefix: string): string[] {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(prefix));
  } catch {
    return [];
  }
}
