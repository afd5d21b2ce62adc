import { signal } from "@preact/signals";

export interface Notice {
  id: number;
  text: string;
  isError: boolean;
  action?: { label: string; run: () => void };
}

export const notices = signal<readonly Notice[]>([]);
/** Read aloud, not shown. */
export const announcement = signal("");

const SECONDS = 8;
const SECONDS_OF_ERROR = 20;
const MOST = 3;
let lastId = 0;
const timers = new Map<number, ReturnType<typeof setTimeout>>();

export function notify(text: string, { isError = false, action }: Partial<Omit<Notice, "id" | "text">> = {}): number {
  const id = ++lastId;
  // The same sentence twice at once helps nobody.
  const others = notices.value.filter((notice) => notice.text !== text);
  notices.value = [...others, { id, text, isError, ...(action ? { action } : {}) }].slice(-MOST);
  resume(id);
  return id;
}

export function dismiss(id: number): void {
  pause(id);
  notices.value = notices.value.filter((notice) => notice.id !== id);
}

/** They are about the to-dos of one user, and some would act on them. */
export function clearNotices(): void {
  for (const { id } of notices.peek()) pause(id);
  notices.value = [];
  announcement.value = "";
}

/** While the pointer or the focus is on a notice, it stays. */
export function pause(id: number): void {
  clearTimeout(timers.get(id));
  timers.delete(id);
}

export function resume(id: number): void {
  pause(id);
  const notice = notices.value.find((each) => each.id === id);
  if (!notice) return;
  timers.set(
    id,
    setTimeout(() => dismiss(id), (notice.isError ? SECONDS_OF_ERROR : SECONDS) * 1000),
  );
}

export function announce(text: string): void {
  // Without a change, a screen reader says nothing: a repeated sentence gets an invisible difference.
  announcement.value = announcement.value === text ? `${text}\u00a0` : text;
}
