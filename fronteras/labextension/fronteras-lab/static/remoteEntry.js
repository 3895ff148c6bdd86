/**
 * The container that JupyterLab's module federation loads, written by hand.
 *
 * JupyterLab calls `init` with its share scope (`{name: {version: {get, loaded}}}`), then
 * `get('./extension')` for a function that returns our module of plugins. What we use of
 * JupyterLab comes from that scope, so that its tokens and classes are the running ones.
 */
(() => {
  'use strict';
  const folder = new URL('.', document.currentScript.src);
  let scope = {};

  /** Order versions `4.10.0` after `4.9.1`. */
  const byVersion = (a, b) => a.localeCompare(b, 'en', { numeric: true });

  /**
   * Return a module that JupyterLab shares: the one in use, else the newest.
   *
   * @param {string} name - for instance `@jupyterlab/apputils`
   * @returns {Promise<object>} its exports
   */
  async function shared(name) {
    const versions = scope[name];
    if (!versions) {
      throw new Error(`fronteras-lab: JupyterLab does not share ${name}`);
    }
    const known = Object.keys(versions).sort(byVersion);
    const version = known.find(each => versions[each].loaded) ?? known.at(-1);
    const factory = await versions[version].get();
    return factory();
  }

  window._JUPYTERLAB = window._JUPYTERLAB ?? {};
  window._JUPYTERLAB['fronteras-lab'] = {
    init(shareScope) {
      scope = shareScope;
    },
    async get(module) {
      if (module !== './extension') {
        throw new Error(`fronteras-lab has no module ${module}`);
      }
      const { makePlugins } = await import(new URL('extension.js', folder).href);
      const plugins = await makePlugins(shared, folder);
      return () => ({ __esModule: true, default: plugins });
    }
  };
})();
