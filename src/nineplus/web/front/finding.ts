// Long lists: what is typed leaves the rows that have it, also those that were folded away.
export function finding(): void {
  for (const form of document.querySelectorAll<HTMLElement>("[data-find-in]")) {
    const input = form.querySelector<HTMLInputElement>("input[type=search]");
    const told = form.querySelector<HTMLElement>("[role=status]");
    const rows = [...form.querySelectorAll<HTMLElement>("[data-words]")];
    const groups = [...form.querySelectorAll<HTMLElement>("[data-rows]")];
    const folded = [...form.querySelectorAll<HTMLDetailsElement>("details:not([data-words])")];
    const before = folded.map((one) => one.open);
    const find = (): void => {
      const wanted = input!.value.trim().toLowerCase().split(/\s+/);
      for (const row of rows) row.hidden = !wanted.every((word) => row.dataset.words!.includes(word));
      for (const group of groups) group.hidden = !group.querySelector("[data-words]:not([hidden])");
      folded.forEach((one, place) => (one.open = wanted[0] !== "" || before[place] === true));
      const found = rows.filter((row) => !row.hidden).length;
      if (told) told.textContent = wanted[0] ? (found ? `${found} found` : "None is called so.") : "";
    };
    input?.addEventListener("input", find);
    input?.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });
    addEventListener("hashchange", () => unfold(form));
    unfold(form);
  }
}

/** Browsers come to what is named in the address; not all of them open what it is folded into. */
function unfold(form: HTMLElement): void {
  const there = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const around = there?.closest("details");
  if (!there || !around || !form.contains(around)) return;
  for (const one of [around, around.closest<HTMLElement>("[data-rows]")]) if (one) one.hidden = false;
  around.open = true;
  there.scrollIntoView();
}
