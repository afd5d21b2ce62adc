/** For everybody: axe on every screen and in every state, light and dark, on the narrowest screen and on a wide one. */
import { signOutEverywhere } from "./cloud";
import { day } from "./noon";
import { add, check, expect, type Locator, open, type Page, row, saved, signIn, test } from "./test";

// Else the page would start without the network too.
test.use({ serviceWorkers: "block" });

const SIGNED_OUT = {
  "sign-in": "Sign in",
  register: "Create an account",
  confirm: "Confirm your address",
  forgot: "Reset your password",
  reset: "Choose a new password",
};

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [320, 1280]) {
    test.describe(`${colorScheme}, ${width} px`, () => {
      test.use({ colorScheme, viewport: { width, height: 720 } });

      test("no barrier on any screen", async ({ page, user, api }) => {
        await page.goto("/");
        for (const [screen, heading] of Object.entries(SIGNED_OUT)) {
          await page.goto(`/#${screen}`);
          await expect(page.getByRole("heading", { name: heading })).toBeVisible();
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
        await page.getByLabel("Search titles").fill("nothing like it");
        await expect(page.getByRole("heading", { name: "Nothing found" })).toBeVisible();
        await check(page, "nothing found");
        await page.getByLabel("Search titles").fill("");
        await page.getByRole("button", { name: "Delete: Done" }).press("Enter");
        await expect(page.getByRole("button", { name: "Undo" })).toBeVisible();
        await check(page, "a message");
        for (const path of ["/today", "/completed", "/trash", "/account"]) {
          await page.goto(path);
          await expect(page.getByRole("heading", { level: 1 })).toBeAttached();
          await check(page, path);
        }
        await page.getByRole("button", { name: "Delete my account …" }).click();
        await expect(page.getByRole("dialog", { name: "Delete the account?" })).toBeVisible();
        await check(page, "the question");
        await page.keyboard.press("Escape");
        await expect(page.getByRole("dialog")).toBeHidden();
        await page.keyboard.press("?");
        await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
        await check(page, "the keys");
      });

      test("no barrier in any state of a to-do, and none where something is wrong", async ({
        list,
        user,
        api,
        context,
      }) => {
        await add(list, "In every state");
        const details = await open(list, "In every state");
        await sendFiles(list, details);
        await check(list, "the details, files under way");
        await details.getByLabel(/^Due date/).focus();
        await check(list, "a date being chosen");

        const [todo] = await api.todos();
        const path = `/me/todos/${todo?.todoID}`;
        await api.call("PATCH", path, { notes: "Theirs" });
        await details.getByLabel("Notes").fill("Mine");
        await details.getByLabel("Notes").blur();
        await expect(details.getByRole("form", { name: "Changed in two places" })).toBeVisible();
        await check(list, "both versions");
        await details.getByRole("button", { name: "Keep this" }).click();
        await saved(list);

        await api.call("DELETE", path);
        await details.getByLabel("Notes").fill("Long and precious");
        await details.getByLabel("Notes").blur();
        await expect(details.getByRole("heading", { name: "Your text is kept" })).toBeVisible();
        await check(list, "text whose to-do has gone");

        await context.setOffline(true);
        await details.getByRole("button", { name: "Save as new" }).click();
        await expect(list.getByText("You are offline. One change waits to be sent.")).toBeVisible();
        await check(list, "the details offline");
        await details.getByRole("button", { name: "Close details" }).click();
        await check(list, "offline");
        await list.getByRole("link", { name: /^Account of/ }).click();
        await list.getByRole("button", { name: "Sign out", exact: true }).click();
        await expect(list.getByRole("dialog", { name: "Not everything has been sent" })).toBeVisible();
        await check(list, "unsent changes");
        await list.keyboard.press("Escape");
        await context.setOffline(false);
        await expect.poll(async () => (await api.todos()).length).toBe(1);

        await signOutEverywhere(user.email);
        await list.evaluate(() => {
          for (const key of Object.keys(localStorage)) if (/Token/.test(key)) localStorage.removeItem(key);
        });
        await list.reload();
        await expect(list.getByText("Your session has ended.")).toBeVisible();
        await check(list, "the session has ended");
        await list.route("**/config.json", (route) => route.abort());
        await list.reload();
        await expect(list.getByRole("button", { name: "Try again" })).toBeVisible();
        await check(list, "cannot start");
      });
    });
  }
}

/** One stored, one that has failed, one that never arrives. */
async function sendFiles(page: Page, details: Locator): Promise<void> {
  await page.route("**/local-files*", (route) => {
    const body = route.request().postDataBuffer()?.toString("latin1") ?? "";
    if (body.includes("film.bin")) return;
    return body.includes("broken.txt") ? route.abort() : route.continue();
  });
  await details.getByLabel(/^Add files/).setInputFiles(
    ["stored.txt", "broken.txt", "film.bin"].map((name) => ({
      name,
      mimeType: "text/plain",
      buffer: Buffer.from("Dear …"),
    })),
  );
  await expect(details.getByRole("link", { name: /stored\.txt/ })).toBeVisible();
  await expect(details.getByRole("button", { name: "Retry: broken.txt" })).toBeVisible();
  await expect(details.getByRole("progressbar", { name: "Uploading film.bin" })).toBeVisible();
}
