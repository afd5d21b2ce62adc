/** The order of the list, the same as the service's, and its sections. */
import type { Todo } from "../api/types";
import { addDays, endOfWeek } from "./dates";

export const SECTIONS = ["overdue", "today", "tomorrow", "week", "later", "undated", "completed", "trash"] as const;
export type SectionName = (typeof SECTIONS)[number];

export interface Section {
  name: SectionName;
  todos: Todo[];
}

const LAST = "9999-12-31";

/** Open by due date, newest first within one, undated last; then completed, then trashed, the latest first. */
export function compare(a: Todo, b: Todo): number {
  const kind = kindOf(a) - kindOf(b);
  if (kind !== 0) return kind;
  if (a.dateDeleted) return descending(a.dateDeleted, b.dateDeleted);
  if (a.completed) return descending(a.dateCompleted, b.dateCompleted);
  return -descending(a.dateDue || LAST, b.dateDue || LAST) || descending(a.dateCreated, b.dateCreated);
}

function kindOf(todo: Todo): number {
  if (todo.dateDeleted) return 2;
  return todo.completed ? 1 : 0;
}

function descending(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? 1 : -1;
}

export function sectionOf(todo: Todo, today: string, weekEnd: string = endOfWeek(today)): SectionName {
  if (todo.dateDeleted) return "trash";
  if (todo.completed) return "completed";
  if (!todo.dateDue) return "undated";
  if (todo.dateDue < today) return "overdue";
  if (todo.dateDue === today) return "today";
  if (todo.dateDue === addDays(today, 1)) return "tomorrow";
  return todo.dateDue <= weekEnd ? "week" : "later";
}

/** Only sections that hold something, in order. */
export function toSections(todos: Iterable<Todo>, today: string): Section[] {
  const weekEnd = endOfWeek(today);
  const found = new Map<SectionName, Todo[]>();
  for (const todo of [...todos].sort(compare)) {
    const name = sectionOf(todo, today, weekEnd);
    const section = found.get(name);
    if (section) section.push(todo);
    else found.set(name, [todo]);
  }
  return SECTIONS.flatMap((name) => {
    const section = found.get(name);
    return section ? [{ name, todos: section }] : [];
  });
}
