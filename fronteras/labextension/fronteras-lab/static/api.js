import { words } from './words.js';

/** The server, or the scoring service behind it, did not do what was asked. */
export class Refusal extends Error {
  /**
   * @param {string} message - a sentence for the participant
   * @param {number} status - the HTTP status; 0 where there was no answer
   * @param {boolean} spoken - whether our own server said it: then the connection stands
   */
  constructor(message, status, spoken = false) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.spoken = spoken;
  }
}

/** What the participant's server offers. */
export class Api {
  #connection;
  #settings;

  /**
   * @param {object} ServerConnection - of `@jupyterlab/services`
   * @param {object} settings - the server's address, token and XSRF cookie
   */
  constructor(ServerConnection, settings) {
    this.#connection = ServerConnection;
    this.#settings = settings;
  }

  /** @returns {Promise<object|undefined>} what the service says about one lab of the caller */
  async lab(id) {
    const { labs } = await this.#call('GET', 'fronteras/api/labs');
    return labs.find(lab => lab.id === id);
  }

  /** @returns {Promise<object[]>} the caller's attempts, newest first */
  async attempts(id) {
    return (await this.#call('GET', `fronteras/api/labs/${id}/submissions`)).attempts;
  }

  /** Hand the saved notebook in. @returns {Promise<object>} the receipt */
  async submit(id) {
    return (await this.#call('POST', `fronteras/api/labs/${id}/submit`)).receipt;
  }

  /** Replace the notebook. @returns {Promise<string>} the name of the one that was set aside */
  async fresh(id) {
    return (await this.#call('POST', `fronteras/api/labs/${id}/fresh`)).kept;
  }

  /** Ask whether the server is there and knows us: returns, or throws a Refusal. */
  async ping() {
    await this.#call('GET', 'api/status', AbortSignal.timeout(8000));
  }

  async #call(method, path, signal) {
    let response;
    try {
      response = await this.#connection.makeRequest(
        this.#settings.baseUrl + path,
        { method, signal },
        this.#settings
      );
    } catch (error) {
      throw new Refusal(words.unreachable, 0);
    }
    const body = await response.json().catch(() => ({}));
    if (!response.ok) {
      const told = typeof body.error === 'string';
      throw new Refusal(told ? body.error : words.serverError(response.status), response.status, told);
    }
    return body;
  }
}
