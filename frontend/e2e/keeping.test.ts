/** Text is kept where its to-do has gone, and from the eyes of another tab until it is done. */
import { add, expect, neverPause, open, saved, test } from "./test";

test("text for a to-do that was deleted elsewhere is kept, over a reload, until the user decides", async ({
  list,
  api,
}) => {
  await add(list, "Gone");
  const details = await open(list, "Gone");
  await saved(list);
  const [todo] = await api.todos();
  await api.call("DELETE", `/me/todos/${todo?.todoID}`);
  await details.getByLabel("Notes").fill("Long and precious");
  await details.getByLabel("Notes").blur();
  await expect(details.getByText("Long and precious")).toBeVisible();
  await list.reload();
  await expect(details.getByText("Long and precious")).toBeVisible();
  await details.getByRole("button", { name: "Restore the to-do" }).click();
  await expect(details.getByLabel("Notes")).toHaveValue("Long and precious");
  await saved(list);
  expect(await api.todos()).toMatchObject([{ title: "Gone", notes: "Long and precious" }]);
});

test("opening a to-do in a second tab sends nothing that the first is still typing", async ({ list, context, api }) => {
  await add(list, "Same");
  const notes = (await open(list, "Same")).getByLabel("Notes");
  await saved(list);
  await neverPause(list);
  await notes.pressSequentially("one ");
  const other = await context.newPage();
  await Promise.all([other.goto(list.url()), notes.pressSequentially("two three four five six")]);
  await expect(other.locator("#details").getByLabel("Notes")).toBeVisible();
  await notes.press("Control+Enter");
  await saved(list);
  await expect(list.getByRole("form", { name: "Changed in two places" })).toBeHidden();
  expect(await api.todos()).toMatchObject([{ notes: "one two three four five six", version: 2 }]);
});

test("a tab that is opened as a copy of another one is another one", async ({ list, context, api }) => {
  await add(list, "Copied");
  const notes = (await open(list, "Copied")).getByLabel("Notes");
  await saved(list);
  await neverPause(list);
  await notes.pressSequentially("one ");
  // As "Duplicate tab" does: with all that the session storage holds.
  const [copy] = await Promise.all([
    context.waitForEvent("page"),
    list.evaluate(() => void window.open(location.href)),
    notes.pressSequentially("two three four five six"),
  ]);
  await expect(copy.locator("#details").getByLabel("Notes")).toBeVisible();
  await notes.press("Control+Enter");
  await saved(list);
  await expect(list.getByRole("form", { name: "Changed in two places" })).toBeHidden();
  expect(await api.todos()).toMatchObject([{ notes: "one two three four five six", version: 2 }]);
});
