import { effect } from "@preact/signals";
import { go, openTodoID, view } from "../store/route";
import { focusRowAfter } from "./focus";

export function closeDetails(): void {
  go(view.peek());
}

/** The keyboard returns to the row that was open, however the details were closed: by key, by button, by back. */
export function watchClosing(): void {
  let former: string | null = null;
  effect(() => {
    const closed = openTodoID.value === null ? former : null;
    former = openTodoID.value;
    if (closed !== null) focusRowAfter(closed);
  });
}
