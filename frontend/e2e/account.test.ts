import { canRenew, codeFor, newAddress, PASSWORD, tokensOf } from "./cloud";
import { add, expect, row, signIn, test } from "./test";

const NEW_PASSWORD = "Battery-staple-8";

test("from registration to the end of the account", async ({ page }) => {
  const email = newAddress();
  await page.goto("/");
  await page.getByRole("link", { name: "Create an account" }).click();
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password", { exact: true }).fill("too short");
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByRole("heading", { name: "Create an account" })).toBeVisible();
  await page.getByLabel("Password", { exact: true }).fill("long-but-too-simple");
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByRole("alert")).toContainText("Password");
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();

  await expect(page.getByRole("heading", { name: "Confirm your address" })).toBeVisible();
  const first = await codeFor(email);
  await page.getByRole("button", { name: "Send the code again" }).click();
  await expect(page.getByText("A new code is on its way.")).toBeVisible();
  await page.getByLabel("Code", { exact: true }).fill(first === "000000" ? "000001" : "000000");
  await page.getByRole("button", { name: "Confirm" }).click();
  await expect(page.getByRole("alert")).toContainText("not the code we sent");
  await page.getByLabel("Code", { exact: true }).fill(await codeFor(email));
  await page.getByRole("button", { name: "Confirm" }).click();

  await expect(page.getByRole("heading", { name: "Nothing to do yet" })).toBeVisible();
  await add(page, "Something of mine");
  await page.getByRole("link", { name: /^Account of/ }).click();
  await page.getByRole("button", { name: "Delete my account …" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete the account?" });
  await dialog.getByLabel("Your e-mail address").fill("somebody@example.com");
  await dialog.getByRole("button", { name: "Delete for good" }).click();
  await expect(dialog.getByRole("alert")).toHaveText("That is not your e-mail address.");
  await dialog.getByLabel("Your e-mail address").fill(email);
  await dialog.getByRole("button", { name: "Delete for good" }).click();

  await expect(page.getByText("Your account is deleted.")).toBeVisible();
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toHaveText("E-mail address or password is wrong.");
});

test("a wrong password is refused, a forgotten one is replaced", async ({ page, user }) => {
  await page.goto("/");
  await page.getByLabel("E-mail address").fill(user.email);
  await page.getByLabel("Password", { exact: true }).fill("Wrong-password-1");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toHaveText("E-mail address or password is wrong.");

  await page.getByRole("link", { name: "Forgotten your password?" }).click();
  await page.getByLabel("E-mail address").fill(user.email);
  await page.getByRole("button", { name: "Send me a code" }).click();
  await expect(page.getByRole("heading", { name: "Choose a new password" })).toBeVisible();
  await page.getByLabel("Code from the e-mail").fill(await codeFor(user.email));
  await page.getByLabel("New password", { exact: true }).fill(NEW_PASSWORD);
  await page.getByRole("button", { name: "Save and sign in" }).click();
  await expect(page.getByRole("heading", { name: "All to-dos" })).toBeVisible();
});

test("a changed password counts from then on, and signing out everywhere ends the session", async ({ list, user }) => {
  await list.getByRole("link", { name: /^Account of/ }).click();
  await list.getByLabel("Present password").fill("Not-the-password-1");
  await list.getByLabel("New password").fill(NEW_PASSWORD);
  await list.getByRole("button", { name: "Change password" }).click();
  await expect(list.getByRole("alert")).toContainText("wrong");
  await list.getByLabel("Present password").fill(user.password);
  await list.getByRole("button", { name: "Change password" }).click();
  await expect(list.getByText("Your password is changed.")).toBeVisible();
  const elsewhere = await tokensOf(user.email);
  expect(await canRenew(elsewhere)).toBe(true);
  await list.getByRole("button", { name: "Sign out everywhere" }).click();
  await expect(list.getByText("You are signed out.")).toBeVisible();
  expect(await canRenew(elsewhere)).toBe(false);
  await signIn(list, { ...user, password: NEW_PASSWORD });
});

test("no token is in the address, and none is written to the console", async ({ list }) => {
  // The fixture `quiet` fails on any line in the console.
  await add(list, "Look at the address");
  await row(list, "Look at the address").getByRole("link").click();
  expect(list.url()).not.toMatch(/token|eyJ/);
});
