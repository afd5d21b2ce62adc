import { signal } from "@preact/signals";

function matches(query: string) {
  const list = matchMedia(query);
  const result = signal(list.matches);
  list.addEventListener("change", () => {
    result.value = list.matches;
  });
  return result;
}

/** The same width as in styles/layout.css. */
export const isNarrow = matches("(max-width: 1099.98px)");
