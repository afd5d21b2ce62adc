/** One browser, two tabs, two users. */
import { createUser } from "./cloud";
import { TODOS } from "./ports";
import { add, expect, open, row, signIn, test } from "./test";

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
