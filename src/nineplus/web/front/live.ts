// What htmx does not say by itself: new answers are announced, failures are put into words.
type Htmx = typeof import("htmx.org").default;

export function live(htmx: Htmx): void {
  const say = (text: string): void => {
    const place = document.getElementById("announce");
    if (place) place.textContent = text;
  };
  document.body.addEventListener("htmx:responseError", () => {
    say("The server could not answer. Reload the page to try again.");
  });
  document.body.addEventListener("htmx:oobAfterSwap", (event) => {
    const news = (event as CustomEvent<{ target?: HTMLElement }>).detail.target?.dataset.news;
    if (news) say(news);
  });
  document.body.addEventListener("input", (event) => {
    const slider = (event.target as Element).closest<HTMLInputElement>("input[type=range][data-shown]");
    const shown = slider && document.getElementById(slider.dataset.shown!);
    if (shown) shown.textContent = `${Math.round(100 * Number(slider.value))} %`;
  });
  htmx.config.timeout = 30_000;
}
