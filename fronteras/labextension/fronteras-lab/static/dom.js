/**
 * Make an element. Text is always text: nothing is ever parsed as HTML.
 *
 * @param {string} tag - for instance `p` or `button.fr-primary`
 * @param {object} [attributes] - `onclick` and the like are listeners; `null` and `false` are left out
 * @param {...(Node|string|null|false)} children
 * @returns {HTMLElement}
 */
export function h(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split('.');
  const element = document.createElement(name);
  if (classes.length) {
    element.className = classes.join(' ');
  }
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) {
      continue;
    }
    if (key.startsWith('on')) {
      element.addEventListener(key.slice(2), value);
    } else {
      element.setAttribute(key, value === true ? '' : value);
    }
  }
  element.append(...children.filter(child => child !== null && child !== false && child !== undefined));
  return element;
}

/** Make a button that keyboards and screen readers know by its words. */
export function button(kind, label, onclick, attributes = {}) {
  return h(`button.fr-button.fr-${kind}`, { type: 'button', onclick, ...attributes }, label);
}

/** Turn a sentence with `code` in backticks into text and code elements. */
export function prose(sentence) {
  return String(sentence)
    .split(/`([^`]+)`/)
    .map((part, index) => (index % 2 ? h('code', {}, part) : part));
}

/** A list of listeners. */
export class Signal {
  #listeners = new Set();

  /** @param {Function} listener @returns {Function} stops listening */
  connect(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(...values) {
    for (const listener of [...this.#listeners]) {
      listener(...values);
    }
  }
}

/** Wait. @param {number} seconds */
export const pause = seconds => new Promise(resolve => setTimeout(resolve, seconds * 1000));
