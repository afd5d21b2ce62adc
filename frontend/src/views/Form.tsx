import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId, useRef } from "preact/hooks";
import { explain } from "../auth/errors";
import { Icon } from "./icons";

interface FormProps {
  label: string;
  action: string;
  /** Raises what went wrong; it is shown above the button. */
  onSubmit: (fields: Record<string, string>) => Promise<unknown>;
  isDangerous?: boolean;
  children: ComponentChildren;
}

/** One form like another: busy while it is sent, with the reason when it was refused. */
export function Form({ label, action, onSubmit, isDangerous, children }: FormProps) {
  const isBusy = useSignal(false);
  const error = useSignal("");
  const form = useRef<HTMLFormElement>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (isBusy.value || !form.current) return;
    isBusy.value = true;
    error.value = "";
    try {
      await onSubmit(Object.fromEntries(new FormData(form.current)) as Record<string, string>);
      // What has been done must not be sent again by mistake.
      form.current?.reset();
    } catch (reason) {
      error.value = explain(reason);
      form.current?.querySelector<HTMLElement>("input:not([readonly])")?.focus();
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <form ref={form} class="form" aria-label={label} onSubmit={submit}>
      {children}
      <div role="alert">{error.value && <p class="problem">{error.value}</p>}</div>
      <button type="submit" class={`button wide ${isDangerous ? "danger" : "primary"}`} aria-disabled={isBusy.value}>
        {isBusy.value ? "One moment …" : action}
      </button>
    </form>
  );
}

interface FieldProps {
  name: string;
  label: string;
  type?: "text" | "email";
  value?: string;
  hint?: string;
  autocomplete: string;
  isCode?: boolean;
  autoFocus?: boolean;
}

export function Field({ name, label, type = "text", value, hint, autocomplete, isCode, autoFocus }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        name={name}
        type={type as "text"}
        defaultValue={value ?? ""}
        autocomplete={autocomplete}
        autocapitalize="none"
        spellcheck={false}
        required
        ref={autoFocus ? focusOnce : null}
        {...(isCode ? { inputMode: "numeric" as const, pattern: "\\s*[0-9]{6}\\s*", title: "Six digits" } : {})}
        aria-describedby={hint ? `${id}-hint` : undefined}
      />
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

const PASSWORD_RULES = "At least 12 characters, with upper and lower case letters, a number and a symbol.";

export function PasswordField({ name, label, isNew }: { name: string; label: string; isNew?: boolean }) {
  const id = useId();
  const isShown = useSignal(false);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <span class="password">
        <input
          id={id}
          name={name}
          type={(isShown.value ? "text" : "password") as "password"}
          autocomplete={isNew ? "new-password" : "current-password"}
          autocapitalize="none"
          spellcheck={false}
          required
          minLength={isNew ? 12 : undefined}
          aria-describedby={isNew ? `${id}-hint` : undefined}
        />
        <button
          type="button"
          class="icon-button"
          aria-label="Show the password"
          aria-pressed={isShown.value}
          onClick={() => {
            isShown.value = !isShown.value;
          }}
        >
          <Icon name="eye" />
        </button>
      </span>
      {isNew && (
        <p class="hint" id={`${id}-hint`}>
          {PASSWORD_RULES}
        </p>
      )}
    </div>
  );
}

/** A form that has just been opened by its user begins at its first field. */
function focusOnce(element: HTMLInputElement | null): void {
  if (element && !element.dataset.seen) {
    element.dataset.seen = "true";
    element.focus();
    // In a dialog, which is not open yet, the browser does it.
    element.autofocus = true;
  }
}
