import { effect, signal } from "@preact/signals";

/** As typed. */
export const searchText = signal("");
/** What the list is asked for: a little behind the typing. */
export const search = signal("");

const PAUSE = 200;

export function watchSearch(): () => void {
  return effect(() => {
    const text = searchText.value.trim();
    if (!text) {
      search.value = "";
      return;
    }
    const timer = setTimeout(() => {
      search.value = text;
    }, PAUSE);
    return () => clearTimeout(timer);
  });
}

export function clearSearch(): void {
  searchText.value = "";
  search.value = "";
}

/** As the service compares titles. */
export function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}
