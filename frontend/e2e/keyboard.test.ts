/** Every flow by keyboard alone: keys are pressed, nothing is clicked, and the focus is where one would look for it. */
import { codeFor, newAddress, PASSWORD, type User } from "./cloud";
import { day } from "./noon";
import { expect, type Locator, type Page, row, saved, section, test } from "./test";

const NEW_PASSWORD = "Battery-staple-8";

/** Fails where the keyboard cannot get to, or is caught on the way. */
async function tabTo(target: Locator, { back = false } = {}): Promise<void> {
  const { keyboard } = target.page();
  for (let presses = 0; presses < 40; presses++) {
    await keyboard.press(back ? "Shift+Tab" : "Tab");
    if (await target.evaluate((element) => element === document.activeElement)) return;
  }
  await expect(target).toBeFocused();
}

async function enter(page: Page, { email, password }: User): Promise<void> {
  await page.goto("/");
  await expect(page.getByLabel("E-mail address")).toBeFocused();
  await page.keyboard.type(email);
  await page.keyboard.press("Tab");
  await page.keyboard.type(password);
  await page.keyboard.press("Enter");
  await expect(page.locator("#main")).toBeFocused();
}

/** The details of the first to-do. */
async function openFirst(page: Page): Promise<Locator> {
  await expect(page.locator(".row-link").first()).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await expect(page.locator(".row-link").first()).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.locator("#details-title")).toBeFocused();
  return page.locator("#details");
}

test("by keyboard: from registration to the end of the account", async ({ page }) => {
  const { keyboard } = page;
  const email = newAddress();
  await page.goto("/");
  await expect(page.getByLabel("E-mail address")).toBeFocused();
  await tabTo(page.getByRole("link", { name: "Create an account" }));
  await keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Create an account" })).toBeVisible();
  await expect(page.getByLabel("E-mail address")).toBeFocused();
  await keyboard.type(email);
  await keyboard.press("Tab");
  await keyboard.type(PASSWORD);
  await keyboard.press("Tab");
  await keyboard.press("Space");
  await expect(page.getByRole("button", { name: "Show the password", pressed: true })).toBeFocused();
  await tabTo(page.getByRole("button", { name: "Create account" }));
  await keyboard.press("Space");

  const code = page.getByLabel("Code", { exact: true });
  await expect(code).toBeFocused();
  await tabTo(page.getByRole("button", { name: "Send the code again" }));
  await keyboard.press("Enter");
  await expect(page.getByText("A new code is on its way.")).toBeVisible();
  await tabTo(code, { back: true });
  await keyboard.type(await codeFor(email));
  await keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Nothing to do yet" })).toBeVisible();
  await expect(page.locator("#main")).toBeFocused();

  await tabTo(page.getByRole("link", { name: /^Account of/ }), { back: true });
  await keyboard.press("Enter");
  await tabTo(page.getByRole("button", { name: "Delete my account …" }));
  await keyboard.press("Enter");
  const typed = page.getByRole("dialog", { name: "Delete the account?" }).getByLabel("Your e-mail address");
  await expect(typed).toBeFocused();
  await keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "Delete my account …" })).toBeFocused();
  await keyboard.press("Enter");
  await expect(typed).toBeFocused();
  await keyboard.type(`not-${email}`);
  await keyboard.press("Enter");
  await expect(page.getByRole("alert").getByText("That is not your e-mail address.")).toBeVisible();
  await expect(typed).toBeFocused();
  await keyboard.press("Control+a");
  await keyboard.type(email);
  await keyboard.press("Enter");
  await expect(page.getByText("Your account is deleted.")).toBeVisible();
  await expect(page.getByLabel("E-mail address")).toBeFocused();
});

test("by keyboard: a forgotten password, then another one, then out everywhere", async ({ page, user }) => {
  const { keyboard } = page;
  await page.goto("/");
  await expect(page.getByLabel("E-mail address")).toBeFocused();
  await keyboard.type(user.email);
  await tabTo(page.getByRole("link", { name: "Forgotten your password?" }));
  await keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Reset your password" })).toBeVisible();
  await expect(page.getByLabel("E-mail address")).toBeFocused();
  await expect(page.getByLabel("E-mail address")).toHaveValue(user.email);
  await keyboard.press("Enter");
  await expect(page.getByLabel("Code from the e-mail")).toBeFocused();
  await keyboard.type(await codeFor(user.email));
  await keyboard.press("Tab");
  await keyboard.type(NEW_PASSWORD);
  await keyboard.press("Enter");
  await expect(page.locator("#main")).toBeFocused();

  await tabTo(page.getByRole("link", { name: /^Account of/ }), { back: true });
  await keyboard.press("Enter");
  const present = page.getByLabel("Present password");
  const next = page.getByLabel("New password");
  await tabTo(present);
  await keyboard.type("Not-the-password-1");
  await tabTo(next);
  await keyboard.type(PASSWORD);
  await keyboard.press("Enter");
  await expect(page.getByRole("alert")).toContainText("wrong");
  await expect(present).toBeFocused();
  await keyboard.press("Control+a");
  await keyboard.type(NEW_PASSWORD);
  await tabTo(next);
  await keyboard.press("Enter");
  await expect(page.getByText("Your password is changed.")).toBeVisible();
  await expect(next).toBeFocused();
  await expect(next).toHaveValue("");

  await tabTo(page.getByRole("button", { name: "Sign out everywhere" }), { back: true });
  await keyboard.press("Enter");
  await expect(page.getByText("You are signed out.")).toBeVisible();
  await expect(page.getByLabel("E-mail address")).toBeFocused();
  await expect(page.getByLabel("E-mail address")).toHaveValue(user.email);
  await keyboard.press("Tab");
  await keyboard.type(PASSWORD);
  await keyboard.press("Enter");
  await expect(page.locator("#main")).toBeFocused();
});

test("by keyboard: the list", async ({ page, user, api }) => {
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

test("by keyboard: search, filters, undo, trash and restore", async ({ page, user, api }) => {
  const { keyboard } = page;
  for (const title of ["Buy apples", "Buy pears", "Sell apples"]) await api.add({ title });
  await enter(page, user);
  await expect(row(page, "Buy pears")).toBeVisible();
  await keyboard.press("/");
  await expect(page.getByLabel("Search titles")).toBeFocused();
  await keyboard.type("apples");
  await expect(page.locator(".row-title")).toHaveText(["Sell apples", "Buy apples"]);
  await keyboard.press("ArrowDown");
  await expect(row(page, "Sell apples").getByRole("link")).toBeFocused();
  await keyboard.press("Delete");
  await expect(page.locator(".row-title")).toHaveText(["Buy apples"]);
  await expect(row(page, "Buy apples").getByRole("link")).toBeFocused();
  await tabTo(page.getByRole("button", { name: "Undo" }));
  await keyboard.press("Enter");
  await expect(page.locator(".row-title")).toHaveText(["Sell apples", "Buy apples"]);
  await expect(page.locator("#main")).toBeFocused();

  await keyboard.press("ArrowDown");
  await tabTo(page.getByRole("button", { name: "Delete: Sell apples" }));
  await keyboard.press("Space");
  await expect(row(page, "Buy apples").getByRole("link")).toBeFocused();
  await keyboard.press("5");
  await expect(page.getByRole("heading", { name: "Trash" })).toBeVisible();
  await expect(page.locator("#main")).toBeFocused();
  await expect(row(page, "Sell apples")).toBeVisible();
  await keyboard.press("ArrowDown");
  await expect(page.getByRole("button", { name: "Restore: Sell apples" })).toBeFocused();
  await keyboard.press("Enter");
  await expect(row(page, "Sell apples")).toBeHidden();
  await expect(page.locator("#main")).toBeFocused();

  const completed = page.getByRole("link", { name: "Completed", exact: true });
  await tabTo(completed, { back: true });
  await keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Nothing found" })).toBeVisible();
  await expect(completed).toBeFocused();
  await tabTo(page.getByRole("link", { name: "All", exact: true }), { back: true });
  await keyboard.press("Enter");
  await expect(page.locator(".row-title")).toHaveText(["Sell apples", "Buy apples"]);
  await keyboard.press("/");
  await keyboard.press("Escape");
  await expect(page.locator(".row-title")).toHaveCount(3);
});

test("by keyboard: both versions of a text, and a text whose to-do has gone", async ({ page, user, api }) => {
  const { keyboard } = page;
  const todoID = await api.add({ title: "Shared" });
  await enter(page, user);
  const details = await openFirst(page);
  const notes = details.getByLabel("Notes");
  await tabTo(notes);
  await api.call("PATCH", `/me/todos/${todoID}`, { notes: "Theirs" });
  await keyboard.type("Mine");
  await keyboard.press("Control+Enter");
  const conflict = details.getByRole("form", { name: "Changed in two places" });
  await expect(conflict).toBeVisible();
  await expect(details.getByText("Waiting for your choice")).toBeVisible();
  // Whoever is typing is not thrown elsewhere.
  await expect(notes).toBeFocused();
  await tabTo(conflict.getByRole("radio", { name: /^Yours/ }), { back: true });
  await keyboard.press("ArrowDown");
  await keyboard.press("ArrowDown");
  await expect(conflict.getByRole("radio", { name: /^Both/ })).toBeFocused();
  await keyboard.press("Tab");
  await expect(conflict.getByRole("button", { name: "Keep this" })).toBeFocused();
  await keyboard.press("Enter");
  await expect(conflict).toBeHidden();
  await expect(details).toBeFocused();
  await saved(page);
  expect(await api.todos()).toMatchObject([{ notes: "Mine\n\nTheirs" }]);

  await api.call("DELETE", `/me/todos/${todoID}`);
  await tabTo(notes);
  await keyboard.press("Control+End");
  await keyboard.type(", and more");
  await keyboard.press("Control+Enter");
  await expect(details.getByRole("heading", { name: "Your text is kept" })).toBeVisible();
  await expect(details).toBeFocused();
  await tabTo(details.getByRole("button", { name: "Restore the to-do" }));
  await keyboard.press("Enter");
  await expect(notes).toHaveValue("Mine\n\nTheirs, and more");
  await expect(details).toBeFocused();
  await saved(page);
  await keyboard.press("Escape");
  await expect(row(page, "Shared").getByRole("link")).toBeFocused();
});

test("by keyboard: files are chosen, cancelled, sent again, opened and deleted", async ({ page, user, api }) => {
  const { keyboard } = page;
  await api.add({ title: "With files" });
  let isBroken = true;
  await page.route("**/local-files*", async (route) => {
    const body = route.request().postDataBuffer()?.toString("latin1") ?? "";
    // The film never arrives, the letter only when it is sent again.
    if (body.includes("film.bin")) return;
    if (!body.includes("letter.txt") || !isBroken) return route.continue();
    isBroken = false;
    return route.abort();
  });
  await enter(page, user);
  const details = await openFirst(page);
  await tabTo(details.getByLabel(/^Add files/));
  const choosing = page.waitForEvent("filechooser");
  await keyboard.press("Enter");
  await (await choosing).setFiles([
    { name: "list.csv", mimeType: "text/csv", buffer: Buffer.from("a,b") },
    { name: "letter.txt", mimeType: "text/plain", buffer: Buffer.from("Dear …") },
    { name: "film.bin", mimeType: "application/octet-stream", buffer: Buffer.from("…") },
  ]);
  await expect(details.getByRole("link", { name: /list\.csv/ })).toBeVisible();
  await expect(details.locator(".file.is-failed")).toContainText("letter.txt");

  await tabTo(details.getByRole("button", { name: "Cancel: film.bin" }), { back: true });
  await keyboard.press("Enter");
  await expect(details.getByText("film.bin")).toBeHidden();
  await expect(details.getByRole("button", { name: "Retry: letter.txt" })).toBeFocused();
  await keyboard.press("Enter");
  const letter = details.getByRole("link", { name: /letter\.txt/ });
  await expect(letter).toBeFocused();
  const download = page.waitForEvent("download");
  await keyboard.press("Enter");
  expect((await download).suggestedFilename()).toBe("letter.txt");
  await keyboard.press("Tab");
  await expect(details.getByRole("button", { name: "Delete file: letter.txt" })).toBeFocused();
  await keyboard.press("Enter");
  await expect(details.getByRole("button", { name: "Delete for good: letter.txt" })).toBeFocused();
  await keyboard.press("Enter");
  await expect(letter).toBeHidden();
  await expect(details.getByRole("link", { name: /list\.csv/ })).toBeFocused();
  await keyboard.press("Tab");
  await keyboard.press("Space");
  await keyboard.press("Space");
  await expect(details.locator(".file")).toHaveCount(0);
  await expect(details.getByLabel(/^Add files/)).toBeFocused();
});
