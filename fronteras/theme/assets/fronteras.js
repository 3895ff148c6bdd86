/* A reader's own state on the lab pages and on "My progress". Without it the site reads as well. */
(() => {
  "use strict";

  const API = "/services/fronteras/";
  const SIGNED_IN = "fronteras.signed-in"; // spares anonymous readers a request that must fail
  const source = document.getElementById("fronteras-words");

  for (const door of document.querySelectorAll("[data-signs-in]")) {
    door.addEventListener("click", () => remember(true));
  }
  if (!source) return;
  const words = JSON.parse(source.textContent);
  const page = document.documentElement.lang || "en";
  const language = page === "en" ? "en-GB" : page; // the day before the month, as in the notebooks
  const panel = document.querySelector("[data-lab]");
  const progress = document.getElementById("fr-progress");
  if (panel && remembered()) showPanel(panel);
  if (progress) showProgress(progress);

  /* What the browser remembers: only that somebody signed in here. */
  function remembered() {
    try { return localStorage.getItem(SIGNED_IN) === "yes"; } catch { return false; }
  }
  function remember(yes) {
    try { yes ? localStorage.setItem(SIGNED_IN, "yes") : localStorage.removeItem(SIGNED_IN); } catch { /* private window */ }
  }

  /* Talking to the server */
  class Away extends Error {}
  class SignedOut extends Error {}
  async function get(path) {
    let answer;
    try {
      answer = await fetch(API + path, { headers: { Accept: "application/json" }, credentials: "same-origin" });
    } catch {
      throw new Away();
    }
    if (answer.status === 401) { remember(false); throw new SignedOut(); }
    const json = (answer.headers.get("Content-Type") || "").includes("json");
    if (!json) throw new Away();
    const body = await answer.json();
    if (!answer.ok) throw new Error(body.error || String(answer.status));
    return body;
  }

  /* Building elements: text is always text */
  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== undefined && value !== null) element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  }
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
  const button = (text, href, primary) =>
    make("a", { class: "md-button" + (primary ? " md-button--primary" : ""), href }, text);

  /* Times in the reader's zone, numbers as the reader writes them */
  const clock = new Intl.DateTimeFormat(language, {
    weekday: "short", day: "numeric", month: "long", year: "numeric",
    hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short",
  });
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const time = (iso) => make("time", { datetime: iso }, clock.format(new Date(iso)));
  const number = (value) => new Intl.NumberFormat(language, { maximumFractionDigits: 2 }).format(value);
  function timed(text, iso) {
    const [before, after] = text.split("{time}");
    return make("span", {}, before, time(iso), after || "");
  }

  function points(lab) {
    if (lab.points === null || lab.points === undefined) return null;
    return fill(words.status.points, { points: number(lab.points), max: number(lab.max_points) });
  }
  function status(lab) {
    let key = lab.held ? "held" : lab.status;
    if (key === "none" && !lab.open) key = lab.due && new Date(lab.due) < new Date() ? "closed" : "early";
    const text = key === "scored" && lab.needs_grading ? words.status.needs_grading : words.status[key];
    return make("span", { class: `fr-status fr-status--${key}` }, text || key);
  }
  function attempts(lab) {
    return lab.attempts === 1 ? words.status.attempts_one : fill(words.status.attempts_many, { n: lab.attempts });
  }
  function due(lab, now) {
    if (lab.opens && new Date(lab.opens) > now) return timed(words.status.opens, lab.opens);
    if (!lab.due) return make("span", {}, words.status.no_due);
    return timed(new Date(lab.due) < now ? words.status.was_due : words.status.due, lab.due);
  }
  const spaced = (...parts) => parts.filter(Boolean).flatMap((part, index) => (index ? [" · ", part] : [part]));

  /* The panel of a lab */
  async function showPanel(element) {
    const state = element.querySelector("[data-lab-state]");
    try {
      const answer = await get("api/labs");
      const lab = answer.labs.find((one) => one.id === element.dataset.lab);
      if (!lab) return;
      state.replaceChildren(
        status(lab), " ",
        ...spaced(points(lab), lab.attempts ? attempts(lab) : null, due(lab, new Date(answer.server_time))),
      );
      if (lab.status === "waiting") setTimeout(() => showPanel(element), 4000);
    } catch (error) {
      state.replaceChildren(); // the lesson can be read without
      if (!(error instanceof Away || error instanceof SignedOut)) state.textContent = error.message;
    }
  }

  /* My progress */
  async function showProgress(element) {
    const loading = element.querySelector("[data-loading]");
    if (loading) loading.hidden = false;
    try {
      const [me, answer] = [await get("api/me"), await get("api/labs")];
      remember(true);
      const open = new Set([...element.querySelectorAll("details[open]")].map((one) => one.dataset.of));
      element.replaceChildren(...overview(me, answer, open));
      if (answer.labs.some((lab) => lab.status === "waiting")) setTimeout(() => showProgress(element), 4000);
    } catch (error) {
      element.replaceChildren(trouble(error, () => showProgress(element)));
    }
  }

  function trouble(error, again) {
    if (error instanceof SignedOut) {
      const door = button(words.progress.sign_in, API + "login?next=" + encodeURIComponent(location.pathname), true);
      door.addEventListener("click", () => remember(true));
      return box(words.progress.signed_out_title, words.progress.signed_out_text, door);
    }
    const retry = make("button", { class: "md-button", type: "button" }, words.progress.again);
    retry.addEventListener("click", again);
    const text = error instanceof Away
      ? words.progress.away_text
      : fill(words.progress.failed_load, { reason: error.message });
    return box(words.progress.away_title, text, retry);
  }
  function box(title, text, ...doors) {
    return make("div", { class: "fr-box" },
      make("h2", {}, title), make("p", {}, text), make("p", { class: "fr-box__doors" }, ...doors));
  }

  function overview(me, answer, open) {
    const now = new Date(answer.server_time);
    const parts = [make("p", {},
      make("strong", {}, fill(words.progress.greeting, { name: me.name })),
      me.cohort ? ` · ${words.progress.cohort}: ${me.cohort}` : "")];
    if (me.instructor) {
      parts.push(make("p", { class: "fr-note" }, words.progress.instructor + " ",
        make("a", { href: API + "grade" }, words.progress.grade)));
    }
    if (!answer.labs.length) parts.push(make("p", { class: "fr-note" }, words.progress.empty));
    parts.push(...answer.labs.map((lab) => labBox(lab, now, open.has(lab.id))));
    const [before, after] = words.progress.updated.split("{time}");
    parts.push(make("p", { class: "fr-quiet" }, before, time(answer.server_time), fill(after, { zone })));
    return parts;
  }

  function labBox(lab, now, isOpen) {
    const known = words.labs[lab.id] || { title: lab.id, url: null };
    const lesson = known.url === null ? null : pageUrl(known.url);
    const share = lab.points !== null && lab.max_points ? Math.min(100, (100 * lab.points) / lab.max_points) : 0;
    const results = make("details", { "data-of": lab.id }, make("summary", {}, words.progress.attempts));
    const list = make("div", { "aria-live": "polite" });
    results.append(list);
    results.addEventListener("toggle", () => { if (results.open) showAttempts(lab.id, list); });
    if (isOpen) results.open = true;
    return make("section", { class: "fr-box", "aria-label": known.title },
      make("div", { class: "fr-box__head" },
        make("h2", {}, lesson ? make("a", { href: lesson }, known.title) : known.title),
        make("span", { class: "fr-points" }, points(lab) || "")),
      make("div", { class: "fr-meter", "aria-hidden": "true" }, bar(share)),
      make("p", {}, status(lab), " ", ...spaced(lab.attempts ? attempts(lab) : null, due(lab, now))),
      lab.feedback_released ? make("p", {}, words.status.feedback_released + ". ",
        make("a", { href: `${API}api/labs/${encodeURIComponent(lab.id)}/feedback` }, words.progress.feedback)) : null,
      make("p", { class: "fr-box__doors" },
        lab.open ? button(words.panel.open, `${API}open?lab=${encodeURIComponent(lab.id)}`, true) : null,
        lesson ? button(words.progress.lesson, lesson) : null),
      lab.attempts ? results : null);
  }
  function bar(share) {
    const element = make("span");
    element.style.width = `${share}%`;
    return element;
  }
  const pageUrl = (path) => new URL(path, new URL(progress.dataset.base + "/", location.href)).pathname;

  async function showAttempts(lab, list) {
    try {
      const answer = await get(`api/labs/${encodeURIComponent(lab)}/submissions`);
      list.replaceChildren(...(answer.attempts.length
        ? answer.attempts.map(attemptRows)
        : [make("p", {}, words.progress.no_attempts)]));
    } catch (error) {
      list.replaceChildren(make("p", {}, fill(words.progress.failed_load, { reason: error.message || words.progress.away_title })));
    }
  }

  function attemptRows(attempt) {
    const parts = [
      make("h4", {}, fill(words.progress.attempt, { attempt: attempt.attempt })),
      make("p", {}, status({ ...attempt, open: true }), " ", ...spaced(points(attempt), time(attempt.time), attempt.late ? words.progress.late : null)),
    ];
    if (attempt.questions && attempt.questions.length) parts.push(questionTable(attempt.questions));
    parts.push(make("p", { class: "fr-mono" }, `${words.progress.receipt}: SHA-256 ${attempt.sha256}`));
    return make("div", {}, ...parts);
  }

  function questionTable(questions) {
    const head = [words.progress.question, words.progress.points_head, words.progress.feedback_head]
      .map((text) => make("th", { scope: "col" }, text));
    const rows = questions.map((one) => make("tr", {},
      make("td", {}, make("code", {}, one.id)),
      make("td", {}, one.points === null ? "–" : `${number(one.points)} / ${number(one.max_points)}`),
      make("td", {}, one.feedback || (one.manual ? words.progress.manual : ""),
        ...(one.see && one.points < one.max_points ? [" ", make("a", { href: pageUrl(one.see.split("#")[0]) + hash(one.see) }, words.progress.read_there)] : []))));
    return make("div", { class: "md-typeset__scrollwrap" }, make("div", { class: "md-typeset__table" },
      make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows))));
  }
  const hash = (path) => (path.includes("#") ? "#" + path.split("#")[1] : "");
})();
