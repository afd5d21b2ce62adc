/** What can be done with to-dos. Views call these and read the signals; everything else happens behind them. */
import { computed } from "@preact/signals";
import { getTodo } from "../api/todos";
import {
  type Changes,
  lengthOf,
  MAX_TEXT,
  MAX_TITLE,
  type NewTodo,
  type TextField,
  type Texts,
  type Todo,
} from "../api/types";
import { conflicts, drafts, setConflict, setDraft } from "./drafts";
import { keyOf, known, learn } from "./known";
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

interface Deletion {
  todoID: string;
}

/** What Undo can take back, the latest last. */
let deletions: Deletion[] = [];

function common(todo: { todoID: string; title: string }) {
  const sub = identity.peek()?.sub ?? "";
  return { id: newOperationId(sub), todoID: todo.todoID, at: new Date().toISOString(), title: todo.title };
}

/** Answers with its id, or null where there is nothing to add. */
export function addTodo(fields: NewTodo): string | null {
  const title = fields.title.trim();
  if (!title) return null;
  const todoID = create({ ...fields, title });
  announce(`Added: ${title}`);
  return todoID;
}

function create(fields: NewTodo, secondsAhead = 0): string {
  const todoID = newLocalId();
  pin(todoID);
  const own = common({ todoID, title: fields.title });
  const at = new Date(Date.now() + secondsAhead * 1000).toISOString();
  void enqueue({ ...own, at, kind: "create", fields, idempotencyKey: crypto.randomUUID() });
  return todoID;
}

/** The first of them on top, where the newest is: so it comes last. All are taken back in one go. */
export function addTodos(titles: readonly string[], rest: Omit<NewTodo, "title">): void {
  // Ahead of the clock, so that those that wait stay above those that the service has dated.
  const ids = new Set([...titles].reverse().map((title, position) => create({ ...rest, title }, position)));
  notify(`Added ${titles.length} to-dos.`, { action: { label: "Undo", run: () => takeBack(ids) } });
}

function takeBack(ids: ReadonlySet<string>): void {
  const added = [...shown.peek().values()].filter((todo) => ids.has(keyOf(todo.todoID)) && !todo.dateDeleted);
  for (const todo of added) trash(todo);
  announce(`Deleted ${added.length} to-dos.`);
}

/** With the same key: where the service has it after all, no second one. */
export function addAgain(operation: Operation & { kind: "create" }): void {
  pin(operation.todoID);
  void enqueue({ ...operation, ...common(operation) });
  announce(`Added: ${operation.title}`);
}

export function setCompleted(todo: Todo, completed: boolean): void {
  // Text that is still being typed goes first, in its own operation.
  saveDraft(todo.todoID);
  pin(todo.todoID);
  // Without a version: ticking a to-do off is right whatever somebody has written into it meanwhile.
  void enqueue({ ...common(todo), kind: "edit", changes: { completed }, base: {}, version: null });
  announce(completed ? `Completed: ${todo.title}` : `Reopened: ${todo.title}`);
}

function trash(todo: Todo): void {
  saveDraft(todo.todoID);
  pin(todo.todoID);
  void enqueue({ ...common(todo), kind: "trash" });
}

export function deleteTodo(todo: Todo): void {
  trash(todo);
  const deletion = { todoID: todo.todoID };
  deletions.push(deletion);
  notify(`Deleted “${shorten(todo.title)}”.`, { action: { label: "Undo", run: () => undo(deletion) } });
}

/** The last deletion; false if there is nothing to undo. */
export function undoDelete(): boolean {
  const last = deletions.at(-1);
  if (last) undo(last);
  return last !== undefined;
}

/** Each notice takes back its own deletion, whatever has been deleted since. */
function undo(deletion: Deletion): void {
  deletions = deletions.filter((each) => each !== deletion);
  const todo = findTodo(deletion.todoID);
  if (todo?.dateDeleted) restoreTodo(todo);
}

/** They were another user's. */
export function forgetDeleted(): void {
  deletions = [];
}

/** The service has given the to-do its id. */
export function followDeleted(from: string, to: string): void {
  for (const deletion of deletions) if (deletion.todoID === from) deletion.todoID = to;
}

export function restoreTodo(todo: { todoID: string; title: string }): void {
  pin(todo.todoID);
  const isItsDeletion = (each: Operation) => each.kind === "trash" && each.todoID === todo.todoID;
  if (!withdraw(isItsDeletion)) void enqueue({ ...common(todo), kind: "restore" });
  announce(`Restored: ${todo.title}`);
}

/** A sentence when a text cannot be saved as it is. */
export function problemWith(field: TextField, value: string): string | null {
  if (field === "title" && !value.trim()) return "A to-do needs a title.";
  const most = field === "title" ? MAX_TITLE : MAX_TEXT;
  const length = lengthOf(field === "title" ? value.trim() : value);
  return length > most ? `At most ${most.toLocaleString()} characters; these are ${length.toLocaleString()}.` : null;
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

function enqueueEdit(todo: Todo, changes: Changes, base: Texts, version: number): Promise<boolean> {
  // A to-do that the service does not know yet has no version to compare.
  return enqueue({ ...common(todo), kind: "edit", changes, base, version: version || null });
}

/** The user has decided; `texts` is what shall be. */
export function resolveConflict(todoID: string, texts: Texts): void {
  const conflict = conflicts.peek()[todoID];
  if (!conflict) return;
  const { theirs } = conflict;
  const changed = Object.keys(texts).filter((field) => theirs[field as TextField] !== texts[field as TextField]);
  const pick = (from: Texts) => Object.fromEntries(changed.map((field) => [field, from[field as TextField]])) as Texts;
  setConflict(todoID, null);
  // A draft like any other: kept where it is too long to be saved, or the to-do has gone.
  const draft = { fields: pick(texts), base: pick(theirs), version: theirs.version, title: theirs.title };
  setDraft(todoID, changed.length > 0 ? draft : null);
  saveDraft(todoID);
  announce("Decided. Both places will show the same.");
}

/** For an address that names a to-do which no list has shown yet. */
export async function fetchTodo(todoID: string): Promise<void> {
  const user = identity.peek()?.sub;
  const todo = await getTodo(todoID);
  // Somebody else may have signed in meanwhile.
  if (identity.peek()?.sub === user) learn([todo]);
}

export function shorten(title: string, most = 60): string {
  // By characters: half of an emoji would be none.
  const characters = [...title];
  return characters.length > most ? `${characters.slice(0, most - 1).join("")}…` : title;
}
