/** What can be done with to-dos. Views call these and read the signals; everything else happens behind them. */
import { computed } from "@preact/signals";
import { getTodo } from "../api/todos";
import { type Changes, MAX_TEXT, MAX_TITLE, type NewTodo, type TextField, type Texts, type Todo } from "../api/types";
import { conflicts, drafts, setConflict, setDraft } from "./drafts";
import { known, learn } from "./known";
import { pin } from "./lists";
import { announce, notify } from "./notices";
import { newLocalId, newOperationId, type Operation, overlay } from "./operations";
import { enqueue, operations, withdraw } from "./outbox";
import { identity } from "./session";

/** Every to-do this page knows of, as the user should see it. */
export const shown = computed(() => overlay(known.value, operations.value));

export function findTodo(todoID: string | null): Todo | undefined {
  return todoID === null ? undefined : shown.value.get(todoID);
}

/** Of the last deletion, for Undo. */
let lastDeleted: { todoID: string; title: string } | null = null;

function common(todo: { todoID: string; title: string }) {
  const sub = identity.peek()?.sub ?? "";
  return { id: newOperationId(sub), todoID: todo.todoID, at: new Date().toISOString(), title: todo.title };
}

export function addTodo(fields: NewTodo): void {
  const title = fields.title.trim();
  if (!title) return;
  const todoID = newLocalId();
  pin(todoID);
  const cut = { ...fields, title: title.slice(0, MAX_TITLE) };
  void enqueue({ ...common({ todoID, title }), kind: "create", fields: cut, idempotencyKey: crypto.randomUUID() });
  announce(`Added: ${title}`);
}

export function setCompleted(todo: Todo, completed: boolean): void {
  // Text that is still being typed goes first, in its own operation.
  saveDraft(todo.todoID);
  pin(todo.todoID);
  // Without a version: ticking a to-do off is right whatever somebody has written into it meanwhile.
  void enqueue({ ...common(todo), kind: "edit", changes: { completed }, base: {}, version: null });
  announce(completed ? `Completed: ${todo.title}` : `Reopened: ${todo.title}`);
}

export function deleteTodo(todo: Todo): void {
  saveDraft(todo.todoID);
  pin(todo.todoID);
  void enqueue({ ...common(todo), kind: "trash" });
  lastDeleted = { todoID: todo.todoID, title: todo.title };
  notify(`Deleted “${shorten(todo.title)}”.`, { action: { label: "Undo", run: undoDelete } });
}

/** False if there is nothing to undo. */
export function undoDelete(): boolean {
  if (!lastDeleted) return false;
  const { todoID } = lastDeleted;
  lastDeleted = null;
  const todo = findTodo(todoID);
  if (todo?.dateDeleted) restoreTodo(todo);
  return true;
}

/** The service has given the to-do its id. */
export function followDeleted(from: string, to: string): void {
  if (lastDeleted?.todoID === from) lastDeleted.todoID = to;
}

export function restoreTodo(todo: Todo): void {
  pin(todo.todoID);
  const isItsDeletion = (each: Operation) => each.kind === "trash" && each.todoID === todo.todoID;
  if (!withdraw(isItsDeletion)) void enqueue({ ...common(todo), kind: "restore" });
  announce(`Restored: ${todo.title}`);
}

/** A sentence when a text cannot be saved as it is. */
export function problemWith(field: TextField, value: string): string | null {
  if (field === "title" && !value.trim()) return "A to-do needs a title.";
  const most = field === "title" ? MAX_TITLE : MAX_TEXT;
  if (value.length > most)
    return `At most ${most.toLocaleString()} characters; these are ${value.length.toLocaleString()}.`;
  return null;
}

/** Moves what has been typed into the outbox. What cannot be saved stays a draft. */
export function saveDraft(todoID: string): void {
  const draft = drafts.peek()[todoID];
  const todo = shown.peek().get(todoID);
  // A conflict is decided first: until then more text would only make another one.
  if (!draft || !todo || todo.dateDeleted || conflicts.peek()[todoID]) return;
  const fields: Texts = {};
  const rest: Texts = {};
  for (const [field, value] of Object.entries(draft.fields) as [TextField, string][]) {
    if (problemWith(field, value)) rest[field] = value;
    else fields[field] = field === "title" ? value.trim() : value;
  }
  if (Object.keys(fields).length === 0) return;
  pin(todoID);
  const saved = enqueueEdit(todo, fields, draft.base, draft.version);
  const left = Object.keys(rest).length > 0 ? { ...draft, fields: rest } : null;
  // Shown from the outbox now; kept as a draft too until the outbox is on the disk, or has been sent (./outcomes).
  drafts.value = Object.fromEntries(Object.entries(drafts.value).filter(([id]) => id !== todoID));
  if (left) setDraft(todoID, left);
  void saved.then((isOnDisk) => {
    if (isOnDisk && !drafts.peek()[todoID]) setDraft(todoID, null);
  });
}

export function saveAllDrafts(): void {
  for (const todoID of Object.keys(drafts.peek())) saveDraft(todoID);
}

export function enqueueEdit(todo: Todo, changes: Changes, base: Texts, version: number): Promise<boolean> {
  // A to-do that the service does not know yet has no version to compare.
  return enqueue({ ...common(todo), kind: "edit", changes, base, version: version || null });
}

/** The user has decided; `texts` is what shall be. */
export function resolveConflict(todoID: string, texts: Texts): void {
  const conflict = conflicts.peek()[todoID];
  if (!conflict) return;
  const { theirs } = conflict;
  setConflict(todoID, null);
  setDraft(todoID, null);
  const changed = Object.entries(texts).filter(([field, value]) => theirs[field as TextField] !== value);
  const base = Object.fromEntries(changed.map(([field]) => [field, theirs[field as TextField]])) as Texts;
  if (changed.length > 0) void enqueueEdit(theirs, Object.fromEntries(changed) as Texts, base, theirs.version);
  announce("Decided. Both places will show the same.");
}

/** For an address that names a to-do which no list has shown yet. */
export async function fetchTodo(todoID: string): Promise<void> {
  learn([await getTodo(todoID)]);
}

export function shorten(title: string, most = 60): string {
  return title.length > most ? `${title.slice(0, most - 1)}…` : title;
}
