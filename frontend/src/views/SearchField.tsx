import { searchText } from "../store/search";
import { moveFocus } from "./focus";
import { Icon } from "./icons";

export const SEARCH_ID = "search";

export function SearchField() {
  return (
    // biome-ignore lint/a11y/useSemanticElements: <search> is not known to older screen readers
    <form class="search" role="search" onSubmit={(event) => event.preventDefault()}>
      <label class="visually-hidden" for={SEARCH_ID}>
        Search titles
      </label>
      <Icon name="search" />
      <input
        id={SEARCH_ID}
        type="search"
        placeholder="Search"
        autocomplete="off"
        maxLength={500}
        value={searchText.value}
        onInput={(event) => {
          searchText.value = event.currentTarget.value;
        }}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown" && !event.isComposing && moveFocus(1)) event.preventDefault();
          if (event.key !== "Escape") return;
          event.stopPropagation();
          if (searchText.value) searchText.value = "";
          else event.currentTarget.blur();
        }}
      />
    </form>
  );
}
