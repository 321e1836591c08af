// Answers on their way: sent in order, kept while the network is away, sent again under the same key.
import type { Memory, Post } from "./memory";

const WAITS_MS = [2_000, 8_000, 30_000, 120_000];
const LIMIT_MS = 15_000;

export type Reply = { state?: string; amend?: string; code?: string };

export class Outbox {
  #memory: Memory;
  #tries = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #onReply: (reply: Reply) => void;
  #busy = false;

  constructor(memory: Memory, onReply: (reply: Reply) => void) {
    this.#memory = memory;
    this.#onReply = onReply;
    addEventListener("online", () => void this.flush());
  }

  /** Send it, after what waits. False: it waits, and goes by itself later. */
  async send(url: string, body: object): Promise<boolean> {
    this.#memory.waiting = [...this.#memory.waiting, { url, body: JSON.stringify(body), at: Date.now() }];
    return this.flush();
  }

  async flush(): Promise<boolean> {
    if (this.#busy) return false;
    this.#busy = true;
    clearTimeout(this.#timer);
    try {
      for (let next = this.#memory.waiting[0]; next; next = this.#memory.waiting[0]) {
        if (!(await this.#deliver(next))) {
          const wait = WAITS_MS[Math.min(this.#tries++, WAITS_MS.length - 1)]!;
          this.#timer = setTimeout(() => void this.flush(), wait);
          return false;
        }
        this.#memory.waiting = this.#memory.waiting.slice(1);
        this.#tries = 0;
      }
      return true;
    } finally {
      this.#busy = false;
    }
  }

  /** True when the server took or refused it for good; only then it need not be kept. */
  async #deliver(post: Post): Promise<boolean> {
    try {
      const age_ms = post.at ? Math.max(0, Date.now() - post.at) : 0;
      const body = `${post.body.slice(0, -1)},"age_ms":${age_ms}}`; // it is an object with fields of its own
      const response = await fetch(post.url, {
        method: "POST",
        // text/plain spares the browser a second request that asks for permission.
        headers: { "Content-Type": "text/plain" },
        body,
        credentials: "omit",
        keepalive: body.length < 20_000, // 64 kB is the most, and a letter may take three bytes
        signal: AbortSignal.timeout(LIMIT_MS),
      });
      if (response.status === 429 || response.status >= 500) return false;
      this.#onReply((await response.json().catch(() => ({}))) as Reply);
      return true;
    } catch {
      return false;
    }
  }
}
