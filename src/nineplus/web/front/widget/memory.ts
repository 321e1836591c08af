// What is kept in the visitor's browser: nothing at all until they agreed, then when they were asked and what waits.
const NAME = "nineplus";

type Kept = { asked?: Record<string, number>; waiting?: Post[] };
export type Post = { url: string; body: string; at?: number };

export class Memory {
  #kept: Kept = {};
  #allowed = false;

  /** The visitor agrees to (or forbids) keeping things. What was kept is forgotten when they forbid it. */
  consent(given: boolean): void {
    this.#allowed = given;
    try {
      if (!given) {
        localStorage.removeItem(NAME);
        return;
      }
      const before = JSON.parse(localStorage.getItem(NAME) ?? "{}") as Kept;
      this.#kept = {
        asked: { ...before.asked, ...this.#kept.asked },
        waiting: [...(before.waiting ?? []), ...(this.#kept.waiting ?? [])],
      };
      this.#write();
    } catch {
      // Storage is full, forbidden or was tampered with: memory of this page is enough.
    }
  }

  askedWithin(survey: string, days: number): boolean {
    const at = this.#kept.asked?.[survey];
    return at !== undefined && Date.now() - at < days * 86_400_000;
  }

  asked(survey: string): void {
    this.#kept.asked = { ...this.#kept.asked, [survey]: Date.now() };
    this.#write();
  }

  get waiting(): readonly Post[] {
    return this.#kept.waiting ?? [];
  }

  set waiting(posts: readonly Post[]) {
    this.#kept.waiting = posts.slice(-20);
    this.#write();
  }

  #write(): void {
    if (!this.#allowed) return;
    try {
      localStorage.setItem(NAME, JSON.stringify(this.#kept));
    } catch {
      // As above.
    }
  }
}
