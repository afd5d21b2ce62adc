/** What all tests share: a user of their own, signed in, and a page on which nothing may fail silently. */
import { AxeBuilder } from "@axe-core/playwright";
import { test as base, expect, type Locator, type Page } from "@playwright/test";
import { Api, createUser, type User } from "./cloud";

interface Fixtures {
  user: User;
  api: Api;
  /** The page, signed in, on the list. */
  list: Page;
  /** Fails the test when the page has thrown, or the policy has refused something. */
  quiet: undefined;
}

/** Refused calls are what some tests are about, and some block the service worker; the browser logs each. */
const EXPECTED = /^Failed to load resource|^Service Worker registration blocked|requires .TrustedScript|inline script/;

export const test = base.extend<Fixtures>({
  user: async ({ baseURL: _ }, use) => use(await createUser()),
  api: async ({ user }, use) => use(await Api.of(user)),
  quiet: [
    async ({ page }, use) => {
      const problems: string[] = [];
      page.on("pageerror", (error) => problems.push(String(error)));
      page.on("console", (message) => {
        if (!EXPECTED.test(message.text())) problems.push(message.text());
      });
      await use(undefined);
      expect(problems, "console").toEqual([]);
    },
    { auto: true },
  ],
  list: async ({ page, user }, use) => {
    await page.goto("/");
    await signIn(page, user);
    await use(page);
  },
});

export { expect, type Locator, type Page };

export async function signIn(page: Page, { email, password }: User): Promise<void> {
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("navigation", { name: "Lists" })).toBeVisible();
}

export async function add(page: Page, title: string): Promise<void> {
  await page.getByLabel("New to-do", { exact: true }).fill(title);
  await page.keyboard.press("Enter");
  await expect(row(page, title)).toBeVisible();
}

export function row(page: Page, title: string): Locator {
  return page.getByRole("listitem").filter({ hasText: title });
}

export async function open(page: Page, title: string): Promise<Locator> {
  await row(page, title).getByRole("link").click();
  const details = page.locator("#details");
  await expect(details.getByLabel("Title")).toHaveValue(title);
  return details;
}

export function section(page: Page, name: string): Locator {
  return page.getByRole("region", { name, exact: true });
}

/** Everything typed and done has reached the service. */
export async function saved(page: Page): Promise<void> {
  await expect(page.locator("#details .save-state")).toHaveText("Saved");
}

/**
 * The website saves what is typed at the first pause, and a slow machine makes one anywhere: until the page is loaded
 * anew, it saves only what it is told to, or what is left.
 */
export async function neverPause(page: Page): Promise<void> {
  await page.evaluate(() => {
    const { setTimeout } = window;
    window.setTimeout = ((work: () => void, milliseconds = 0) =>
      milliseconds > 1000 ? 0 : setTimeout(work, milliseconds)) as typeof setTimeout;
  });
}

/** On this device, for the next visit: written a moment after the list has changed. */
export async function kept(page: Page, title: string): Promise<void> {
  await expect.poll(() => page.evaluate(isKept, title)).toBe(true);
}

function isKept(title: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("todos");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const reading = opening.result.transaction("lists").objectStore("lists").getAll();
      reading.onsuccess = () => {
        opening.result.close();
        resolve((reading.result as { title: string }[][]).flat().some((todo) => todo.title === title));
      };
    };
  });
}

/** No barrier that axe knows of, and nothing wider than the screen. */
export async function check(page: Page, screen: string): Promise<void> {
  // Legacy: without a second page for each check, which only frames of other origins would need.
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
  expect(
    violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)]),
    screen,
  ).toEqual([]);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(overflow, `${screen} scrolls sideways`).toBeLessThanOrEqual(0);
}
