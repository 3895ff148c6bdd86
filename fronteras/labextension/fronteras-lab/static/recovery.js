import { Signal } from './dom.js';

/** What JupyterLab would leave to the reader when a connection is lost and comes back. */

/**
 * Take away the dialogs that a lost connection brings up ("Failed to fetch", "Select Kernel"): the
 * banner says all there is to say, and what they ask cannot be done meanwhile.
 *
 * @param {object} Dialog - JupyterLab's class
 * @param {import('./link.js').Link} link
 */
export function quietDialogs(Dialog, link) {
  Dialog.tracker.widgetAdded.connect(async (_, dialog) => {
    if (!(await link.check()) && !dialog.isDisposed) {
      dialog.reject();
    }
  });
}

/**
 * Starts a notebook's kernel again if it is gone once the server is back.
 *
 * `state` is `''`, `starting`, or `started` until the reader has taken note: what the cells had
 * computed is gone, and they are to be run again.
 */
export class Revival {
  state = '';
  changed = new Signal();
  #context;
  #sessions;

  /**
   * @param {object} context - JupyterLab's document context
   * @param {object} sessions - JupyterLab's session manager
   * @param {import('./link.js').Link} link
   */
  constructor(context, sessions, link) {
    this.#context = context;
    this.#sessions = sessions;
    const stop = link.changed.connect(() => {
      if (link.state === 'online') {
        void this.#revive();
      }
    });
    context.disposed.connect(() => stop());
  }

  /** The reader has taken note. */
  dismiss() {
    this.#become('');
  }

  async #revive() {
    const { sessionContext } = this.#context;
    await this.#sessions.refreshRunning();
    if (this.#context.isDisposed || sessionContext.session?.kernel) {
      return;
    }
    this.#become('starting');
    await sessionContext.startKernel();
    await sessionContext.session?.kernel?.info;
    this.#become('started');
  }

  #become(state) {
    this.state = state;
    this.changed.emit();
  }
}
