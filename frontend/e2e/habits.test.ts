/** Offline, by keyboard alone, and for everybody: axe on every screen. */
import { add, check, day, expect, open, row, saved, section, signIn, test } from "./test";

test("offline: what was there can be read, what is done is sent later", async ({ list, context, api }) => {
  await add(list, "Known before");
  await open(list, "Known before");
  await saved(list);
  await list.evaluate(() => navigator.serviceWorker.ready);
  // The list is written to the device a moment after it has changed.
  await list.waitForTimeout(1500);
  await context.setOffline(true);
  await list.reload();
  await expect(row(list, "Known before")).toBeVisible();
  await expect(list.getByText("You are offline.")).toBeVisible();
  await add(list, "Written offline");
  await open(list, "Written offline");
  await list.locator("#details").getByLabel("Notes").fill("With notes");
  await list.getByLabel("Complete: Known before").click();
  await expect(list.getByText("3 changes wait to be sent.")).toBeVisible();
  await check(list, "offline");
  // Even a closed page keeps them.
  await list.reload();
  await expect(row(list, "Written offline")).toBeVisible();

  await context.setOffline(false);
  await expect(list.getByText("Back online: 3 changes sent.")).toBeVisible();
  await expect(list.getByText("You are offline.")).toBeHidden();
  expect((await api.todos()).map(({ title, notes, completed }) => [title, notes, completed])).toEqual([
    ["Written offline", "With notes", false],
    ["Known before", "", true],
  ]);
});

test("by keyboard alone", async ({ page, user, api }) => {
  await api.add({ title: "First", dateDue: day(0) });
  await api.add({ title: "Second", dateDue: day(1) });
  const { keyboard } = page;
  await page.goto("/");
  await expect(page.getByLabel("E-mail address")).toBeFocused();
  await keyboard.type(user.email);
  await keyboard.press("Tab");
  await keyboard.type(user.password);
  await keyboard.press("Enter");
  await expect(row(page, "First")).toBeVisible();

  await keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  await keyboard.press("Escape");
  await keyboard.press("n");
  await keyboard.type("Third");
  await keyboard.press("Enter");
  await expect(row(page, "Third")).toBeVisible();
  await keyboard.press("Escape");
  await keyboard.press("ArrowDown");
  await expect(row(page, "First").getByRole("link")).toBeFocused();
  await keyboard.press("x");
  await expect(section(page, "Completed")).toContainText("First");
  await expect(row(page, "Second").getByRole("link")).toBeFocused();
  await keyboard.press("Delete");
  await expect(row(page, "Second")).toBeHidden();
  await expect(row(page, "Third").getByRole("link")).toBeFocused();
  await keyboard.press("Control+z");
  await expect(row(page, "Second")).toBeVisible();
  await keyboard.press("Enter");
  await expect(page.locator("#details").getByLabel("Title")).toBeFocused();
  await keyboard.press("End");
  await keyboard.type(" time");
  await keyboard.press("Escape");
  await expect(row(page, "Third time").getByRole("link")).toBeFocused();
  await keyboard.press("/");
  await keyboard.type("second");
  await expect(page.locator(".row-title")).toHaveText(["Second"]);
  await keyboard.press("Escape");
  await keyboard.press("Escape");
  await keyboard.press("5");
  await expect(page.getByRole("heading", { name: "The trash is empty" })).toBeVisible();
});

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [320, 1280]) {
    test(`no barrier on any screen: ${colorScheme}, ${width} px`, async ({ page, user, api }) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 720 });
      await page.goto("/");
      for (const screen of ["sign-in", "register", "confirm", "forgot", "reset"]) {
        await page.goto(`/#${screen}`);
        await check(page, screen);
      }
      await page.goto("/#sign-in");
      await api.add({ title: "Overdue with everything", dateDue: day(-3), notes: "Some notes" });
      await api.add({ title: `${"A very long title ".repeat(10)}${"x".repeat(120)}` });
      const done = await api.add({ title: "Done" });
      await api.call("PATCH", `/me/todos/${done}`, { completed: true });
      await api.call("DELETE", `/me/todos/${await api.add({ title: "Deleted" })}`);
      await signIn(page, user);
      await expect(row(page, "Overdue")).toBeVisible();
      await check(page, "the list");
      await open(page, "Overdue with everything");
      await page
        .locator("#details")
        .getByLabel(/^Add files/)
        .setInputFiles({ name: "a.txt", mimeType: "text/plain", buffer: Buffer.from("a") });
      await expect(page.getByRole("link", { name: /a\.txt/ })).toBeVisible();
      await check(page, "the details");
      await page.getByRole("button", { name: "Delete this to-do" }).click();
      await expect(page.getByRole("button", { name: "Undo" })).toBeVisible();
      await check(page, "a message");
      for (const path of ["/today", "/completed", "/trash", "/account"]) {
        await page.goto(path);
        await expect(page.getByRole("heading", { level: 1 })).toBeAttached();
        await check(page, path);
      }
      await page.getByRole("button", { name: "Delete my account …" }).click();
      await check(page, "the question");
      await page.keyboard.press("Escape");
      await page.keyboard.press("?");
      await check(page, "the keys");
    });
  }
}
