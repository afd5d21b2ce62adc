/** Without a network: reading goes on, and what is done waits. */
import { add, expect, kept, open, row, saved, test } from "./test";

test("offline: what was there can be read, what is done is sent later", async ({ list, context, api }) => {
  await add(list, "Known before");
  await open(list, "Known before");
  await saved(list);
  await list.evaluate(() => navigator.serviceWorker.ready);
  await kept(list, "Known before");
  await context.setOffline(true);
  await list.reload();
  await expect(row(list, "Known before")).toBeVisible();
  await expect(list.getByText("You are offline.")).toBeVisible();
  await add(list, "Written offline");
  await open(list, "Written offline");
  await list.locator("#details").getByLabel("Notes").fill("With notes");
  await list.getByLabel("Complete: Known before").click();
  await expect(list.getByText("3 changes wait to be sent.")).toBeVisible();
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

test("files that could not be listed offline are listed when the network is back", async ({ list, context }) => {
  await add(list, "With a file");
  const details = await open(list, "With a file");
  await details
    .getByLabel(/^Add files. Up to 100 MB each, 1 GB in all/)
    .setInputFiles({ name: "letter.txt", mimeType: "text/plain", buffer: Buffer.from("Dear …") });
  const letter = details.getByRole("link", { name: /letter\.txt/ });
  await expect(letter).toBeVisible();
  await list.evaluate(() => navigator.serviceWorker.ready);
  await kept(list, "With a file");
  await context.setOffline(true);
  await list.reload();
  await expect(details.getByText("the files are listed again when the network is back")).toBeVisible();
  await context.setOffline(false);
  await expect(letter).toBeVisible();
});

test("what was done while the disk was busy is kept by a page that closes", async ({ list, context, api }) => {
  await add(list, "Done at the last moment");
  await list.evaluate(() => navigator.serviceWorker.ready);
  await kept(list, "Done at the last moment");
  await context.setOffline(true);
  await list.evaluate(keepBusy);
  await list.getByLabel("Complete: Done at the last moment").click();
  await expect(list.getByText("One change waits to be sent.")).toBeVisible();
  await list.reload();
  await context.setOffline(false);
  await expect(list.getByText("Back online: one change sent.")).toBeVisible();
  expect(await api.todos()).toMatchObject([{ title: "Done at the last moment", completed: true }]);
});

/** Whoever else wants to write to the outbox waits, for as long as this page lives. */
function keepBusy(): Promise<void> {
  return new Promise((resolve) => {
    indexedDB.open("todos").onsuccess = ({ target }) => {
      const outbox = (target as IDBOpenDBRequest).result.transaction("outbox", "readwrite").objectStore("outbox");
      const goOn = () => {
        resolve();
        outbox.count().onsuccess = goOn;
      };
      goOn();
    };
  });
}
