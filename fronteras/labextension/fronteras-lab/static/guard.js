import * as backup from './backup.js';
import { Signal } from './dom.js';

/** Milliseconds from a keystroke to the browser's copy of it. */
const DELAY = 1000;

/**
 * Watches over what is typed in one notebook until the server has saved it.
 *
 * `state` is `saved`, `unsaved` or `saving`; `savedAt` the time of the last save;
 * `kept` whether the browser holds a copy; `found` what an earlier page could not save, or null.
 */
export class Guard {
  state = 'saved';
  savedAt;
  kept = true;
  found = null;
  changed = new Signal();
  #context;
  #contents;
  #key;
  #timer = 0;

  /**
   * @param {object} context - JupyterLab's document context, ready
   * @param {object} contents - JupyterLab's contents manager
   * @param {import('./link.js').Link} link
   * @param {string} key - names this server and this notebook in the browser's storage
   */
  constructor(context, contents, link, key) {
    this.#context = context;
    this.#contents = contents;
    this.#key = key;
    const { model } = context;
    this.savedAt = new Date(context.contentsModel.last_modified);
    this.#saveOnlyWhenReachable(link);
    context.saveState.connect((_, step) => this.#onSave(step));
    model.contentChanged.connect(() => this.#onTyped());
    model.stateChanged.connect((_, { name }) => this.#onState(name));
    const stop = link.changed.connect(() => {
      if (link.state === 'online' && model.dirty) {
        void context.save().catch(() => undefined);
      }
    });
    context.disposed.connect(() => {
      stop();
      clearTimeout(this.#timer);
    });
  }

  /** Look for what an earlier page could not save. */
  async look() {
    const entry = await backup.get(this.#key);
    if (!entry || sameText(entry.content, this.#context.model.toJSON())) {
      return;
    }
    this.found = {
      time: new Date(entry.time),
      content: entry.content,
      changedSince: entry.base !== this.#context.contentsModel.last_modified
    };
    this.changed.emit();
  }

  /** Put back what was typed; a version that is newer than that is kept beside it. */
  async restore() {
    const { content, changedSince } = this.found;
    const { path } = this.#context;
    if (changedSince) {
      await this.#contents.copy(path, path.slice(0, path.lastIndexOf('/')));
    }
    this.#context.model.fromJSON(content);
    await this.#context.save();
    await this.#decided();
  }

  /** Forget what was typed. */
  async discard() {
    await this.#decided();
  }

  async #decided() {
    this.found = null;
    await backup.remove(this.#key);
    this.changed.emit();
  }

  /**
   * JupyterLab answers each failed save with a dialog. While the server cannot be reached none is
   * tried: the error that we throw instead is the one by which it knows a cancelled save.
   */
  #saveOnlyWhenReachable(link) {
    const context = this.#context;
    const save = context.save.bind(context);
    context.save = async (...values) => {
      if (!(await link.check())) {
        await this.#keep();
        throw Object.assign(new Error('Cancel'), { name: 'ModalCancelError' });
      }
      return save(...values);
    };
  }

  #onTyped() {
    if (!this.#context.model.dirty) {
      return;
    }
    this.#become('unsaved');
    this.#timer ||= setTimeout(() => void this.#keep(), DELAY);
  }

  async #keep() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    if (this.found || this.#context.isDisposed || !this.#context.model.dirty) {
      return;
    }
    this.kept = await backup.put(this.#key, {
      time: Date.now(),
      base: this.#context.contentsModel.last_modified,
      content: this.#context.model.toJSON()
    });
    if (!this.#context.isDisposed && !this.#context.model.dirty) {
      await backup.remove(this.#key);
    }
  }

  /** A notebook that was read anew from the server holds nothing unsaved. */
  #onState(name) {
    if (name === 'dirty' && !this.#context.model.dirty && this.state === 'unsaved') {
      this.savedAt = new Date(this.#context.contentsModel.last_modified);
      this.#become('saved');
    }
  }

  #onSave(step) {
    if (step === 'started') {
      this.#become('saving');
    } else if (step === 'failed') {
      this.#become('unsaved');
    } else {
      this.savedAt = new Date();
      this.#become(this.#context.model.dirty ? 'unsaved' : 'saved');
      if (!this.found) {
        clearTimeout(this.#timer);
        this.#timer = 0;
        void backup.remove(this.#key);
      }
    }
  }

  #become(state) {
    this.state = state;
    this.changed.emit();
  }
}

/** Whether two notebooks hold the same cells with the same text, whatever their outputs. */
function sameText(one, other) {
  const text = notebook => JSON.stringify(notebook.cells.map(cell => [cell.cell_type, cell.source]));
  return text(one) === text(other);
}
