import { go, openTodoID, view } from "../store/route";
import { focusRow } from "./focus";

/** The keyboard returns to the row that was open. */
export function closeDetails(): void {
  const todoID = openTodoID.peek();
  go(view.peek());
  requestAnimationFrame(() => setTimeout(() => focusRow(todoID)));
}
