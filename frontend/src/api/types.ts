export interface Todo {
  todoID: string;
  dateCreated: string;
  title: string;
  description: string;
  notes: string;
  /** "" or YYYY-MM-DD */
  dateDue: string;
  completed: boolean;
  dateUpdated: string;
  dateCompleted: string;
  dateDeleted: string;
  version: number;
}

export type TextField = "title" | "description" | "notes" | "dateDue";
export type Changes = Partial<Pick<Todo, TextField | "completed">>;
export type Texts = Partial<Record<TextField, string>>;

export interface NewTodo {
  title: string;
  description?: string;
  notes?: string;
  dateDue?: string;
}

export type Status = "open" | "completed" | "all" | "trashed";

export interface TodoPage {
  todos: Todo[];
  nextCursor: string | null;
}

export interface StoredFile {
  fileID: string;
  todoID: string;
  fileName: string;
  /** A signed address, good for 15 minutes; "" while pending. */
  filePath: string;
  size: number;
  contentType: string;
  dateCreated: string;
  status: "pending" | "stored";
}

export interface StartedUpload {
  file: StoredFile;
  upload: { url: string; fields: Record<string, string>; expiresAt: string };
}

export const MAX_TITLE = 500;
export const MAX_TEXT = 16_383;

/** In characters, as the service counts them: `length` counts an emoji as two. */
export function lengthOf(text: string): number {
  return [...text].length;
}
