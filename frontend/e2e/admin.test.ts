/** The staff admin, by way of the todos service: in a real browser, with its policy in force. */
import { createHmac } from "node:crypto";
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { Api, createUser, type User } from "./cloud";
import { AWS, TODOS } from "./ports";
import { expect, test } from "./test";

test.use({ actionTimeout: 8000 });

const STAFF = "support@example.com";
const PASSWORD = "Support-desk-2026!";

async function codeOf(email: string): Promise<string> {
  const answer = await fetch(`${AWS}/_standin/totp?username=${encodeURIComponent(email)}`);
  return ((await answer.json()) as { code: string }).code;
}

async function signIn(page: Page): Promise<void> {
  await page.goto(`${TODOS}/admin/`);
  await page.getByLabel("E-mail address").fill(STAFF);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByLabel("Code").fill(await codeOf(STAFF));
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: "What can I help with?" })).toBeVisible();
}

async function findCustomer(page: Page, { email }: User): Promise<void> {
  await page.getByRole("link", { name: "Customers", exact: true }).first().click();
  await page.locator("#searchbar").fill(email.slice(0, 12));
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByRole("link", { name: email }).click();
  await expect(page.getByText("What there is")).toBeVisible();
}

/** Keeps a picture beside the results, to be looked at. */
async function look(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `test-results/admin/${name}.png`, fullPage: true });
}

test("support finds a customer, edits, restores, completes sixty at once, deletes a file and reads the history", async ({
  page,
}) => {
  // Some fifty pages, one after the other.
  test.slow();
  const customer = await createUser();
  const api = await Api.of(customer);
  const edited = await api.add({ title: "Renew pasport", dateDue: "2030-05-01", notes: "Two\nlines" });
  const trashed = await api.add({ title: "Thrown away by mistake" });
  await api.call("DELETE", `/me/todos/${trashed}`);
  for (let number = 0; number < 60; number += 1) await api.add({ title: `Chore ${number}` });
  await api.attach(edited, "receipt.txt", "42 euros");

  await page.goto(`${TODOS}/admin/`);
  await look(page, "sign-in");
  await signIn(page);
  await look(page, "index");
  await findCustomer(page, customer);
  await look(page, "customer");

  await page.getByRole("link", { name: "To-dos", exact: true }).last().click();
  await expect(page.getByText("61 to-dos on this page")).toBeVisible();
  await look(page, "todos");
  await page.getByRole("link", { name: "Renew pasport" }).click();
  await look(page, "todo");
  await page.getByLabel("Title").fill("Renew passport");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText("was changed successfully")).toBeVisible();
  expect(await api.call<{ title: string; notes: string }>("GET", `/me/todos/${edited}`)).toMatchObject({
    title: "Renew passport",
    notes: "Two\nlines",
  });

  await page.getByRole("link", { name: "In the trash" }).click();
  await page.getByRole("link", { name: "Thrown away by mistake" }).click();
  await look(page, "trashed");
  await page.getByRole("button", { name: "Restore from the trash" }).click();
  await expect(page.getByText("is out of the trash")).toBeVisible();

  await page.getByRole("link", { name: `All of ${customer.email}` }).click();
  await page.locator("#searchbar").fill("CHORE");
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByLabel("Select all objects on this page for an action").check();
  await page.getByLabel("Action:").selectOption("complete");
  await page
    .getByRole("button", { name: "Run" })
    .or(page.getByRole("button", { name: "Go", exact: true }))
    .first()
    .click();
  await expect(page.getByText("60 to-dos completed.")).toBeVisible();
  expect((await api.todos("completed")).length).toBe(60);

  await page.goto(`${TODOS}/admin/todos/todo/?customer=${api.sub}`);
  await page.getByRole("link", { name: "Renew passport" }).click();
  await page.getByRole("link", { name: "receipt.txt" }).click();
  await look(page, "file");
  await page.getByRole("link", { name: "Download …" }).click();
  await page.getByLabel("Reason").fill("Request 4711 of the customer");
  await page.getByRole("button", { name: "Get the link" }).click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download receipt.txt" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("receipt.txt");
  await page.goBack();
  await page.goBack();
  await page.getByRole("link", { name: "Delete" }).click();
  await look(page, "delete");
  await page.getByRole("button", { name: "Yes, I’m sure" }).click();
  await expect(page.getByText("was deleted successfully")).toBeVisible();

  await page.goto(`${TODOS}/admin/todos/todo/?customer=${api.sub}`);
  await page.getByRole("link", { name: "Renew passport" }).click();
  await page.getByRole("link", { name: "History" }).click();
  await expect(page.getByText("Renew pasport → Renew passport")).toBeVisible();
  await look(page, "history");
  const { violations } = await new AxeBuilder({ page }).include("#content").analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);

  await page.getByRole("link", { name: "Home" }).click();
  await page.getByRole("link", { name: "Audit events" }).click();
  await expect(page.locator("#result_list")).toContainText("download");
  await look(page, "audit");
  await page.emulateMedia({ colorScheme: "dark" });
  await look(page, "audit-dark");
  await page.getByRole("button", { name: "Log out" }).click();
  await expect(page.getByRole("button", { name: "Sign in" })).toBeVisible();
});

/** What an authenticator app shows for a secret: RFC 6238, with its usual six digits of SHA-1 every 30 seconds. */
function codeFrom(secret: string): string {
  const bits = [...secret].map((each) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(each).toString(2).padStart(5, "0"));
  const key = Buffer.from(
    bits
      .join("")
      .match(/.{8}/g)
      ?.map((byte) => Number.parseInt(byte, 2)) ?? [],
  );
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const hash = createHmac("sha1", key).update(step).digest();
  const number = hash.readUInt32BE((hash.at(-1) as number) & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

test("a new member of staff chooses a password, sets up an app and comes in", async ({ page }) => {
  await page.goto(`${TODOS}/admin/support/event/`);
  await page.getByLabel("E-mail address").fill("newcomer@example.com");
  await page.getByLabel("Password").fill("Only-for-once-2026!");
  await page.getByRole("button", { name: "Sign in" }).click();

  await page.getByLabel("New password").fill("too short");
  await page.getByLabel("The same again").fill("too short");
  await page.getByRole("button", { name: "Go on" }).click();
  await expect(page.locator(".errorlist")).toContainText("Password");
  await look(page, "choose-password");
  await page.getByLabel("New password").fill("My-own-password-1!");
  await page.getByLabel("The same again").fill("My-own-password-1!");
  await page.getByRole("button", { name: "Go on" }).click();

  // Drawn, and not blocked by the policy.
  await expect(page.locator("svg.qr")).toBeVisible();
  await look(page, "enrol");
  const secret = (await page.locator(".support-secret").innerText()).replaceAll(" ", "");
  await page.getByLabel("Code that the app shows").fill(codeFrom(secret));
  await page.getByRole("button", { name: "Finish" }).click();
  await expect(page.getByRole("heading", { name: "Audit events" })).toBeVisible();
  await expect(page.locator("#result_list")).toContainText("enrol-authenticator");
});
