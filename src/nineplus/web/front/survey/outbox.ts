// Answers on their way to the server. What is not acknowledged stays in this browser and goes again, under the same key.

import type { Signals } from "./person";

export type More = Record<string, unknown>;

/** One person's answer. `scored` and `told` are what the server has acknowledged. */
export interface Answer {
  key: string;
  at: number;
  score: number;
  signals: Signals;
  scored?: number;
  more?: More;
  told?: string;
  amend?: string;
}

export interface Reply {
  state?: string;
  group?: string;
  amend?: string;
  code?: string;
  faults?: Record<string, string>;
}

export interface Ways {
  score: string;
  more: (answer: Answer) => string;
  /** What goes along with every score: channel, language, attributes of the link. */
  also: Record<string, unknown>;
}

export interface Listener {
  taken(answer: Answer, reply: Reply): void;
  waiting(offline: boolean): void;
  refused(answer: Answer, reply: Reply): void;
}

const KEPT_MS = 7 * 86_400_000;
const LONGEST_WAIT_MS = 60_000;
const ANSWER_MS = 20_000;
const TAKEN = ["saved", "changed", "same"];

export class Outbox {
  private queue: Answer[] = [];
  private busy = false;
  private failures = 0;
  private timer = 0;

  constructor(
    private readonly ways: Ways,
    private readonly listener: Listener,
    private readonly place: string,
  ) {
    this.queue = this.kept();
    addEventListener("online", () => this.send());
    document.addEventListener("visibilitychange", () => this.send());
    if (this.queue.length) this.send();
  }

  /** The newest answer that is still here, left by an earlier visit. */
  left(): Answer | undefined {
    return this.queue[this.queue.length - 1];
  }

  put(answer: Answer): void {
    if (!this.queue.includes(answer)) this.queue.push(answer);
    this.keep();
  }

  async send(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    clearTimeout(this.timer);
    try {
      for (let next; (next = this.queue.find(open)); ) {
        await this.deliver(next);
        this.queue = this.queue.filter(open);
        this.keep();
      }
      this.failures = 0;
    } catch {
      this.failures += 1;
      this.listener.waiting(!navigator.onLine);
      this.timer = window.setTimeout(() => this.send(), Math.min(LONGEST_WAIT_MS, 1_000 * 2 ** this.failures));
    } finally {
      this.busy = false;
    }
  }

  private async deliver(answer: Answer): Promise<void> {
    const score = answer.score;
    const age_ms = Math.max(0, Date.now() - answer.at);
    if (score !== answer.scored) {
      const reply = await post(this.ways.score, { ...this.ways.also, score, key: answer.key, age_ms, signals: answer.signals });
      if (!this.accept(answer, reply)) return;
      answer.scored = score;
      answer.amend = reply.amend ?? answer.amend;
    } else {
      const told = JSON.stringify(answer.more);
      const reply = await post(this.ways.more(answer), { ...answer.more, age_ms });
      if (!this.accept(answer, reply)) return;
      answer.told = told;
    }
  }

  private accept(answer: Answer, reply: Reply): boolean {
    if (TAKEN.includes(reply.state ?? "")) {
      this.listener.taken(answer, reply);
      return true;
    }
    answer.scored = answer.score; // refused for good: it is not sent again
    answer.told = JSON.stringify(answer.more);
    this.listener.refused(answer, reply);
    return false;
  }

  private keep(): void {
    try {
      const waiting = this.queue.filter(open);
      if (waiting.length) localStorage.setItem(this.place, JSON.stringify(waiting));
      else localStorage.removeItem(this.place);
    } catch {
      // No storage here (private window): what waits is kept as long as the page is open.
    }
  }

  private kept(): Answer[] {
    try {
      const found: Answer[] = JSON.parse(localStorage.getItem(this.place) ?? "[]");
      return found.filter((answer) => Date.now() - answer.at < KEPT_MS);
    } catch {
      return [];
    }
  }
}

function open(answer: Answer): boolean {
  return answer.score !== answer.scored || (answer.more !== undefined && JSON.stringify(answer.more) !== answer.told);
}

/** The server's reply. Throws while it cannot be reached or is not well: then it is asked again later. */
async function post(to: string, body: object): Promise<Reply> {
  const text = JSON.stringify(body);
  const response = await fetch(to, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: text,
    // Goes on when the page is left. A browser refuses that above 64 kB, and a letter may take three bytes.
    keepalive: text.length < 20_000,
    credentials: "omit",
    signal: AbortSignal.timeout?.(ANSWER_MS),
  });
  if (response.status >= 500 || response.status === 429) throw new Error(String(response.status));
  const json = (response.headers.get("Content-Type") ?? "").includes("json");
  if (!json) throw new Error("not ours"); // a hotel's log-in page
  return (await response.json()) as Reply;
}

/** 128 bits from the browser's generator: nobody guesses another answer's key. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
