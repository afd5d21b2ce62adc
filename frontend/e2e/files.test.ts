import { add, expect, open, test } from "./test";

// Playwright cannot answer in the place of a service worker, which fetches config.json.
test.use({ serviceWorkers: "block" });

const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

test("three files at once, one of them cancelled", async ({ list, page }) => {
  await add(list, "With files");
  const details = await open(list, "With files");
  await expect(details.getByText("Up to 100 MB each")).toBeVisible();
  // The large one is held up at the storage, so that there is time to cancel it.
  await page.route("**/local-files*", async (route) => {
    const body = route.request().postDataBuffer();
    if (body && body.length > 1_000_000) return;
    await route.continue();
  });
  await details.getByLabel(/^Add files/).setInputFiles([
    { name: "photo.png", mimeType: "image/png", buffer: PIXEL },
    { name: "letter.txt", mimeType: "text/plain", buffer: Buffer.from("Dear …") },
    { name: "film.bin", mimeType: "application/octet-stream", buffer: Buffer.alloc(3_000_000) },
  ]);
  await expect(details.getByRole("link", { name: /photo\.png/ })).toBeVisible();
  await expect(details.getByRole("link", { name: /letter\.txt/ })).toContainText("8 bytes");
  await expect(details.getByRole("progressbar", { name: "Uploading film.bin" })).toBeVisible();
  // Who signs out now would lose it.
  await list.getByRole("link", { name: /^Account of/ }).click();
  await list.getByRole("button", { name: "Sign out", exact: true }).click();
  await list.getByRole("button", { name: "Stay signed in" }).click();
  await list.goBack();
  await details.getByRole("button", { name: "Cancel: film.bin" }).click();
  await expect(details.getByText("film.bin")).toBeHidden();

  await list.reload();
  await expect(details.locator(".file")).toHaveCount(2);
  await expect
    .poll(() => details.locator(".file img").evaluate((image: HTMLImageElement) => image.naturalWidth))
    .toBe(1);
  const download = list.waitForEvent("download");
  await details.getByRole("link", { name: /letter\.txt/ }).click();
  expect((await download).suggestedFilename()).toBe("letter.txt");
  const remove = details.getByRole("button", { name: "Delete file: letter.txt" });
  // There is no way back, so a slip of the finger deletes nothing.
  await remove.click();
  await details.getByLabel("Notes").click();
  await expect(remove).toBeVisible();
  await remove.click();
  await details.getByRole("button", { name: "Delete for good: letter.txt" }).click();
  await expect(details.locator(".file")).toHaveCount(1);
});

test("an upload that failed can be tried again; dropping and pasting work", async ({ list, page }) => {
  await add(list, "Try again");
  const details = await open(list, "Try again");
  await expect(details.getByRole("heading", { name: "Files" })).toBeVisible();
  await page.route("**/local-files*", (route) => route.abort(), { times: 1 });
  await list.evaluate(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(["dropped"], "dropped.txt", { type: "text/plain" }));
    document.querySelector("#details")?.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true }));
  });
  await expect(details.locator(".file.is-failed")).toContainText("dropped.txt");
  await details.getByRole("button", { name: "Retry: dropped.txt" }).click();
  await expect(details.getByRole("link", { name: /dropped\.txt/ })).toBeVisible();
  await list.evaluate(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(["pasted"], "pasted.txt", { type: "text/plain" }));
    document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true }));
  });
  await expect(details.getByRole("link", { name: /pasted\.txt/ })).toBeVisible();
});

test("a file over the limit is refused before it is sent", async ({ list, page }) => {
  await page.route("**/config.json", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), maxFileBytes: 1000 } });
  });
  await list.reload();
  await add(list, "Small things only");
  const details = await open(list, "Small things only");
  await details
    .getByLabel(/^Add files/)
    .setInputFiles({ name: "big.bin", mimeType: "application/octet-stream", buffer: Buffer.alloc(2000) });
  await expect(details.locator(".file.is-failed")).toContainText("Too large");
});
