import { day } from "./noon";
import { add, expect, open, row, saved, section, test } from "./test";

test("the life of a to-do", async ({ list, api }) => {
  await add(list, "Renew passport");
  await expect(section(list, "No date")).toContainText("Renew passport");

  const details = await open(list, "Renew passport");
  await details.getByRole("button", { name: "Today" }).click();
  await expect(section(list, "Today")).toContainText("Renew passport");
  await details.getByRole("button", { name: "Tomorrow" }).click();
  await expect(section(list, "Tomorrow")).toContainText("Renew passport");
  await details.getByLabel("Description").fill("Two photos");
  await details.getByLabel("Notes").fill("The office opens at 8.\nNo appointment on Thursdays.");
  await details.getByLabel("Title").fill("Renew the passport");
  await details.getByLabel("Title").press("Enter");
  await saved(list);
  await expect(row(list, "Renew the passport")).toContainText("Two photos");
  expect(await api.todos()).toMatchObject([
    { title: "Renew the passport", notes: "The office opens at 8.\nNo appointment on Thursdays." },
  ]);

  await list.getByLabel("Complete this to-do").check();
  await expect(section(list, "Completed")).toContainText("Renew the passport");
  await list.getByLabel("Reopen this to-do").uncheck();
  await expect(section(list, "Tomorrow")).toContainText("Renew the passport");
  await saved(list);

  await list.reload();
  await expect(list.locator("#details").getByLabel("Notes")).toHaveValue(/opens at 8/);
  // The details may be here before the list.
  await expect(row(list, "Renew the passport")).toBeVisible();
  await list.getByRole("button", { name: "Close details" }).click();
  await expect(row(list, "Renew the passport").getByRole("link")).toBeFocused();
});

test("sections follow the days", async ({ list, api }) => {
  await api.add({ title: "Long ago", dateDue: day(-9) });
  await api.add({ title: "Now", dateDue: day(0) });
  await api.add({ title: "Soon", dateDue: day(1) });
  await api.add({ title: "One day", dateDue: day(40) });
  await api.add({ title: "Whenever" });
  const done = await api.add({ title: "Done" });
  await api.call("PATCH", `/me/todos/${done}`, { completed: true });
  await list.reload();
  await expect(list.getByRole("heading", { level: 2 })).toHaveText([
    "Overdue",
    "Today",
    "Tomorrow",
    "Later",
    "No date",
    "Completed",
  ]);
  await list.getByRole("link", { name: "Today", exact: true }).click();
  await expect(list.locator(".row-title")).toHaveText(["Long ago", "Now"]);
  await list.getByRole("link", { name: "Completed", exact: true }).click();
  await expect(list.locator(".row-title")).toHaveText(["Done"]);
  await list.goBack();
  await expect(list.locator(".row-title")).toHaveText(["Long ago", "Now"]);
});

test("what is deleted can be undone, or restored from the trash", async ({ list, api }) => {
  await add(list, "Keep the chair");
  await add(list, "Sell the desk");
  await row(list, "Sell the desk").hover();
  // In a hurry: the second click comes when the chair is where the desk was.
  await list.getByRole("button", { name: "Delete: Sell the desk" }).dblclick();
  await expect(row(list, "Sell the desk")).toBeHidden();
  await expect(row(list, "Keep the chair")).toBeVisible();
  await list.getByRole("button", { name: "Undo" }).click();
  await expect(row(list, "Sell the desk")).toBeVisible();

  await open(list, "Sell the desk");
  await list.getByRole("button", { name: "Delete this to-do" }).click();
  await expect(row(list, "Sell the desk")).toBeHidden();
  await list.getByRole("link", { name: "Trash", exact: true }).click();
  await expect(row(list, "Sell the desk")).toContainText("Deleted: Today");
  await list.getByRole("button", { name: "Restore: Sell the desk" }).click();
  await expect(list.getByRole("heading", { name: "The trash is empty" })).toBeVisible();
  await list.getByRole("link", { name: "All", exact: true }).click();
  await expect(row(list, "Sell the desk")).toBeVisible();
  await expect.poll(async () => (await api.todos()).length).toBe(2);
});

test("a search finds as one types, and gives the list back", async ({ list, api }) => {
  for (const title of ["Buy apples", "Buy pears", "Sell apples", "Straße kehren"]) await api.add({ title });
  await list.reload();
  await expect(row(list, "Buy pears")).toBeVisible();
  await list.getByLabel("Search titles").pressSequentially("APPLES", { delay: 30 });
  await expect(list.locator(".row-title")).toHaveText(["Sell apples", "Buy apples"]);
  await list.getByLabel("Search titles").fill("nothing like it");
  await expect(list.getByRole("heading", { name: "Nothing found" })).toBeVisible();
  await list.getByLabel("Search titles").press("Escape");
  await expect(list.locator(".row-title")).toHaveCount(4);
});

test("a thousand to-dos, scrolled to the end, each once", async ({ list, api }) => {
  test.slow();
  const titles = Array.from({ length: 1000 }, (_, number) => `Number ${String(number).padStart(4, "0")}`);
  for (let start = 0; start < titles.length; start += 8) {
    await Promise.all(titles.slice(start, start + 8).map((title) => api.add({ title })));
  }
  await list.reload();
  await expect(row(list, "Number").first()).toBeVisible();
  await expect
    .poll(
      async () => {
        await list.mouse.wheel(0, 20_000);
        return list.locator(".row-title").count();
      },
      { timeout: 60_000, intervals: [50] },
    )
    .toBe(1000);
  expect(new Set(await list.locator(".row-title").allTextContents()).size).toBe(1000);
});

test("what the service refuses is taken back, with the reason", async ({ list, page }) => {
  await add(list, "Stays open");
  await page.route("**/me/todos/*", (route) =>
    route.request().method() === "PATCH"
      ? route.fulfill({ status: 400, contentType: "application/problem+json", body: '{"detail":"Not today."}' })
      : route.continue(),
  );
  await list.getByLabel("Complete: Stays open").click();
  await expect(list.getByText("The change of “Stays open” was not saved. Not today.")).toBeVisible();
  await expect(list.getByLabel("Complete: Stays open")).not.toBeChecked();

  const details = await open(list, "Stays open");
  await details.getByLabel("Notes").fill("Not to be lost");
  await details.getByLabel("Notes").blur();
  await expect(list.getByText("Your text is kept here, unsaved.")).toBeVisible();
  await expect(details.getByLabel("Notes")).toHaveValue("Not to be lost");
  await page.unroute("**/me/todos/*");
  await details.getByLabel("Notes").press("Control+Enter");
  await saved(list);
});

test("markup in a title is text", async ({ list }) => {
  await add(list, "<img src=x onerror=alert(1)><b>bold</b>");
  await expect(list.locator(".row-title")).toHaveText("<img src=x onerror=alert(1)><b>bold</b>");
});

test("a new to-do is refused before anything of its title is cut off, and waits while one looks elsewhere", async ({
  list,
}) => {
  const line = list.getByLabel("New to-do", { exact: true });
  await line.fill("x".repeat(501));
  await line.press("Enter");
  await expect(list.getByText("At most 500 characters; these are 501.")).toBeVisible();
  await line.fill("Half a tit");
  await list.getByRole("link", { name: "Completed" }).click();
  await list.getByRole("link", { name: "Open" }).click();
  await expect(line).toHaveValue("Half a tit");
});

test("pasted lines become to-dos in their order, which Undo takes back", async ({ list, api }) => {
  const titles = list.locator(".row-title");
  await add(list, "Before");
  await list.getByLabel("New to-do", { exact: true }).evaluate((line) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", "Milk\r\n\n  Eggs \nBread\n");
    line.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  });
  // Whoever points at a message keeps it, however long the rest takes.
  await list.getByText("Added 3 to-dos.").hover();
  await expect(titles).toHaveText(["Milk", "Eggs", "Bread", "Before"]);
  await expect
    .poll(async () => (await api.todos()).map(({ title }) => title))
    .toEqual(["Milk", "Eggs", "Bread", "Before"]);
  await list.getByRole("button", { name: "Undo" }).click();
  await expect(titles).toHaveText(["Before"]);
  await expect.poll(async () => (await api.todos()).map(({ title }) => title)).toEqual(["Before"]);
});
