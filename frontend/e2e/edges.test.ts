/** Where keyboard, network and browser meet in ways that nobody plans. */
import { day } from "./noon";
import { AWS, TODOS } from "./ports";
import { add, expect, kept, open, row, saved, test } from "./test";

test("the arrows choose in a conflict, and stay in the list elsewhere", async ({ list, api }) => {
  await add(list, "Contested");
  const details = await open(list, "Contested");
  await saved(list);
  const [todo] = await api.todos();
  await api.call("PATCH", `/me/todos/${todo?.todoID}`, { notes: "theirs" });
  await details.getByLabel("Notes").fill("mine");
  await details.getByLabel("Notes").blur();
  const choices = details.getByRole("radio");
  await choices.first().focus();
  await list.keyboard.press("ArrowDown");
  await expect(choices.nth(1)).toBeFocused();
  await expect(choices.nth(1)).toBeChecked();
});

test("the keyboard is never lost when details close", async ({ list, page, api }) => {
  await api.add({ title: "First", dateDue: day(0) });
  await api.add({ title: "Second", dateDue: day(1) });
  await list.reload();
  const second = row(list, "Second").getByRole("link");
  await second.focus();
  await list.keyboard.press("Enter");
  await expect(list.locator("#details-title")).toBeFocused();
  await page.goBack();
  await expect(second).toBeFocused();

  await row(list, "First").getByRole("link").focus();
  await list.keyboard.press("Enter");
  await expect(list.locator("#details-title")).toBeFocused();
  await list.getByRole("button", { name: "Delete this to-do" }).focus();
  await list.keyboard.press("Enter");
  await expect(second).toBeFocused();
  await list.keyboard.press("Enter");
  await expect(list.locator("#details-title")).toBeFocused();
  await list.getByRole("button", { name: "Delete this to-do" }).focus();
  await list.keyboard.press("Enter");
  await expect(list.locator("#main")).toBeFocused();
});

test("a file that is looked at does not become the page for offline", async ({ list, context }) => {
  await add(list, "Still here");
  await list.evaluate(() => navigator.serviceWorker.ready);
  await kept(list, "Still here");
  await list.reload();
  await expect(row(list, "Still here")).toBeVisible();
  await list.goto("/icon.svg");
  await context.setOffline(true);
  await list.goto("/");
  await expect(row(list, "Still here")).toBeVisible();
});

test("a to-do is found at the address that it had before the service named it", async ({ list, context }) => {
  await context.setOffline(true);
  await add(list, "Begun offline");
  const details = await open(list, "Begun offline");
  const former = list.url();
  await context.setOffline(false);
  await saved(list);
  expect(list.url()).not.toBe(former);
  await list.goto(former);
  await expect(details.getByLabel("Title")).toHaveValue("Begun offline");
});

test.describe("without the service worker", () => {
  // Playwright cannot answer in its place.
  test.use({ serviceWorkers: "block" });

  test("a problem of Cognito's signs nobody out", async ({ list, page, api }) => {
    await add(list, "Before");
    await page.route(`${AWS}/**`, (route) =>
      route.fulfill({
        status: 500,
        headers: { "access-control-allow-origin": "*" },
        contentType: "application/x-amz-json-1.1",
        body: JSON.stringify({ __type: "InternalErrorException", message: "oops" }),
      }),
    );
    await page.route(
      `${TODOS}/**`,
      (route) => route.fulfill({ status: 401, headers: { "access-control-allow-origin": "*" }, body: "{}" }),
      { times: 2 },
    );
    await add(list, "During");
    await expect.poll(async () => (await api.todos()).length, { timeout: 30_000 }).toBe(2);
    await expect(list.getByRole("navigation", { name: "Lists" })).toBeVisible();
  });

  test("a file that cannot be had leaves the page alone", async ({ list, context }) => {
    await add(list, "With a file");
    const details = await open(list, "With a file");
    await details
      .getByLabel(/^Add files/)
      .setInputFiles({ name: "letter.txt", mimeType: "text/plain", buffer: Buffer.from("Dear …") });
    const link = details.getByRole("link", { name: /letter\.txt/ });
    await expect(link).toHaveAttribute("target", "_blank");
    await context.setOffline(true);
    await link.click();
    await expect(list.getByText("“letter.txt” can be opened as soon as there is a connection.")).toBeVisible();
    await expect(link).toBeVisible();
    await context.setOffline(false);
  });

  test("text that is pasted with a picture of itself stays text", async ({ list }) => {
    await add(list, "Cells");
    const details = await open(list, "Cells");
    await expect(details.getByRole("heading", { name: "Files" })).toBeVisible();
    await details.getByLabel("Notes").focus();
    const isTaken = await list.evaluate(() => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", "cells");
      clipboardData.items.add(new File([new Uint8Array(10)], "image.png", { type: "image/png" }));
      const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
      document.activeElement?.dispatchEvent(event);
      return event.defaultPrevented;
    });
    expect(isTaken).toBe(false);
    await expect(details.locator(".file")).toHaveCount(0);
  });

  test("an address that could not be read offline is asked for again", async ({ list, page, context, api }) => {
    await expect(list.getByText("Nothing to do yet")).toBeVisible();
    const todoID = await api.add({ title: "Deep" });
    await context.setOffline(true);
    await page.evaluate((id) => {
      history.pushState(null, "", `/?todo=${id}`);
      dispatchEvent(new PopStateEvent("popstate"));
    }, todoID);
    await expect(list.locator("#details").getByRole("button", { name: "Try again" })).toBeVisible();
    await context.setOffline(false);
    await expect(list.locator("#details-title")).toHaveValue("Deep");
  });
});
