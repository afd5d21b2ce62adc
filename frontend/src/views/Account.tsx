import { useSignal } from "@preact/signals";
import { explain } from "../auth/errors";
import { hasUnsent } from "../store/account";
import { notify } from "../store/notices";
import { changePassword, deleteAccount, identity, signOut } from "../store/session";
import { saveAllDrafts } from "../store/todos";
import { Dialog } from "./Dialog";
import { Field, Form, PasswordField } from "./Form";

type Question = "sign-out" | "sign-out-everywhere" | "delete" | null;

export function Account() {
  const question = useSignal<Question>(null);
  const ask = (about: Question) => () => {
    question.value = about;
  };
  const leave = (everywhere: boolean) => async () => {
    saveAllDrafts();
    // What has not been sent would be lost with everything else of this account on the device.
    if (await hasUnsent()) ask(everywhere ? "sign-out-everywhere" : "sign-out")();
    else await leaveNow(everywhere);
  };
  return (
    <div class="account">
      <h1>Account</h1>
      <section aria-labelledby="account-session">
        <h2 id="account-session">Signed in as</h2>
        <p class="account-email">{identity.value?.email}</p>
        <div class="buttons">
          <button type="button" class="button quiet" onClick={leave(false)}>
            Sign out
          </button>
          <button type="button" class="button quiet" onClick={leave(true)}>
            Sign out everywhere
          </button>
        </div>
      </section>
      <section aria-labelledby="account-password">
        <h2 id="account-password">Change the password</h2>
        <Form
          label="Change the password"
          action="Change password"
          onSubmit={async ({ former = "", next = "" }) => {
            await changePassword(former, next);
            notify("Your password is changed.");
          }}
        >
          {/* So that a password manager knows whose password it is. */}
          <input type="email" hidden readOnly autocomplete="username" defaultValue={identity.value?.email ?? ""} />
          <PasswordField name="former" label="Present password" />
          <PasswordField name="next" label="New password" isNew />
        </Form>
      </section>
      <section aria-labelledby="account-delete">
        <h2 id="account-delete">Delete the account</h2>
        <p>Your account and all your to-dos and files are erased. This cannot be taken back.</p>
        <div class="buttons">
          <button type="button" class="button danger-quiet" onClick={ask("delete")}>
            Delete my account …
          </button>
        </div>
      </section>
      {question.value === "delete" && <DeleteDialog onClose={ask(null)} />}
      {question.value?.startsWith("sign-out") && (
        <UnsentDialog onClose={ask(null)} onLeave={() => void leaveNow(question.value === "sign-out-everywhere")} />
      )}
    </div>
  );
}

async function leaveNow(everywhere: boolean): Promise<void> {
  try {
    await signOut({ everywhere });
  } catch (error) {
    notify(explain(error), { isError: true });
  }
}

function UnsentDialog({ onClose, onLeave }: { onClose: () => void; onLeave: () => void }) {
  return (
    <Dialog title="Not everything has been sent" onClose={onClose}>
      <p>Some changes or files are only on this device so far. If you sign out now, they are lost.</p>
      <div class="buttons">
        <button type="button" class="button primary" onClick={onClose}>
          Stay signed in
        </button>
        <button type="button" class="button danger-quiet" onClick={onLeave}>
          Sign out and lose them
        </button>
      </div>
    </Dialog>
  );
}

function DeleteDialog({ onClose }: { onClose: () => void }) {
  const address = identity.value?.email ?? "";
  return (
    <Dialog title="Delete the account?" onClose={onClose}>
      <p>
        Everything in it will be erased. To go on, type your e-mail address <strong>{address}</strong>.
      </p>
      <Form
        label="Delete the account"
        action="Delete for good"
        isDangerous
        onSubmit={async ({ typed = "" }) => {
          if (typed.trim().toLowerCase() !== address.toLowerCase()) throw new Error("That is not your e-mail address.");
          await deleteAccount();
        }}
      >
        <Field name="typed" label="Your e-mail address" type="email" autocomplete="off" autoFocus />
      </Form>
    </Dialog>
  );
}
