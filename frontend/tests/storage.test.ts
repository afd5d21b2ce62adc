import { expect, test, vi } from "vitest";
import "./setup";
import { isFull, read, write } from "../src/store/storage";

test("what does not fit on the device is said to be not kept, until it is", () => {
  expect(write("a", "kept")).toBe(true);
  const full = vi.spyOn(localStorage, "setItem").mockImplementation(() => {
    throw new DOMException("full", "QuotaExceededError");
  });
  expect(write("b", "too long")).toBe(false);
  expect(write("a", null)).toBe(true);
  expect(isFull.value).toBe(true);
  full.mockRestore();
  expect(write("b", "short")).toBe(true);
  expect(isFull.value).toBe(false);
  expect(read("b")).toBe("short");
});
