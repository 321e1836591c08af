// A button beside what one wants to take along: a link, a line of script, a key shown once.
export function copying(): void {
  for (const code of document.querySelectorAll<HTMLElement>("[data-copy]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "link copy";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      button.textContent = (await copy(code)) ? "Copied" : "Press Ctrl+C";
      setTimeout(() => (button.textContent = "Copy"), 2_000);
    });
    code.after(button);
  }
}

/** Without TLS there is no clipboard for pages: then it is marked, and the keys copy it. */
async function copy(code: HTMLElement): Promise<boolean> {
  getSelection()?.selectAllChildren(code);
  try {
    await navigator.clipboard.writeText(code.textContent ?? "");
    return true;
  } catch {
    return false;
  }
}
