/** Text that is being typed: kept on this device, letter by letter, until it is in the outbox. */
import { signal } from "@preact/signals";
import type { TextField, Texts, Todo } from "../api/types";
import { keysFrom, read, write } from "./storage";

export interface Draft {
  fields: Texts;
  /** What each field was before. */
  base: Texts;
  /** The version that the user began with. */
  version: number;
}

/** Both versions of texts that two places have changed, until the user has decided. */
export interface Conflict {
  mine: Texts;
  theirs: Todo;
  fields: TextField[];
}

export const drafts = signal<Readonly<Record<string, Draft>>>({});
export const conflicts = signal<Readonly<Record<string, Conflict>>>({});

let owner: string | null = null;
const keyOf = (kind: "draft" | "conflict", todoID: string) => `${kind}/${owner}/${todoID}`;

export function openDrafts(sub: string): void {
  owner = sub;
  drafts.value = readAll<Draft>("draft");
  conflicts.value = readAll<Conflict>("conflict");
}

function readAll<T>(kind: "draft" | "conflict"): Record<string, T> {
  const prefix = keyOf(kind, "");
  return Object.fromEntries(
    keysFrom(prefix).flatMap((key) => {
      const value = read<T>(key);
      return value ? [[key.slice(prefix.length), value]] : [];
    }),
  );
}

/** From memory only: whoever signs in again finds them. */
export function closeDrafts(): void {
  owner = null;
  drafts.value = {};
  conflicts.value = {};
}

export function removeDraftsOf(sub: string): void {
  for (const kind of ["draft", "conflict"]) for (const key of keysFrom(`${kind}/${sub}/`)) write(key, null);
}

export function type(todo: Todo, field: TextField, value: string): void {
  const draft = drafts.value[todo.todoID] ?? { fields: {}, base: {}, version: todo.version };
  const before = draft.base[field] ?? todo[field];
  const fields = { ...draft.fields, [field]: value };
  const base = { ...draft.base, [field]: before };
  if (value === before) {
    delete fields[field];
    delete base[field];
  }
  setDraft(todo.todoID, Object.keys(fields).length > 0 ? { ...draft, fields, base } : null);
}

export function setDraft(todoID: string, draft: Draft | null): void {
  write(keyOf("draft", todoID), draft);
  drafts.value = withEntry(drafts.value, todoID, draft);
}

export function setConflict(todoID: string, conflict: Conflict | null): void {
  write(keyOf("conflict", todoID), conflict);
  conflicts.value = withEntry(conflicts.value, todoID, conflict);
}

function withEntry<T>(entries: Readonly<Record<string, T>>, key: string, value: T | null): Record<string, T> {
  const { [key]: _, ...others } = entries;
  return value === null ? others : { ...others, [key]: value };
}

/** The service has named a to-do that began on this device. */
export function moveDraft(from: string, to: string, version: number): void {
  const draft = drafts.value[from];
  if (!draft) return;
  setDraft(to, { ...draft, version });
  setDraft(from, null);
}

/** Our own change has made version `to`: text that was begun on version `from` still meets what its author saw. */
export function followVersion(todoID: string, from: number, to: number): void {
  const draft = drafts.value[todoID];
  if (draft?.version === from) setDraft(todoID, { ...draft, version: to });
}
