/** Text whose to-do is not there any more, or was never taken: kept until the user says what shall become of it. */
import type { NewTodo, TextField, Texts } from "../api/types";
import { conflicts, drafts, setConflict, setDraft } from "./drafts";
import type { Operation } from "./operations";
import { operations, withdraw } from "./outbox";
import { go, view } from "./route";
import { addAgain, addTodo, findTodo, problemWith, restoreTodo } from "./todos";

export interface Leftover {
  title: string;
  texts: Texts;
}

export function leftoverOf(todoID: string): Leftover | null {
  const draft = drafts.value[todoID];
  const conflict = conflicts.value[todoID];
  if (!draft && !conflict) return null;
  return {
    title: draft?.title ?? conflict?.theirs.title ?? "",
    texts: { ...conflict?.mine, ...draft?.fields },
  };
}

/** Everything typed into a to-do, the latest last: what was sent, what waits behind it and what is still a draft. */
export function takeTyped(operation: Operation): { fields: Texts; base: Texts } {
  const behind = operations.peek().filter((each) => each.id !== operation.id && each.todoID === operation.todoID);
  const taken = behind.filter(hasOnlyTexts).filter((each) => withdraw(({ id }) => id === each.id));
  const draft = drafts.peek()[operation.todoID];
  return {
    fields: Object.assign({}, textsOf(operation), ...taken.map(textsOf), draft?.fields),
    // What each field was before the first of them.
    base: Object.assign({}, draft?.base, ...taken.reverse().map(baseOf), baseOf(operation)),
  };
}

function hasOnlyTexts(operation: Operation): boolean {
  return operation.kind === "edit" && operation.changes.completed === undefined;
}

function textsOf(operation: Operation): Texts {
  if (operation.kind === "create") return operation.fields;
  if (operation.kind !== "edit") return {};
  const { completed: _, ...texts } = operation.changes;
  return texts;
}

function baseOf(operation: Operation): Texts {
  return operation.kind === "edit" ? operation.base : {};
}

/** What has been refused becomes a draft again; false if there was no text in it. */
export function keepTyped(operation: Operation): boolean {
  const draft = drafts.peek()[operation.todoID];
  const { fields, base } = takeTyped(operation);
  if (Object.keys(fields).length === 0) return false;
  const version = (operation.kind === "edit" ? operation.version : null) ?? draft?.version ?? 0;
  setDraft(operation.todoID, { fields, base, version, title: draft?.title ?? operation.title });
  return true;
}

/** A creation that was refused, as it was; what has been written into it since stays a draft and follows. */
export function tryAgain(operation: Operation & { kind: "create" }): void {
  const draft = drafts.peek()[operation.todoID];
  if (!draft) return;
  const newer = Object.entries(draft.fields).filter(([field, text]) => textsOf(operation)[field as TextField] !== text);
  addAgain(operation);
  setDraft(operation.todoID, newer.length > 0 ? { ...draft, fields: Object.fromEntries(newer) } : null);
}

/** Its text is saved as soon as the to-do is back: ../views/Details does that for each one it opens. */
export function restoreWithText(todoID: string): void {
  const left = leftoverOf(todoID);
  if (left) restoreTodo({ todoID, title: left.title });
}

export function saveAsNew(todoID: string): void {
  const left = leftoverOf(todoID);
  if (!left) return;
  const former = findTodo(todoID);
  const title = (former ?? left).title.trim() || "Untitled";
  const { description = "", notes = "", dateDue = "" } = former ?? {};
  const fields: NewTodo = { title, description, notes, dateDue };
  const rest: Texts = {};
  for (const [field, text] of Object.entries(left.texts) as [TextField, string][]) {
    if (!problemWith(field, text)) fields[field] = text;
    else if (text.trim()) rest[field] = text;
  }
  const added = addTodo(withoutEmpty(fields));
  if (!added) return;
  // Too long to be saved is not too long to be kept.
  if (Object.keys(rest).length > 0) setDraft(added, { fields: rest, base: {}, version: 0, title });
  setDraft(todoID, null);
  setConflict(todoID, null);
  go(view.peek(), added);
}

function withoutEmpty(fields: NewTodo): NewTodo {
  return { ...Object.fromEntries(Object.entries(fields).filter(([, text]) => text !== "")), title: fields.title };
}

export function discardText(todoID: string): void {
  setDraft(todoID, null);
  setConflict(todoID, null);
}
