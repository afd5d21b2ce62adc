/** The files of to-dos: those that are stored, and those on their way. */
import { signal } from "@preact/signals";
import * as api from "../api/files";
import { ApiError, isAbort, reasonOf, sleep, Unreachable } from "../api/http";
import { lengthOf, type StoredFile } from "../api/types";
import { config } from "../config";
import { announce, notify } from "./notices";
import { go, openTodoID, view } from "./route";

export interface Upload {
  id: string;
  todoID: string;
  file: File;
  /** 0 to 1 */
  progress: number;
  state: "waiting" | "sending" | "failed";
  /** Why it failed. */
  error: string;
  /** False where trying again cannot help. */
  canRetry: boolean;
  /** In the storage already, under this id: all that is left is to say so. */
  fileID: string;
}

interface FileList {
  files: readonly StoredFile[];
  readAt: number;
  error: string;
}

const AT_ONCE = 3;
/** Signed addresses live 15 minutes. */
const MINUTES_FRESH = 10;
const COMPLETE_ATTEMPTS = 3;

export const fileLists = signal<ReadonlyMap<string, FileList>>(new Map());
export const uploads = signal<readonly Upload[]>([]);
const cancels = new Map<string, AbortController>();

/** Who asked last for a to-do's files; nobody else's answer counts. */
const asked = new Map<string, symbol>();
/** How often this page has changed a to-do's files: an answer from before such a change may miss it. */
const changes = new Map<string, number>();

function countChange(todoID: string): void {
  changes.set(todoID, (changes.get(todoID) ?? 0) + 1);
}

export async function openFiles(todoID: string): Promise<void> {
  const own = Symbol();
  asked.set(todoID, own);
  const isLast = () => asked.get(todoID) === own;
  try {
    let files: StoredFile[];
    let before: number | undefined;
    do {
      before = changes.get(todoID);
      files = await api.listFiles(todoID);
    } while (isLast() && changes.get(todoID) !== before);
    if (isLast()) setFiles(todoID, { files, readAt: Date.now(), error: "" });
  } catch (error) {
    const former = fileLists.peek().get(todoID);
    if (isLast() && !isAbort(error)) {
      setFiles(todoID, { files: former?.files ?? [], readAt: former?.readAt ?? 0, error: reasonOf(error) });
    }
  }
}

function setFiles(todoID: string, list: FileList): void {
  fileLists.value = new Map(fileLists.peek()).set(todoID, list);
}

export function isStale(todoID: string): boolean {
  const list = fileLists.peek().get(todoID);
  return !list || Date.now() - list.readAt > MINUTES_FRESH * 60_000;
}

export function closeFiles(): void {
  for (const cancel of cancels.values()) cancel.abort();
  uploads.value = [];
  asked.clear();
  fileLists.value = new Map();
}

export function isUploading(): boolean {
  return uploads.peek().some((upload) => upload.state !== "failed");
}

export function addFiles(todoID: string, files: Iterable<File>): void {
  const added = [...files].map((file): Upload => {
    const error = problemWith(file);
    return {
      id: crypto.randomUUID(),
      todoID,
      file,
      progress: 0,
      state: error ? "failed" : "waiting",
      error,
      canRetry: !error,
      fileID: "",
    };
  });
  uploads.value = [...uploads.value, ...added];
  startWaiting();
}

function problemWith(file: File): string {
  if (file.size > config.maxFileBytes) {
    return `Too large: ${formatSize(file.size)}, the limit is ${formatSize(config.maxFileBytes)}.`;
  }
  return lengthOf(file.name) > 255 ? "The name is longer than 255 characters." : "";
}

/** What the service says of it is in bytes. */
function explain(error: unknown): string {
  if (!(error instanceof ApiError) || error.problem.type !== "urn:problem-type:quota-used-up") return reasonOf(error);
  return "There is no room for it: delete other files first, here or in other to-dos.";
}

/** What is taken, for the user to know before choosing. */
export function limits(): string {
  const quota = config.userFileQuota ? `, ${formatSize(config.userFileQuota)} in all` : "";
  return `Up to ${formatSize(config.maxFileBytes)} each${quota}`;
}

function startWaiting(): void {
  const sending = uploads.value.filter((upload) => upload.state === "sending").length;
  const waiting = uploads.value.filter((upload) => upload.state === "waiting");
  for (const upload of waiting.slice(0, Math.max(0, AT_ONCE - sending))) void send(upload);
}

function change(id: string, changes: Partial<Upload>): void {
  uploads.value = uploads.value.map((upload) => (upload.id === id ? { ...upload, ...changes } : upload));
}

async function send(upload: Upload): Promise<void> {
  const { id, todoID, file } = upload;
  const controller = new AbortController();
  cancels.set(id, controller);
  change(id, { state: "sending", progress: 0, error: "" });
  let { fileID } = upload;
  try {
    if (!fileID) {
      const started = await api.startUpload(todoID, file, controller.signal);
      fileID = started.file.fileID;
      const onProgress = (progress: number) => change(id, { progress });
      await api.postToStorage(started.upload, file, { onProgress, signal: controller.signal });
      change(id, { fileID });
    }
    const stored = await complete(todoID, fileID, controller.signal);
    uploads.value = uploads.value.filter((each) => each.id !== id);
    showStored(stored);
    announce(`Uploaded: ${file.name}`);
  } catch (error) {
    const isInStorage = uploads.peek().some((each) => each.id === id && each.fileID);
    // Nobody knows whether it has been completed: trying again will say, and must not store it twice.
    if (!isInStorage || !(error instanceof Unreachable)) {
      change(id, { fileID: "" });
      if (fileID) discard(todoID, fileID);
    }
    if (!isAbort(error)) fail(upload, error);
  } finally {
    cancels.delete(id);
    startWaiting();
  }
}

function fail({ id, todoID, file }: Upload, error: unknown): void {
  // Cancelled, or its user has gone.
  if (!uploads.peek().some((each) => each.id === id)) return;
  const reason = explain(error);
  change(id, { state: "failed", error: reason, canRetry: !isFinal(error) });
  const text = `Not uploaded: ${file.name}. ${reason}`;
  if (openTodoID.peek() === todoID) announce(text);
  else notify(text, { isError: true, action: { label: "Show", run: () => go(view.peek(), todoID) } });
}

/** Refused for what the file is, which the next attempt would not change. */
function isFinal(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 400 || error.status === 413);
}

function showStored(file: StoredFile): void {
  countChange(file.todoID);
  const former = fileLists.peek().get(file.todoID);
  // A list that was asked for meanwhile may have it already.
  const others = (former?.files ?? []).filter((each) => each.fileID !== file.fileID);
  setFiles(file.todoID, { files: [...others, file], readAt: former?.readAt ?? 0, error: "" });
}

/** What was announced and not finished need not wait for the daily tidying. */
function discard(todoID: string, fileID: string): void {
  void api.deleteFile(todoID, fileID).catch(() => undefined);
}

/** The file is in the storage already, so a lost connection is no reason to send it again. */
async function complete(todoID: string, fileID: string, signal: AbortSignal): Promise<StoredFile> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await api.completeUpload(todoID, fileID, signal);
    } catch (error) {
      if (!(error instanceof Unreachable) || attempt === COMPLETE_ATTEMPTS) throw error;
      await sleep(attempt * 1000, signal);
    }
  }
}

export function cancelUpload(upload: Upload): void {
  uploads.value = uploads.value.filter((each) => each.id !== upload.id);
  const cancel = cancels.get(upload.id);
  if (cancel) cancel.abort();
  else if (upload.fileID) discard(upload.todoID, upload.fileID);
  announce(`Cancelled: ${upload.file.name}`);
  startWaiting();
}

export function retryUpload(upload: Upload): void {
  change(upload.id, { state: "waiting", error: "" });
  startWaiting();
}

export async function removeFile(file: StoredFile): Promise<void> {
  const before = fileLists.peek().get(file.todoID);
  if (!before) return;
  countChange(file.todoID);
  setFiles(file.todoID, { ...before, files: before.files.filter((each) => each.fileID !== file.fileID) });
  try {
    await api.deleteFile(file.todoID, file.fileID);
    countChange(file.todoID);
    announce(`Deleted: ${file.fileName}`);
  } catch (error) {
    const now = fileLists.peek().get(file.todoID) ?? before;
    const others = now.files.filter((each) => each.fileID !== file.fileID);
    setFiles(file.todoID, { ...now, files: [...others, file] });
    notify(`“${file.fileName}” could not be deleted. ${reasonOf(error)}`, { isError: true });
  }
}

/** An address that still works, for a download that is asked for late. */
export async function freshPath(file: StoredFile): Promise<string> {
  return (await api.getFile(file.todoID, file.fileID)).filePath;
}

export function formatSize(bytes: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
  const power = Math.min(units.length - 1, bytes > 0 ? Math.floor(Math.log(bytes) / Math.log(1024)) : 0);
  const value = bytes / 1024 ** power;
  return new Intl.NumberFormat(undefined, {
    style: "unit",
    unit: units[power] as string,
    unitDisplay: power === 0 ? "long" : "short",
    maximumFractionDigits: value < 10 && power > 0 ? 1 : 0,
  }).format(value);
}
