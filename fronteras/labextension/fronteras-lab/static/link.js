import { Signal, pause } from './dom.js';

/** Seconds between tries to reach the server again. */
const FIRST_TRY = 2;
const LAST_TRY = 15;

/**
 * Whether the participant's server can be reached.
 *
 * `state` is `online`, `lost` (no answer), `stopped` (the hub answers that it does not run) or
 * `signed-out`. While it is not `online`, it is tried again and again.
 */
export class Link {
  state = 'online';
  changed = new Signal();
  #api;
  #watching = false;
  #checking = null;

  /** @param {import('./api.js').Api} api */
  constructor(api) {
    this.#api = api;
    window.addEventListener('offline', () => void this.check());
    window.addEventListener('online', () => void this.check());
  }

  /** Find out now. @returns {Promise<boolean>} whether the server can be reached */
  check() {
    this.#checking ??= this.#ask().finally(() => {
      this.#checking = null;
    });
    return this.#checking;
  }

  async #ask() {
    const state = await this.#api.ping().then(() => 'online', stateOf);
    if (state !== this.state) {
      this.state = state;
      this.changed.emit();
    }
    if (state !== 'online') {
      void this.#watch();
    }
    return state === 'online';
  }

  async #watch() {
    if (this.#watching) {
      return;
    }
    this.#watching = true;
    for (let wait = FIRST_TRY; this.state !== 'online'; wait = Math.min(wait * 1.5, LAST_TRY)) {
      await pause(wait);
      await this.check();
    }
    this.#watching = false;
  }
}

/** @param {import('./api.js').Refusal} refusal */
function stateOf({ status }) {
  if (status === 401 || status === 403) {
    return 'signed-out';
  }
  return status === 424 || status === 503 || status === 404 ? 'stopped' : 'lost';
}
