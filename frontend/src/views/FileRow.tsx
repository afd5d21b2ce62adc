import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { reasonOf } from "../api/http";
import type { StoredFile } from "../api/types";
import { cancelUpload, formatSize, freshPath, isStale, removeFile, retryUpload, type Upload } from "../store/files";
import { online } from "../store/network";
import { announce, notify } from "../store/notices";
import { useFocusAfter } from "./focus";
import { Icon } from "./icons";

const PREVIEWED = /^image\/(png|jpeg|gif|webp|avif|bmp)$/;
/** Larger images would cost more to load than a small preview is worth. */
const LARGEST_PREVIEW = 10 * 1024 ** 2;

function isPreviewed(contentType: string, size: number): boolean {
  return PREVIEWED.test(contentType) && size <= LARGEST_PREVIEW;
}

/** When the row goes, the keyboard goes to the same file, stored by now, or to a row near it, or to the choice of files. */
function useRow(fileID: string): RefObject<HTMLLIElement | null> {
  const row = useRef<HTMLLIElement>(null);
  useFocusAfter(row, () => {
    const list = row.current?.parentElement;
    const position = [...(list?.children ?? [])].indexOf(row.current as HTMLLIElement);
    return () => {
      const rows = list?.children;
      const stored = list?.querySelector(`[data-file="${fileID}"]`);
      const next = stored ?? rows?.[position] ?? rows?.[position - 1];
      return (next ?? list?.parentElement?.querySelector(".choose-files"))?.querySelector("a, button, input");
    };
  });
  return row;
}

export function FileRow({ file }: { file: StoredFile }) {
  const row = useRow(file.fileID);
  const download = async (event: MouseEvent) => {
    if (online.peek() && !isStale(file.todoID)) return;
    event.preventDefault();
    if (!online.peek()) {
      notify(`“${file.fileName}” can be opened as soon as there is a connection.`);
      return;
    }
    try {
      openElsewhere(await freshPath(file));
    } catch (error) {
      notify(`“${file.fileName}” could not be opened. ${reasonOf(error)}`, { isError: true });
    }
  };
  return (
    <li ref={row} class="file" data-file={file.fileID}>
      <Preview src={isPreviewed(file.contentType, file.size) ? file.filePath : ""} contentType={file.contentType} />
      <a
        class="file-name"
        href={file.filePath}
        download={file.fileName}
        // Where it cannot be had, the browser's own words must not replace this page.
        target="_blank"
        rel="noopener noreferrer"
        onClick={download}
      >
        <span dir="auto">{file.fileName}</span>
        <small>{formatSize(file.size)}</small>
      </a>
      <DeleteButton file={file} />
    </li>
  );
}

/** Files have no trash: the first press asks, the second deletes. The same button all along, so the focus stays. */
function DeleteButton({ file }: { file: StoredFile }) {
  const asks = useSignal(false);
  return (
    <button
      type="button"
      class={asks.value ? "button danger" : "icon-button"}
      aria-label={`Delete ${asks.value ? "for good" : "file"}: ${file.fileName}`}
      onClick={(event) => {
        // The second half of a double click is no answer.
        if (event.detail > 1) return;
        if (asks.value) void removeFile(file);
        else announce(`Press again to delete ${file.fileName} for good.`);
        asks.value = true;
      }}
      onBlur={() => {
        asks.value = false;
      }}
    >
      {asks.value ? "Delete for good" : <Icon name="trash" />}
    </button>
  );
}

function openElsewhere(address: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  link.click();
}

export function UploadRow({ upload }: { upload: Upload }) {
  const row = useRow(upload.fileID);
  const { file, state, progress, error, canRetry } = upload;
  const address = useMemo(() => (isPreviewed(file.type, file.size) ? URL.createObjectURL(file) : ""), [file]);
  useEffect(() => () => (address ? URL.revokeObjectURL(address) : undefined), [address]);
  const percent = Math.round(progress * 100);
  return (
    <li ref={row} class={state === "failed" ? "file is-failed" : "file"}>
      <Preview src={address} contentType={file.type} />
      <div class="file-name">
        <span dir="auto">{file.name}</span>
        {state === "failed" ? (
          <small class="problem">{error}</small>
        ) : (
          <>
            <progress max={100} value={percent} aria-label={`Uploading ${file.name}`} />
            <small>{state === "waiting" ? "Waiting" : `${percent} % of ${formatSize(file.size)}`}</small>
          </>
        )}
      </div>
      {state === "failed" && canRetry && (
        <button
          type="button"
          class="button text"
          aria-label={`Retry: ${file.name}`}
          onClick={(event) => {
            // This button goes; the one beside it stays.
            (event.currentTarget.nextElementSibling as HTMLElement).focus();
            retryUpload(upload);
          }}
        >
          Retry
        </button>
      )}
      <button
        type="button"
        class="icon-button"
        aria-label={`${state === "failed" ? "Remove" : "Cancel"}: ${file.name}`}
        onClick={() => cancelUpload(upload)}
      >
        <Icon name="close" />
      </button>
    </li>
  );
}

function Preview({ src, contentType }: { src: string; contentType: string }) {
  const failed = useSignal(false);
  if (!src || failed.value) {
    return (
      <span class="file-icon">
        <Icon name={contentType.startsWith("image/") ? "image" : "file"} />
      </span>
    );
  }
  return (
    <img
      class="file-preview"
      src={src}
      alt=""
      loading="lazy"
      decoding="async"
      onError={() => {
        failed.value = true;
      }}
    />
  );
}
