// The widget: <script async src="…/static/built/widget.js" data-survey="…"></script>. Nothing else is needed.
import { open, type Card } from "./card";
import { read, type Config } from "./config";
import { Memory } from "./memory";
import { Outbox, type Reply } from "./post";
import { whenDue } from "./triggers";

const script = document.currentScript as HTMLScriptElement | null;

function start(script: HTMLScriptElement): void {
  const tag = read(script);
  if (!tag.survey) return;
  const address = (what: string): string => `${tag.base}w/${encodeURIComponent(tag.survey)}/${what}`;
  const memory = new Memory();
  if (tag.consent) memory.consent(true);
  let card: Card | null = null;
  const outbox = new Outbox(memory, (reply: Reply) => {
    if (reply.amend) card?.saved(true, reply.code);
  });
  void outbox.flush();

  const ask = async (): Promise<void> => {
    if (card) return;
    const config = await configured(address(`config?lang=${encodeURIComponent(tag.language)}`));
    if (!config || config.state !== "open" || card) return;
    const began = Date.now();
    const key = `${began.toString(36)}-${random()}`; // each asking is an answer of its own
    card = open(config, tag, {
      score(score) {
        const signals = { dwell_ms: Date.now() - began, how: "press" };
        const body = { score, key, language: config.language, attributes: tag.attributes, signals };
        void outbox.send(address("score"), body).then((sent) => {
          if (!sent) card?.saved(false);
        });
        memory.asked(tag.survey);
        tell("scored", { score });
      },
      more(said) {
        // By the key, not by a token that the page may be left without: it waits behind its score.
        const body = { key, comment: said.comment, extras: said.extras, ...prefixed(said.consent) };
        void outbox.send(address("more"), body);
        tell("commented", {});
      },
      closed(answered) {
        card = null;
        memory.asked(tag.survey);
        tell("closed", { answered });
      },
    });
    tell("shown", {});
  };

  Object.assign(window, {
    nineplus: { ask, close: () => card?.close(), consent: (given: boolean) => memory.consent(given) },
  });
  if (tag.manual || memory.askedWithin(tag.survey, tag.every) || Math.random() >= tag.share) return;
  const idle = window.requestIdleCallback ?? ((work: () => void) => setTimeout(work, 1));
  whenDue(tag, () => idle(() => void ask()));
}

const prefixed = (consent: Record<string, boolean>): Record<string, boolean> =>
  Object.fromEntries(Object.entries(consent).map(([name, given]) => [`consent_${name}`, given]));

async function configured(url: string): Promise<Config | null> {
  try {
    const response = await fetch(url, { credentials: "omit", signal: AbortSignal.timeout(15_000) });
    return response.ok ? ((await response.json()) as Config) : null;
  } catch {
    return null;
  }
}

/** 22 characters by chance; crypto.randomUUID exists only on https. */
function random(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(22));
  return [...bytes].map((byte) => (byte % 36).toString(36)).join("");
}

function tell(what: string, detail: object): void {
  dispatchEvent(new CustomEvent(`nineplus:${what}`, { detail }));
}

if (script) {
  if (document.readyState === "complete") start(script);
  else addEventListener("load", () => start(script), { once: true });
}
