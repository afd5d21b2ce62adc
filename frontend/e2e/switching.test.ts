/** One browser, two tabs, one user or two. */
import { createUser } from "./cloud";
import { TODOS } from "./ports";
import { add, expect, open, row, saved, signIn, test } from "./test";

test("a session that ends in one tab leaves what was typed and what was not sent", async ({ list, user, context }) => {
  await add(list, "Precious");
  const details = await open(list, "Precious");
  await expect(details.locator(".save-state")).toHaveText("Saved");
  const other = await context.newPage();
  await other.goto("/");
  await expect(row(other, "Precious")).toBeVisible();
  await list.bringToFront();
  await list.route(`${TODOS}/**`, (route) => (route.request().method() === "PATCH" ? route.abort() : route.continue()));
  await details.getByLabel("Notes").fill("Written without a network");
  await details.getByLabel("Notes").blur();
  await list.evaluate(() => {
    for (const key of Object.keys(localStorage)) if (/accessToken|refreshToken/.test(key)) localStorage.removeItem(key);
  });
  await list.reload();
  await expect(list.getByText("Your session has ended.")).toBeVisible();
  await expect(other.getByText("Your session has ended.")).toBeVisible();
  await list.unroute(`${TODOS}/**`);
  await signIn(list, user);
  await expect(list.locator("#details").getByLabel("Notes")).toHaveValue("Written without a network");
});

test("a to-do that is open in one tab stays so when another one has sent it", async ({ list, context, api }) => {
  const other = await context.newPage();
  await other.goto("/");
  await expect(other.getByText("Nothing to do yet")).toBeVisible();
  await list.route(`${TODOS}/**`, (route) => (route.request().method() === "GET" ? route.continue() : route.abort()));
  await context.setOffline(true);
  await add(list, "Begun offline");
  const details = await open(list, "Begun offline");
  const former = list.url();
  await details.getByLabel("Notes").fill("Mine");
  await details.getByLabel("Notes").blur();
  await context.setOffline(false);
  await expect.poll(async () => await api.todos()).toMatchObject([{ title: "Begun offline", notes: "Mine" }]);
  await expect(details.getByLabel("Notes")).toHaveValue("Mine");
  await expect(list).not.toHaveURL(former);
  await expect(row(list, "Begun offline")).toHaveCount(1);
  await list.unroute(`${TODOS}/**`);
  await details.getByLabel("Notes").fill("Mine, and more");
  await details.getByLabel("Notes").blur();
  await expect.poll(async () => await api.todos()).toMatchObject([{ notes: "Mine, and more" }]);
  await saved(list);
});

test("nothing of one user reaches the next", async ({ list }) => {
  const next = await createUser();
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await list.route(`${TODOS}/**`, async (route) => {
    if (route.request().method() !== "POST") return route.continue();
    const response = await route.fetch();
    await answered;
    await route.fulfill({ response });
  });
  await add(list, "Secret");
  await list.getByLabel("Search titles").fill("Secret");
  await list.getByRole("link", { name: /^Account of/ }).click();
  await list.getByRole("button", { name: "Sign out", exact: true }).click();
  await list.getByRole("button", { name: "Sign out and lose them" }).click();
  await expect(list.getByText("You are signed out.")).toBeVisible();
  await signIn(list, next);
  await list.getByRole("link", { name: "All", exact: true }).click();
  await expect(list.getByLabel("Search titles")).toHaveValue("");
  const received = list.waitForResponse((response) => response.request().method() === "POST");
  answer();
  await received;
  await list.getByLabel("Search titles").fill("Sec");
  await expect(list.getByText("Nothing found")).toBeVisible();
  await expect(row(list, "Secret")).toHaveCount(0);
});
