import { useComputed } from "@preact/signals";
import { today } from "../store/dates";
import { currentList, membersOf } from "../store/lists";
import { listView } from "../store/route";
import { toSections } from "../store/sections";
import { shown } from "../store/todos";
import { AddLine } from "./AddLine";
import { EmptyList, ListEnd, LoadingList } from "./ListEnd";
import { TITLES } from "./Navigation";
import { SearchField } from "./SearchField";
import { SectionView } from "./SectionView";

export function ListScreen() {
  const sections = useComputed(() =>
    toSections(membersOf(currentList.value.value, shown.value, today.value), today.value),
  );
  const list = currentList.value.value;
  const isEmpty = sections.value.length === 0;
  return (
    <div class="list-screen">
      <div class="list-head">
        <h1>{TITLES[listView.value]}</h1>
        <SearchField />
      </div>
      {listView.value !== "trash" && listView.value !== "completed" && <AddLine key={listView.value} />}
      {listView.value === "trash" && (
        <p class="hint">What you delete stays here for 30 days, then it is gone for good.</p>
      )}
      {sections.value.map((section) => (
        <SectionView key={section.name} section={section} />
      ))}
      {isEmpty && (list.isComplete ? <EmptyList list={list} /> : list.isLoading && <LoadingList />)}
      <ListEnd list={list} isEmpty={isEmpty} />
    </div>
  );
}
