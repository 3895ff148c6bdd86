/**
 * What was typed and not yet saved, kept in the browser (IndexedDB), one entry for each notebook.
 *
 * An entry is `{time, base, content}`: when it was typed (ms), the `last_modified` of the file that
 * it was typed into, the notebook as JSON. A browser may refuse to store: `put` then says so.
 */
const DATABASE = 'fronteras';
const STORE = 'typed';

/** @returns {Promise<boolean>} whether the browser kept it */
export async function put(key, entry) {
  try {
    await run('readwrite', store => store.put(entry, key));
    return true;
  } catch (error) {
    console.warn('This browser does not keep a copy of unsaved work:', error);
    return false;
  }
}

/** @returns {Promise<object|undefined>} the entry, if there is one that can be read */
export async function get(key) {
  try {
    return await run('readonly', store => store.get(key));
  } catch (error) {
    console.warn('This browser does not give its copy of unsaved work:', error);
    return undefined;
  }
}

/** Forget an entry: it was saved, or its owner does not want it. */
export async function remove(key) {
  try {
    await run('readwrite', store => store.delete(key));
  } catch (error) {
    console.warn('This browser keeps no copy of unsaved work:', error);
  }
}

async function run(mode, act) {
  const database = await open();
  try {
    const transaction = database.transaction(STORE, mode, { durability: 'strict' });
    const request = act(transaction.objectStore(STORE));
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
    return request.result;
  } finally {
    database.close();
  }
}

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
