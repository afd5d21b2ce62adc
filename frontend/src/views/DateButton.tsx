import { Icon } from "./icons";

interface Props {
  label: string;
  text: string;
  value: string;
  onChange: (value: string) => void;
}

/** The browser's own date field, which knows the user's calendar, keyboard and screen reader, in a calmer dress. */
export function DateButton({ label, text, value, onChange }: Props) {
  return (
    <span class={value ? "date-button is-set" : "date-button"}>
      <Icon name="calendar" />
      <span aria-hidden="true">{text}</span>
      <input
        type="date"
        aria-label={label}
        value={value}
        max="9999-12-31"
        onChange={(event) => onChange(event.currentTarget.value)}
        onClick={(event) => {
          // Not everywhere, and never for a click that a script made.
          try {
            event.currentTarget.showPicker();
          } catch {}
        }}
      />
    </span>
  );
}
