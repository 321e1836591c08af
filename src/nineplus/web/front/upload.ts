// Files may be dropped anywhere on the upload box; the form then goes as if they had been chosen.
export function upload(): void {
  const box = document.querySelector<HTMLElement>("[data-drop]");
  const input = box?.querySelector<HTMLInputElement>("input[type=file]");
  const form = box?.closest("form");
  if (!box || !input || !form) return;
  const over = (yes: boolean): void => {
    box.classList.toggle("over", yes);
  };
  box.addEventListener("dragover", (event) => {
    event.preventDefault();
    over(true);
  });
  box.addEventListener("dragleave", () => over(false));
  box.addEventListener("drop", (event) => {
    event.preventDefault();
    over(false);
    if (!event.dataTransfer?.files.length) return;
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    const name = box.querySelector<HTMLElement>("[data-file-name]");
    if (!file || !name) return;
    name.textContent = file.name;
    form.requestSubmit();
  });
}
