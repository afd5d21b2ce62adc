/** Shortcuts for the whole page. Those of a single key can be switched off, for people who dictate. */
import { effect, signal } from "@preact/signals";
import { go, LIST_VIEWS, openTodoID } from "../store/route";
import { session } from "../store/session";
import { read, write } from "../store/storage";
import { deleteTodo, findTodo, setCompleted, undoDelete } from "../store/todos";
import { ADD_ID } from "./AddLine";
import { closeDetails } from "./closing";
import { DETAILS_ID, focusedTodoID, keepFocusNear, moveFocus } from "./focus";
import { isHelpOpen } from "./Help";
import { SEARCH_ID } from "./SearchField";

const KEY = "single-keys";
export const singleKeys = signal(read<boolean>(KEY) ?? true);

export function watchKeyboard(): void {
  effect(() => {
    write(KEY, singleKeys.value);
  });
  document.addEventListener("keydown", (event) => {
    if (session.peek().state !== "in" || event.isComposing || document.querySelector("dialog[open]")) return;
    if (act(event)) event.preventDefault();
  });
}

/** True if the key was a shortcut. */
function act(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement;
  if (event.key === "Escape") return leave(target);
  if (isTyping(target)) return false;
  if (event.ctrlKey || event.metaKey) return event.key.toLowerCase() === "z" && !event.shiftKey && undoDelete();
  if (event.altKey) return false;
  if (!hasOwnArrows(target)) {
    if (event.key === "ArrowDown") return moveFocus(1);
    if (event.key === "ArrowUp") return moveFocus(-1);
  }
  if (event.key === "Delete") return onTodo(deleteTodo);
  return singleKeys.peek() && actOnSingleKey(event.key);
}

function actOnSingleKey(key: string): boolean {
  switch (key) {
    case "n":
      return focusOn(ADD_ID);
    case "/":
      return focusOn(SEARCH_ID);
    case "j":
      return moveFocus(1);
    case "k":
      return moveFocus(-1);
    case "x":
      return onTodo((todo) => setCompleted(todo, !todo.completed));
    case "?":
      isHelpOpen.value = true;
      return true;
  }
  const view = LIST_VIEWS[Number(key) - 1];
  if (view) go(view);
  return view !== undefined;
}

function isTyping(target: HTMLElement): boolean {
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "button", "file"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target.isContentEditable;
}

/** There the arrows choose between radio buttons, or scroll what is read. */
function hasOwnArrows(target: HTMLElement): boolean {
  return target.closest(`form, [type="radio"], #${DETAILS_ID}`) !== null;
}

function leave(target: HTMLElement): boolean {
  if (openTodoID.peek() === null) return false;
  // Leaving the field saves it.
  target.blur();
  closeDetails();
  return true;
}

function onTodo(work: (todo: NonNullable<ReturnType<typeof findTodo>>) => void): boolean {
  const todo = findTodo(focusedTodoID());
  if (!todo || todo.dateDeleted) return false;
  if (document.activeElement instanceof HTMLElement) keepFocusNear(document.activeElement);
  work(todo);
  return true;
}

function focusOn(id: string): boolean {
  const field = document.getElementById(id);
  if (field) field.focus();
  // The trash and the account have none: the list has.
  else go("all");
  if (!field) requestAnimationFrame(() => setTimeout(() => document.getElementById(id)?.focus()));
  return true;
}
