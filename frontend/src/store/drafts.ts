/** Text that is being typed: kept on this device, letter by letter, until it is in the outbox. */
import { signal } from "@preact/signals";
import type { TextField, Texts, Todo } from "../api/types";
import { keysFrom, read, write } from "./storage";
import { askForTabs, TAB } from "./tab";

export interface Draft {
  fields: Texts;
  /** What each field was before. */
  base: Texts;
  /** The version that the user began with. */
  version: number;
  /** What the to-do was called: all there is to say of it where it has been deleted elsewhere. */
  title?: string;
}

/** Both versions of texts that two places have changed, until the user has decided. */
export interface Conflict {
  mine: Texts;
  theirs: Todo;
  fields: TextField[];
}

export const drafts = signal<Readonly<Record<string, Draft>>>({});
export const conflicts = signal<Readonly<Record<string, Conflict>>>({});
/** Counts up when drafts of a closed tab have been taken over. */
export const adoptions = signal(0);

let owner: string | null = null;
/** A draft belongs to the tab it is typed in: another one that saved it would be in conflict with the next letter. */
const keyOf = (kind: "draft" | "conflict", todoID: string) =>
  kind === "draft" ? `draft/${owner}/${TAB}/${todoID}` : `conflict/${owner}/${todoID}`;

export function openDrafts(sub: string): void {
  owner = sub;
  drafts.value = readAll<Draft>("draft");
  conflicts.value = readAll<Conflict>("conflict");
  void adopt(sub);
}

/** What a tab has left that is not open any more. */
async function adopt(sub: string): Promise<void> {
  const isOpen = await askForTabs();
  if (owner !== sub) return;
  let count = 0;
  for (const key of keysFrom(`draft/${sub}/`)) {
    const [, , tab = "", todoID = ""] = key.split("/");
    const draft = read<Draft>(key);
    // Where this tab is writing the same, the other text waits for a later page.
    if (isOpen(tab) || !draft || drafts.value[todoID]) continue;
    if (!setDraft(todoID, draft)) continue;
    write(key, null);
    count++;
  }
  if (count > 0) adoptions.value += count;
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

export function hasDraftsOf(sub: string): boolean {
  return ["draft", "conflict"].some((kind) => keysFrom(`${kind}/${sub}/`).length > 0);
}

export function type(todo: Todo, field: TextField, value: string): void {
  const draft = drafts.value[todo.todoID] ?? { fields: {}, base: {}, version: todo.version, title: todo.title };
  const before = draft.base[field] ?? todo[field];
  const fields = { ...draft.fields, [field]: value };
  const base = { ...draft.base, [field]: before };
  if (value === before) {
    delete fields[field];
    delete base[field];
  }
  setDraft(todo.todoID, Object.keys(fields).length > 0 ? { ...draft, fields, base } : null);
}

/** False where it is on the screen only. */
export function setDraft(todoID: string, draft: Draft | null): boolean {
  drafts.value = withEntry(drafts.value, todoID, draft);
  return write(keyOf("draft", todoID), draft);
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
