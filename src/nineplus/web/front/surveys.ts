// The survey builder: the preview draws itself anew when a change is kept, and fields show that the trigger uses.
export function surveys(): void {
  preview();
  trigger();
  faults();
  document.body.addEventListener("htmx:afterSettle", mark);
  document.addEventListener("change", (event) => {
    const choice = (event.target as Element).closest<HTMLSelectElement>("select[data-goes-to]");
    if (!choice) return;
    event.stopPropagation();
    location.search = `${choice.dataset.goesTo!}${encodeURIComponent(choice.value)}`;
  }, true);
}

function preview(): void {
  const box = document.querySelector<HTMLElement>("[data-preview]");
  const frame = box?.querySelector("iframe");
  const device = box?.querySelector<HTMLElement>(".device");
  if (!box || !frame || !device) return;
  const draw = (): void => {
    const kind = box.querySelector<HTMLElement>("[aria-pressed=true]")?.dataset.device ?? "phone";
    device.className = `device ${kind}`;
    frame.contentWindow?.location.replace(`${box.dataset.preview!}&device=${kind}`);
  };
  document.body.addEventListener("drawn", draw);
  box.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-device]");
    if (!button) return;
    for (const other of box.querySelectorAll("[data-device]")) {
      other.setAttribute("aria-pressed", String(other === button));
    }
    draw();
  });
}

function trigger(): void {
  const choice = document.querySelector<HTMLSelectElement>("[data-trigger-kind]");
  const box = choice?.closest<HTMLElement>("[data-trigger]");
  choice?.addEventListener("change", () => {
    box!.dataset.trigger = choice.value;
  });
}

/** A field that the browser itself refuses holds back the saving: say so where it says that all is saved. */
function faults(): void {
  document.body.addEventListener("htmx:validation:halted", (event) => {
    const form = (event.target as Element).closest("form");
    const field = form?.querySelector<HTMLInputElement>("input:invalid, textarea:invalid, select:invalid");
    const said = document.getElementById("kept");
    if (!form || !field || !said || !form.classList.contains("builder-form")) return;
    said.className = "kept small problem";
    said.textContent = `“${field.labels?.[0]?.innerText.trim() ?? field.name}”: ${field.validationMessage} Not saved yet.`;
  });
}

/** Whose fault was said is marked, so that it is seen and read out; whose was mended is not any more. */
function mark(): void {
  for (const said of document.querySelectorAll<HTMLElement>(".fault[id^=fault_]")) {
    const field = document.getElementById(said.id.slice("fault_".length));
    if (said.textContent) field?.setAttribute("aria-invalid", "true");
    else field?.removeAttribute("aria-invalid");
  }
}
