import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { loadNextPage } from "../store/account";
import { today } from "../store/dates";
import { currentList, membersOf } from "../store/lists";
import { listView, openTodoID } from "../store/route";
import { compare, toSections } from "../store/sections";
import { shown } from "../store/todos";
import { AddLine } from "./AddLine";
import { EmptyList, ListEnd, LoadingList } from "./ListEnd";
import { TITLES } from "./Navigation";
import { SearchField } from "./SearchField";
import { SectionView } from "./SectionView";

/** Rows drawn at once: more would be felt as a pause, by fingers that type or scroll. */
const BATCH = 30;

export function ListScreen() {
  const view = listView.value;
  useEffect(() => scrollTo(0, 0), [view]);
  return (
    <div class="list-screen">
      <div class="list-head">
        <h1>{TITLES[view]}</h1>
        <SearchField />
      </div>
      {view !== "trash" && view !== "completed" && <AddLine />}
      {view === "trash" && <p class="hint">What you delete stays here for 30 days, then it is gone for good.</p>}
      <Rows />
    </div>
  );
}

function Rows() {
  const source = currentList.value;
  const members = useComputed(() => membersOf(currentList.value.value, shown.value, today.value).sort(compare));
  const count = useSignal(BATCH);
  const drawn = useRef(source);
  if (drawn.current !== source) {
    drawn.current = source;
    count.value = BATCH;
  }
  const list = source.value;
  const all = members.value;
  const isEmpty = all.length === 0;
  const hasMoreRows = count.value < all.length;
  return (
    <>
      {toSections(all.slice(0, count.value), today.value).map((section) => (
        <SectionView key={section.name} section={section} view={list.view} openTodoID={openTodoID.value} />
      ))}
      {isEmpty && (list.isComplete ? <EmptyList list={list} /> : list.isLoading && <LoadingList />)}
      <ListEnd
        list={list}
        isEmpty={isEmpty}
        position={hasMoreRows ? count.value : all.length}
        canGoOn={hasMoreRows || (list.cursor !== null && !list.isComplete && !list.isLoading && !list.error)}
        onNear={() => {
          if (hasMoreRows) count.value += BATCH;
          else loadNextPage();
        }}
      />
    </>
  );
}
