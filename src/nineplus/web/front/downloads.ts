// A figure as PNG: the SVG with the page's own colours written into it, drawn twice as large on a canvas.
const PROPERTIES = [
  "fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-opacity", "opacity",
  "font-family", "font-size", "font-weight", "text-anchor", "dominant-baseline", "font-variant-numeric",
];
const SCALE = 2;

export function downloads(): void {
  document.addEventListener("click", async (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-png]");
    if (!button) return;
    const figure = button.closest("[data-figure]");
    const drawings = [...(figure?.querySelectorAll<SVGSVGElement>("svg.figure") ?? [])];
    if (!drawings.length) return;
    save(await picture(drawings), `${button.dataset.png || "figure"}.png`);
  });
}

async function picture(drawings: SVGSVGElement[]): Promise<Blob> {
  const boxes = drawings.map((drawing) => drawing.getBoundingClientRect());
  const width = Math.max(...boxes.map((box) => box.width));
  const height = boxes.reduce((sum, box) => sum + box.height, 0);
  const canvas = document.createElement("canvas");
  canvas.width = Math.ceil(width * SCALE);
  canvas.height = Math.ceil(height * SCALE);
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("This browser cannot draw pictures.");
  pen.scale(SCALE, SCALE);
  pen.fillStyle = getComputedStyle(drawings[0]!.closest(".card") ?? document.body).backgroundColor;
  pen.fillRect(0, 0, width, height);
  let top = 0;
  for (const [index, drawing] of drawings.entries()) {
    const box = boxes[index]!;
    pen.drawImage(await image(drawing, box.width, box.height), 0, top, box.width, box.height);
    top += box.height;
  }
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The picture could not be made.")))),
  );
}

function image(drawing: SVGSVGElement, width: number, height: number): Promise<HTMLImageElement> {
  const copy = drawing.cloneNode(true) as SVGSVGElement;
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
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
