// The survey page, made quicker: everything here also works without it, as plain forms.

import { listen } from "./keys";
import { rest } from "./kiosk";
import * as later from "./more";
import { type Answer, newKey, Outbox, type Reply } from "./outbox";
import { isPerson, signals, watch } from "./person";

const TYPED_MS = 1_200;

/** The score form's hidden fields, `attribute.plan` among the attributes; each answer brings its own key. */
function sentAlong(form: HTMLFormElement): Record<string, unknown> {
  const also: Record<string, unknown> = {};
  const attributes: Record<string, unknown> = {};
  for (const [name, value] of new FormData(form)) {
    if (name.startsWith("attribute.")) attributes[name.slice(10)] = value;
    else if (name !== "website" && name !== "key") also[name] = value;
  }
  return { ...also, attributes };
}

const page = document.getElementById("survey");
if (page) start(page);

function start(page: HTMLElement): void {
  const said = page.dataset;
  const numbers = [...page.querySelectorAll<HTMLButtonElement>(".numbers button")];
  const scoreForm = page.querySelector<HTMLFormElement>("#score")!;
  const moreForm = page.querySelector<HTMLFormElement>("#more")!;
  const status = document.getElementById("status")!;
  const kept = document.getElementById("kept")!;
  const kiosk = said.way === "kiosk";
  const hidden = sentAlong(scoreForm);

  let chosen = said.preset ? Number(said.preset) : NaN;
  let answer: Answer | undefined;
  let typing = 0;

  const outbox = new Outbox(
    {
      score: scoreForm.action,
      more: (one) => (one.amend && said.amend ? said.amend.replace("{}", one.amend) : moreForm.action),
      also: hidden,
    },
    { taken, waiting, refused },
    `nineplus:${location.pathname}`,
  );

  const at = said.phase === "ask" ? NaN : Number(said.saved);
  if (!Number.isNaN(at)) answer = made(at, at); // the server has it
  const left = kiosk ? undefined : outbox.left();
  if (left) restore(left);

  scoreForm.addEventListener("submit", (event) => {
    const button = (event as SubmitEvent).submitter as HTMLButtonElement | null;
    if (!button || button.name !== "score") return;
    event.preventDefault();
    choose(Number(button.value), "press");
  });
  moreForm.addEventListener("submit", (event) => {
    event.preventDefault();
    tell();
    phase("done");
    document.getElementById("thanks")!.focus();
  });
  moreForm.addEventListener("input", (event) => {
    later.check(moreForm, said.tooMany ?? "", said.required ?? "");
    if (event.target instanceof HTMLElement) later.tickOther(event.target);
    clearTimeout(typing);
    typing = window.setTimeout(tell, TYPED_MS);
    kept.textContent = "";
  });
  document.getElementById("change")?.addEventListener("click", (event) => {
    event.preventDefault();
    phase("more");
    document.getElementById("question")!.focus();
  });
  listen(numbers, () => said.phase !== "done", (score) => choose(score, "press"));
  watch(seen, () => save("auto"));
  addEventListener("pagehide", () => {
    if (isPerson()) save("auto");
    if (typing) tell();
  });
  if (kiosk) rest(page, { busy: () => said.phase !== "ask", done: () => said.phase === "done", finish, reset });

  /** A number was pressed: it is sent at once, and may be changed by pressing another. */
  function choose(score: number, how: "press" | "auto"): void {
    lay(score);
    if (answer) Object.assign(answer, { score, at: Date.now(), signals: signals(how) });
    else answer = made(score);
    answer.signals = signals(how);
    say(said.saving ?? "");
    dispatch();
  }

  /** The score that stood in the link, once somebody is there. */
  function save(how: "press" | "auto"): void {
    if (!answer && !Number.isNaN(chosen)) choose(chosen, how);
  }

  /** Show what follows this score; nothing is sent. */
  function lay(score: number): void {
    chosen = score;
    for (const [value, button] of numbers.entries()) button.setAttribute("aria-pressed", String(value === score));
    page.dataset.group = numbers[score]?.dataset.group ?? "";
    later.askOnly(moreForm, said.group ?? "");
    if (said.phase === "ask") {
      phase("more");
      moreForm.classList.add("arrives");
    }
  }

  function tell(): void {
    clearTimeout(typing);
    typing = 0;
    if (!answer) save("press");
    if (!answer) return;
    answer.more = later.read(moreForm);
    dispatch();
  }

  function dispatch(): void {
    if (!answer) return;
    if (said.way === "preview") return taken(answer, {});
    outbox.put(answer);
    void outbox.send();
  }

  function taken(one: Answer, reply: Reply): void {
    if (one !== answer) return;
    say((said.taken ?? "").replace("{score}", String(one.score)));
    if (one.more) kept.textContent = said.kept ?? "";
    const code = document.getElementById("code");
    if (code && reply.code) {
      code.textContent = reply.code;
      code.parentElement!.hidden = false;
    }
  }

  function waiting(offline: boolean): void {
    if (kiosk) return; // it goes by itself, and the next one need not know
    say((offline ? said.offline : said.failed) ?? "", true);
  }

  function refused(one: Answer, reply: Reply): void {
    if (one !== answer || kiosk) return;
    if (reply.faults) say(said.failed ?? "", true);
    else location.replace(location.pathname); // the page itself says how the link stands
  }

  function seen(): void {
    if (said.opened) navigator.sendBeacon(said.opened);
  }

  function restore(one: Answer): void {
    answer = one;
    lay(one.score);
    const comment = moreForm.querySelector<HTMLTextAreaElement>("#comment");
    if (comment && typeof one.more?.comment === "string") comment.value = one.more.comment;
  }

  function finish(): void {
    tell();
    phase("done");
  }

  function reset(): void {
    if (said.again && navigator.onLine && location.href !== said.again) return location.replace(said.again);
    answer = undefined;
    chosen = NaN;
    clearTimeout(typing);
    for (const form of [scoreForm, moreForm]) form.reset();
    for (const button of numbers) button.setAttribute("aria-pressed", "false");
    moreForm.classList.remove("arrives");
    page.dataset.group = "";
    kept.textContent = "";
    say("");
    phase("ask");
    (document.activeElement as HTMLElement | null)?.blur();
    scrollTo(0, 0);
  }

  function made(score: number, scored?: number): Answer {
    return { key: newKey(), at: Date.now(), score, scored, signals: signals("press") };
  }

  function phase(now: "ask" | "more" | "done"): void {
    page.dataset.phase = now;
    if (now === "done") scrollTo(0, 0);
  }

  function say(words: string, warn = false): void {
    status.textContent = words;
    status.classList.toggle("warn", warn);
  }
}
