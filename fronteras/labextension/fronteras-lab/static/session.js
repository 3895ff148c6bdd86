import { Signal, pause } from './dom.js';
import { words } from './words.js';

/** Seconds between looks at the score, from the first to the slowest; and when to give up. */
const FIRST_LOOK = 1;
const LAST_LOOK = 5;
const PATIENCE = 240;

/**
 * Handing one lab in, from Submit to points.
 *
 * `phase` is `idle`, `saving`, `sending`, `scoring` or `slow`; `problem` a sentence with what to do
 * about it, or null; `receipt`, `attempts` (newest first) and `lab` are what the service answered.
 */
export class Session {
  phase = 'idle';
  problem = null;
  receipt = null;
  attempts = null;
  lab = null;
  note = '';
  changed = new Signal();
  #api;
  #link;
  #context;
  #looking = 0;

  /**
   * @param {string} id - the lab's id
   * @param {object} context - JupyterLab's document context
   * @param {import('./api.js').Api} api
   * @param {import('./link.js').Link} link
   */
  constructor(id, context, api, link) {
    this.id = id;
    this.#context = context;
    this.#api = api;
    this.#link = link;
    const stop = link.changed.connect(() => {
      if (link.state === 'online' && !this.busy) {
        void this.load();
      }
    });
    context.disposed.connect(() => {
      stop();
      this.#looking += 1;
    });
  }

  /** Whether Submit is under way up to the receipt. */
  get busy() {
    return this.phase === 'saving' || this.phase === 'sending';
  }

  /** The last attempt, or undefined. */
  get latest() {
    return this.attempts?.[0];
  }

  /** Learn what was handed in before, and go on waiting for a score. */
  async load() {
    try {
      await this.#refresh();
    } catch (refusal) {
      if (!this.problem) {
        this.#trouble(words.resultsUnreachable, refusal.message, () => this.load());
        this.problem.passing = true;
      }
      return;
    }
    if (this.problem?.passing) {
      this.problem = null;
    }
    if (this.latest?.status === 'waiting') {
      await this.#awaitScore();
    } else {
      this.#become(this.busy ? this.phase : 'idle');
    }
  }

  /** Save, hand in, wait for the score. */
  async submit() {
    if (this.busy) {
      return;
    }
    this.problem = null;
    this.note = '';
    this.#become('saving');
    try {
      await this.#context.save();
    } catch (error) {
      this.#become('idle');
      this.#trouble(words.notHandedIn, words.saveFailed, () => this.submit());
      return;
    }
    this.#become('sending');
    try {
      this.receipt = await this.#api.submit(this.id);
    } catch (refusal) {
      this.#become('idle');
      this.#trouble(words.notHandedIn, refusal.message, () => this.submit());
      if (!refusal.spoken) {
        this.problem.title = '';
        void this.#link.check();
      }
      return;
    }
    await this.#awaitScore();
  }

  /** Replace the notebook by a fresh copy and show it. */
  async startAgain() {
    this.problem = null;
    try {
      if (this.#context.model.dirty) {
        await this.#context.save();
      }
      const kept = await this.#api.fresh(this.id);
      await this.#context.revert();
      this.note = words.againDone(kept);
      this.changed.emit();
    } catch (error) {
      const message = error.name === 'Refusal' ? error.message : words.saveFailed;
      this.#trouble(words.againTitle, message, () => this.startAgain());
    }
  }

  async #awaitScore() {
    const mine = (this.#looking += 1);
    const until = Date.now() + PATIENCE * 1000;
    this.#become('scoring');
    for (let wait = FIRST_LOOK; Date.now() < until; wait = Math.min(wait * 1.25, LAST_LOOK)) {
      await pause(wait);
      if (mine !== this.#looking) {
        return;
      }
      // A look that fails is no news: the submission is stored, and there will be another look.
      const seen = await this.#refresh().then(() => true, () => false);
      if (mine !== this.#looking) {
        return;
      }
      if (seen && this.latest && this.latest.status !== 'waiting' && !this.#isBehind()) {
        this.#become('idle');
        return;
      }
    }
    this.#become('slow');
  }

  /** Whether the list of attempts does not yet show the one that we have a receipt for. */
  #isBehind() {
    return this.receipt !== null && this.latest.attempt < this.receipt.attempt;
  }

  async #refresh() {
    const [lab, attempts] = await Promise.all([
      this.#api.lab(this.id),
      this.#api.attempts(this.id)
    ]);
    this.lab = lab ?? null;
    this.attempts = attempts;
    this.changed.emit();
  }

  #trouble(title, message, retry) {
    this.problem = { title, message, retry };
    this.changed.emit();
  }

  #become(phase) {
    this.phase = phase;
    this.changed.emit();
  }
}
