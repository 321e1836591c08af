// Filter popovers are <details>: one open at a time, closed by Escape or a press elsewhere. Dialogs by data-open.
const OPEN = "details[data-pop][open]";

export function popovers(): void {
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const inside = target.closest("details[data-pop]");
    for (const open of document.querySelectorAll<HTMLDetailsElement>(OPEN)) {
      if (open !== inside) open.open = false;
    }
    const opener = target.closest<HTMLElement>("[data-open]");
    if (opener?.dataset.open) dialog(opener.dataset.open)?.showModal();
    if (target.closest("[data-close]")) target.closest("dialog")?.close();
    if (target instanceof HTMLDialogElement) target.close(); // a press on the backdrop
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const open of document.querySelectorAll<HTMLDetailsElement>(OPEN)) {
      open.open = false;
      open.querySelector("summary")?.focus();
    }
  });
  document.addEventListener("submit", (event) => {
    // A filter form sends only what is filled in, so that the address stays short.
    const form = event.target as HTMLFormElement;
    if (!form.matches("[data-filters]")) return;
    for (const field of form.querySelectorAll<HTMLInputElement | HTMLSelectElement>("input, select")) {
      if (field.value === "") field.disabled = true;
    }
  });
  document.addEventListener("change", (event) => {
    const field = event.target as HTMLSelectElement;
    if (field.matches("select[data-submit]")) field.form?.requestSubmit();
  });
  addEventListener("pageshow", () => {
    for (const field of document.querySelectorAll<HTMLInputElement>("[data-filters] :disabled")) {
      field.disabled = false;
    }
  });
}

export function dialog(id: string): HTMLDialogElement | null {
  const found = document.getElementById(id);
  return found instanceof HTMLDialogElement ? found : null;
}
