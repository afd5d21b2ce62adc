import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect } from "preact/hooks";
import { addFiles, fileLists, limits, openFiles, uploads } from "../store/files";
import { online } from "../store/network";
import { FileRow, UploadRow } from "./FileRow";
import { Icon } from "./icons";
import { TryAgain } from "./TryAgain";

export function Files({ todoID, isLocal }: { todoID: string; isLocal: boolean }) {
  const isOver = useSignal(false);
  const isOnline = online.value;
  useEffect(() => {
    // What has been listed can be read offline; what has not may be had all the same.
    if (!isLocal && (isOnline || !fileLists.peek().has(todoID))) void openFiles(todoID);
  }, [todoID, isLocal, isOnline]);
  usePasteAndDrop(todoID, isLocal, (over) => {
    isOver.value = over;
  });
  if (isLocal) return <p class="hint">Files can be added as soon as this to-do has been saved.</p>;
  const list = fileLists.value.get(todoID);
  const own = uploads.value.filter((upload) => upload.todoID === todoID);
  return (
    <section class={isOver.value ? "files is-over" : "files"} aria-labelledby="files-heading">
      <h2 id="files-heading">Files</h2>
      {list?.error && <ListProblem todoID={todoID} error={list.error} />}
      <ul>
        {list?.files.map((file) => (
          <FileRow key={file.fileID} file={file} />
        ))}
        {own.map((upload) => (
          <UploadRow key={upload.id} upload={upload} />
        ))}
      </ul>
      <label class="choose-files">
        <Icon name="clip" />
        <span>
          <strong>Choose files</strong>, drop or paste them here
          <small>{limits()}</small>
        </span>
        <input
          type="file"
          multiple
          aria-label={`Add files. ${limits()}`}
          onChange={(event) => {
            addFiles(todoID, event.currentTarget.files ?? []);
            // So that the same file can be chosen again.
            event.currentTarget.value = "";
          }}
        />
      </label>
    </section>
  );
}

function ListProblem({ todoID, error }: { todoID: string; error: string }) {
  if (!online.value) return <p class="hint">You are offline: the files are listed again when the network is back.</p>;
  return (
    <p class="problem" role="alert">
      The files could not be listed. {error} <TryAgain onClick={() => void openFiles(todoID)} />
    </p>
  );
}

/** Spreadsheets and word processors put a picture of the text beside it: in a text field, the text is what is meant. */
function isText({ target, clipboardData }: ClipboardEvent): boolean {
  const isField = target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement;
  return isField && (clipboardData?.types.includes("text/plain") ?? false);
}

/** The whole page takes files while the details are open: a file dropped beside its target would replace the page. */
function usePasteAndDrop(todoID: string, isLocal: boolean, show: (isOver: boolean) => void): void {
  // From the moment on at which the page says so.
  useLayoutEffect(() => {
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const over = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      show(!isLocal);
    };
    const leave = (event: DragEvent) => {
      if (!event.relatedTarget) show(false);
    };
    const drop = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      show(false);
      if (!isLocal) addFiles(todoID, event.dataTransfer?.files ?? []);
    };
    const paste = (event: ClipboardEvent) => {
      const files = event.clipboardData?.files ?? [];
      if (files.length === 0 || isLocal || isText(event)) return;
      event.preventDefault();
      addFiles(todoID, files);
    };
    document.addEventListener("dragover", over);
    document.addEventListener("dragleave", leave);
    document.addEventListener("drop", drop);
    document.addEventListener("paste", paste);
    return () => {
      document.removeEventListener("dragover", over);
      document.removeEventListener("dragleave", leave);
      document.removeEventListener("drop", drop);
      document.removeEventListener("paste", paste);
    };
  }, [todoID, isLocal, show]);
}
