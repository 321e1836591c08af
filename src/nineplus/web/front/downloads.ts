// A figure as PNG: each drawing gets the page's own colours written into it and is drawn twice as large on a canvas.
const PROPERTIES = [
  "fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-opacity", "opacity",
  "font-family", "font-size", "font-weight", "text-anchor", "dominant-baseline", "font-variant-numeric", "paint-order",
];
const SCALE = 2;
const LINE = 20;

export function downloads(): void {
  offer(document.body);
  document.body.addEventListener("htmx:load", (event) => offer(event.target as HTMLElement));
  document.addEventListener("click", async (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-png]");
    const block = button?.closest<HTMLElement>("[data-table]");
    if (button && block) save(await picture(block), `${button.dataset.png}.png`);
  });
}

/** A button beside each table's download, where there is something drawn. */
function offer(within: HTMLElement): void {
  for (const block of within.querySelectorAll<HTMLElement>("[data-table]:not(:has([data-png])):has(svg.figure)")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "link png";
    button.dataset.png = block.dataset.table;
    button.textContent = "Download PNG";
    (block.querySelector(".takes") ?? block).append(button);
  }
}

/** The heading, and every drawing and label of the block where it stands on the page. */
async function picture(block: HTMLElement): Promise<Blob> {
  const drawings = [...block.querySelectorAll<SVGSVGElement>("svg.figure")];
  const frame = extent(drawings, block);
  const title = block.querySelector("h1, h2, h3, h4");
  const canvas = document.createElement("canvas");
  canvas.width = Math.ceil((frame.width + 2 * LINE) * SCALE);
  canvas.height = Math.ceil((frame.height + 4 * LINE) * SCALE);
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("This browser cannot draw pictures.");
  pen.scale(SCALE, SCALE);
  pen.fillStyle = getComputedStyle(block.closest(".card") ?? document.body).backgroundColor;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.translate(LINE, 2.5 * LINE);
  if (title) words(pen, title, 0, -LINE);
  for (const drawing of drawings) {
    const box = drawing.getBoundingClientRect();
    pen.drawImage(await image(drawing, box), box.left - frame.left, box.top - frame.top, box.width, box.height);
  }
  for (const cell of block.querySelectorAll<HTMLElement>("table.whiskers :is(th, td:not(.plot))")) {
    const box = cell.getBoundingClientRect();
    const lines = cell.innerText.split("\n").filter((line) => line.trim());
    const right = getComputedStyle(cell).textAlign === "right";
    lines.forEach((line, at) =>
      words(pen, cell, (right ? box.right : box.left) - frame.left, box.top - frame.top + 14 + 15 * at, line),
    );
  }
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The picture could not be made.")))),
  );
}

function extent(drawings: SVGSVGElement[], block: HTMLElement): DOMRect {
  const table = block.querySelector("table.whiskers");
  const boxes = (table ? [table, ...drawings] : drawings).map((one) => one.getBoundingClientRect());
  const left = Math.min(...boxes.map((box) => box.left));
  const top = Math.min(...boxes.map((box) => box.top));
  const right = Math.max(...boxes.map((box) => box.right));
  const bottom = Math.max(...boxes.map((box) => box.bottom));
  return new DOMRect(left, top, right - left, bottom - top);
}

function words(pen: CanvasRenderingContext2D, like: Element, x: number, y: number, text = like.textContent ?? ""): void {
  const seen = getComputedStyle(like);
  pen.font = `${seen.fontWeight} ${seen.fontSize} ${seen.fontFamily}`;
  pen.fillStyle = seen.color;
  pen.textAlign = seen.textAlign === "right" ? "right" : "left";
  pen.fillText(text.trim(), x, y);
}

function image(drawing: SVGSVGElement, box: DOMRect): Promise<HTMLImageElement> {
  const copy = drawing.cloneNode(true) as SVGSVGElement;
  copy.setAttribute("width", String(box.width));
  copy.setAttribute("height", String(box.height));
  const originals = drawing.querySelectorAll<SVGElement>("*");
  copy.querySelectorAll<SVGElement>("*").forEach((element, index) => {
    const seen = getComputedStyle(originals[index]!);
    for (const property of PROPERTIES) element.setAttribute(property, seen.getPropertyValue(property));
  });
  const text = new XMLSerializer().serializeToString(copy);
  return new Promise((resolve, reject) => {
    const made = new Image();
    made.onload = () => resolve(made);
    made.onerror = () => reject(new Error("The figure could not be drawn."));
    made.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(text);
  });
}

function save(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
