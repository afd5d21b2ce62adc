/** A file that is dropped where nothing takes it would replace the page. */
export function guardDrops(): void {
  const refuse = (event: DragEvent) => {
    // Whoever takes it, at the document, has said so already.
    if (event.defaultPrevented || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "none";
  };
  addEventListener("dragover", refuse);
  addEventListener("drop", refuse);
}
