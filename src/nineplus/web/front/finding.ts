// Long lists of properties: what is typed leaves the rows that have it, also those that were folded away.
export function finding(): void {
  for (const form of document.querySelectorAll<HTMLElement>("[data-find-in]")) {
    const input = form.querySelector<HTMLInputElement>("input[type=search]");
    const told = form.querySelector<HTMLElement>("[role=status]");
    const rows = [...form.querySelectorAll<HTMLElement>("[data-words]")];
    const folded = [...form.querySelectorAll<HTMLDetailsElement>("details")];
    const before = folded.map((one) => one.open);
    const find = (): void => {
      const wanted = input!.value.trim().toLowerCase();
      for (const row of rows) row.hidden = !row.dataset.words!.includes(wanted);
      folded.forEach((one, place) => (one.open = wanted !== "" || before[place] === true));
      const found = rows.filter((row) => !row.hidden).length;
      if (told) told.textContent = wanted ? (found ? `${found} found` : "None is called so.") : "";
    };
    input?.addEventListener("input", find);
    input?.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });
  }
}
