import { config } from "../config";
import { call, Unreachable } from "./http";
import type { StartedUpload, StoredFile } from "./types";

const root = (todoID: string) => `${config.filesUrl}/${encodeURIComponent(todoID)}/files`;

export async function listFiles(todoID: string, signal?: AbortSignal): Promise<StoredFile[]> {
  const files: StoredFile[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor ? `?cursor=${encodeURIComponent(cursor)}` : "";
    const answer = await call<{ files: StoredFile[]; nextCursor: string | null }>(
      `${root(todoID)}${query}`,
      signal ? { signal } : {},
    );
    files.push(...answer.body.files);
    cursor = answer.body.nextCursor;
  } while (cursor);
  return files;
}

export async function getFile(todoID: string, fileID: string): Promise<StoredFile> {
  return (await call<StoredFile>(`${root(todoID)}/${fileID}`)).body;
}

export async function deleteFile(todoID: string, fileID: string): Promise<void> {
  await call(`${root(todoID)}/${fileID}`, { method: "DELETE" });
}

export async function startUpload(todoID: string, file: File, signal: AbortSignal): Promise<StartedUpload> {
  const body = { fileName: file.name, size: file.size, contentType: file.type || "application/octet-stream" };
  return (await call<StartedUpload>(root(todoID), { method: "POST", body, signal })).body;
}

export async function completeUpload(todoID: string, fileID: string, signal: AbortSignal): Promise<StoredFile> {
  return (await call<StoredFile>(`${root(todoID)}/${fileID}/complete`, { method: "POST", signal })).body;
}

/** S3 refused the form; its own message is XML for developers. */
export class UploadRefused extends Error {
  constructor(readonly status: number) {
    super(`The storage refused the upload (${status}). Try again.`);
  }
}

/** XMLHttpRequest, because fetch cannot tell how much has been sent. Raises UploadRefused or Unreachable. */
export function postToStorage(
  form: StartedUpload["upload"],
  file: File,
  { onProgress, signal }: { onProgress: (sent: number) => void; signal: AbortSignal },
): Promise<void> {
  const body = new FormData();
  for (const [name, value] of Object.entries(form.fields)) body.append(name, value);
  // S3 ignores every field after the file.
  body.append("file", file);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    request.upload.onprogress = (event) => onProgress(event.lengthComputable ? event.loaded / event.total : 0);
    request.onload = () =>
      request.status >= 200 && request.status < 300 ? resolve() : reject(new UploadRefused(request.status));
    request.onerror = () => reject(new Unreachable());
    request.onabort = () => reject(new DOMException("Cancelled", "AbortError"));
    request.onloadend = () => signal.removeEventListener("abort", abort);
    signal.addEventListener("abort", abort);
    request.open("POST", form.url);
    request.send(body);
  });
}
