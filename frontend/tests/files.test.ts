/** Lists and uploads of files that overtake each other. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { StoredFile } from "../src/api/types";
import { soon } from "./setup";

const api = vi.hoisted(() => ({
  listFiles: vi.fn(),
  startUpload: vi.fn(),
  postToStorage: vi.fn(),
  completeUpload: vi.fn(),
  deleteFile: vi.fn(),
}));
vi.mock("../src/api/files", () => api);
const { ApiError, SessionEnded, Unreachable } = await import("../src/api/http");
const { addFiles, cancelUpload, closeFiles, fileLists, openFiles, retryUpload, uploads } = await import(
  "../src/store/files"
);

const { clearNotices, notices } = await import("../src/store/notices");

const stored = (fileID: string) => ({ fileID, todoID: "t1", fileName: fileID }) as StoredFile;
const shownIds = () => fileLists.value.get("t1")?.files.map((file) => file.fileID);
const upload = () => addFiles("t1", [new File(["a"], "a.txt")]);

beforeEach(() => {
  closeFiles();
  vi.resetAllMocks();
  api.startUpload.mockResolvedValue({ file: stored("f1"), upload: {} });
  api.postToStorage.mockResolvedValue(undefined);
  api.completeUpload.mockResolvedValue(stored("f1"));
  api.deleteFile.mockResolvedValue(undefined);
  vi.useRealTimers();
});

describe("a list", () => {
  test("that was asked for before an upload was finished is asked for again", async () => {
    let answerFirst = (_: StoredFile[]) => {};
    api.listFiles.mockReturnValueOnce(
      new Promise<StoredFile[]>((resolve) => {
        answerFirst = resolve;
      }),
    );
    api.listFiles.mockResolvedValueOnce([stored("f0"), stored("f1")]);
    const opening = openFiles("t1");
    upload();
    await soon(() => expect(shownIds()).toEqual(["f1"]));
    answerFirst([stored("f0")]);
    await opening;
    expect(shownIds()).toEqual(["f0", "f1"]);
  });

  test("that has the file already does not show it twice", async () => {
    api.listFiles.mockResolvedValue([stored("f1")]);
    await openFiles("t1");
    upload();
    await soon(() => expect(uploads.value).toEqual([]));
    expect(shownIds()).toEqual(["f1"]);
  });

  test("that comes after the page was closed shows nothing", async () => {
    api.listFiles.mockResolvedValue([stored("f1")]);
    const opening = openFiles("t1");
    closeFiles();
    await opening;
    expect(fileLists.value.size).toBe(0);
  });
});

describe("an upload whose end nobody has confirmed", () => {
  beforeEach(async () => {
    vi.useFakeTimers();
    api.completeUpload.mockRejectedValue(new Unreachable());
    upload();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(uploads.value[0]?.state).toBe("failed");
  });

  test("is not sent a second time by Retry", async () => {
    expect(api.deleteFile).not.toHaveBeenCalled();
    api.completeUpload.mockResolvedValue(stored("f1"));
    retryUpload(uploads.value[0] as (typeof uploads.value)[number]);
    await vi.advanceTimersByTimeAsync(0);
    expect(api.postToStorage).toHaveBeenCalledTimes(1);
    expect(shownIds()).toEqual(["f1"]);
  });

  test("is deleted when it is given up", () => {
    cancelUpload(uploads.value[0] as (typeof uploads.value)[number]);
    expect(api.deleteFile).toHaveBeenCalledWith("t1", "f1");
  });
});

describe("an upload that fails", () => {
  beforeEach(() => clearNotices());

  test("where its to-do is not open is shown all the same", async () => {
    api.startUpload.mockRejectedValue(new Unreachable());
    upload();
    await soon(() => expect(uploads.value[0]).toMatchObject({ state: "failed", canRetry: true }));
    expect(notices.value.map(({ text, action }) => [text, action?.label])).toEqual([
      ["Not uploaded: a.txt. There is no connection right now.", "Show"],
    ]);
  });

  test("for what the file is cannot be tried again", async () => {
    api.startUpload.mockRejectedValue(new ApiError(400, { detail: "No such name." }, null));
    upload();
    await soon(() => expect(uploads.value[0]).toMatchObject({ state: "failed", canRetry: false }));
  });

  test("because its user has gone says nothing to the next", async () => {
    api.startUpload.mockImplementation(() => {
      closeFiles();
      return Promise.reject(new SessionEnded());
    });
    upload();
    await soon(() => expect(api.startUpload).toHaveBeenCalled());
    await new Promise((resolve) => setTimeout(resolve));
    expect(notices.value).toEqual([]);
  });
});

test("an upload for which there is no room says what to do, and not how many bytes there are", async () => {
  const problem = { type: "urn:problem-type:quota-used-up", detail: "Your files would exceed your 1073741824 bytes." };
  api.startUpload.mockRejectedValue(new ApiError(409, problem, null));
  upload();
  await soon(() => expect(uploads.value[0]?.error).toMatch(/^There is no room for it: delete other files first/));
});
