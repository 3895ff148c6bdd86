import { button, h, prose } from './dom.js';
import { brief, full, minute, number, words } from './words.js';

/**
 * The panel of results: receipt, points, feedback, attempts.
 *
 * @param {object} parts
 * @param {string} parts.site - the address of the course, ending in a slash
 * @param {Function} parts.close
 * @returns {{node: HTMLElement, show: Function}} `show(session)` follows a session
 */
export function makePanel({ site, close }) {
  const live = h('p.fr-live', { role: 'status', 'aria-live': 'polite' });
  const body = h('div.fr-body');
  const node = h(
    'section.fr-panel',
    { 'aria-label': words.panelTitle },
    h(
      'header',
      {},
      h('h2', {}, words.panelTitle),
      button('quiet', '✕', close, { 'aria-label': words.close, title: words.close })
    ),
    live,
    body
  );
  let stop = () => undefined;
  let shown = '';

  const render = session => {
    const state = JSON.stringify([
      session.phase,
      session.problem,
      session.receipt,
      session.attempts,
      session.lab,
      session.note
    ]);
    if (state === shown) {
      return;
    }
    shown = state;
    live.textContent = announce(session);
    live.dataset.phase = session.phase;
    body.replaceChildren(...content(session, site));
  };

  return {
    node,
    show(session) {
      stop();
      shown = '';
      stop = session.changed.connect(() => render(session));
      render(session);
    }
  };
}

function announce({ phase, note, receipt, latest, problem }) {
  if (phase !== 'idle') {
    return words.phases[phase];
  }
  if (note) {
    return note;
  }
  if (!problem && receipt && latest?.status === 'scored' && latest.attempt === receipt.attempt) {
    return words.scored(latest.points, latest.max_points);
  }
  return '';
}

function content(session, site) {
  const { phase, problem, attempts, lab, latest } = session;
  const behind = session.receipt && (latest?.attempt ?? 0) < session.receipt.attempt;
  const receipt = behind ? session.receipt : latest;
  const parts = [];
  if (problem) {
    parts.push(trouble(problem));
  }
  if (phase === 'slow') {
    parts.push(button('plain', words.lookAgain, () => void session.load()));
  }
  if (!receipt && !problem) {
    parts.push(h('p', {}, words.intro));
  }
  if (receipt && !session.busy) {
    parts.push(receiptCard(receipt));
  }
  if (lab?.due) {
    parts.push(dueLine(new Date(lab.due)));
  }
  if (latest && !behind && !session.busy) {
    parts.push(...outcome(latest, site));
  }
  if (lab?.feedback_released) {
    parts.push(releasedLink(lab.id, site));
  }
  if (attempts && attempts.length > 1) {
    parts.push(history(attempts));
  }
  return parts;
}

function trouble({ title, message, retry }) {
  return h(
    'div.fr-problem',
    { role: 'alert' },
    title ? h('strong', {}, title) : null,
    h('p', {}, message),
    button('plain', words.tryAgain, () => void retry())
  );
}

function receiptCard({ attempt, time, sha256 }) {
  const copy = button('quiet', words.copy, async () => {
    await navigator.clipboard.writeText(sha256);
    copy.textContent = words.copied;
  });
  // Browsers give pages the clipboard only over TLS or on the machine itself.
  copy.hidden = !navigator.clipboard;
  return h(
    'section.fr-receipt',
    { 'aria-label': words.receipt },
    h('h3', {}, `${words.receipt} · ${words.attempt(attempt)}`),
    h(
      'dl',
      {},
      h('dt', {}, words.received),
      h('dd', {}, h('time', { datetime: time }, full(new Date(time)))),
      h('dt', {}, words.digest),
      h(
        'dd',
        {},
        h('details', {}, h('summary', { title: sha256 }, short(sha256)), h('code', {}, sha256)),
        copy
      )
    )
  );
}

const short = sha256 => h('code', {}, `${sha256.slice(0, 8)}…${sha256.slice(-8)}`);

function outcome(attempt, site) {
  switch (attempt.status) {
    case 'scored':
      return scored(attempt, site);
    case 'failed':
      return [h('p.fr-problem', { role: 'alert' }, attempt.error ?? words.failed)];
    case 'held':
      return [h('p.fr-held', {}, words.held)];
    default:
      return [];
  }
}

function scored({ points, max_points: most, questions }, site) {
  const waiting = questions.filter(isWaiting);
  const toCome = waiting.reduce((sum, each) => sum + each.max_points, 0);
  const share = most ? Math.round((100 * points) / most) : 0;
  return [
    h(
      'section.fr-score',
      {},
      h('p.fr-points', {}, h('strong', {}, number(points)), ` ${words.outOf(most)}`),
      h('div.fr-meter', { 'aria-hidden': 'true' }, h('span', { style: `inline-size: ${share}%` })),
      waiting.length ? h('p', {}, words.byHandNote(waiting.length, toCome)) : null
    ),
    h('h3', {}, words.questions),
    h('ol.fr-questions', {}, ...questions.map(question => questionItem(question, site)))
  ];
}

const isWaiting = question => question.manual && question.points === null;

function verdict(question) {
  if (isWaiting(question)) {
    return ['wait', words.byHand];
  }
  if (question.manual) {
    // Without points nobody need have read it: then the feedback says why.
    return question.points > 0 ? ['graded', words.graded] : ['none', ''];
  }
  if (question.points >= question.max_points) {
    return ['full', words.full];
  }
  return question.points > 0 ? ['part', words.part] : ['none', words.none];
}

function questionItem(question, site) {
  const [kind, word] = verdict(question);
  const points = isWaiting(question)
    ? `– / ${number(question.max_points)}`
    : `${number(question.points)} / ${number(question.max_points)}`;
  const see = kind === 'full' ? null : courseLink(question.see, site);
  const said = isWaiting(question) ? '' : (question.feedback ?? '');
  const opening = word && !said.startsWith(word) ? `${word}. ` : '';
  return h(
    `li.fr-${kind}`,
    {},
    h('div.fr-line', {}, h('code', {}, question.id), h('span.fr-mark', {}, points)),
    h('p', {}, opening ? h('span.fr-verdict', {}, opening) : '', ...prose(said)),
    see
  );
}

/** Link to a place of the course; an address that leads elsewhere gets no link. */
function courseLink(see, site) {
  if (!see) {
    return null;
  }
  const target = new URL(see.replace(/^\/+/, ''), site);
  if (target.origin !== new URL(site).origin) {
    return null;
  }
  return h(
    'a',
    { href: target.href, target: '_blank', rel: 'noopener' },
    words.see,
    h('span.fr-hidden', {}, ` (${words.newTab})`)
  );
}

function dueLine(due) {
  const when = minute(due);
  return h('p.fr-due', {}, due > new Date() ? words.due(when) : words.wasDue(when));
}

function releasedLink(lab, site) {
  const page = `/services/fronteras/api/labs/${lab}/feedback`;
  const href = new URL(`services/fronteras/login?next=${encodeURIComponent(page)}`, site).href;
  return h('p', {}, h('a', { href, target: '_blank', rel: 'noopener' }, words.released));
}

function history(attempts) {
  const state = attempt =>
    ({
      waiting: words.waiting,
      failed: '–',
      held: words.heldShort,
      scored: `${number(attempt.points ?? 0)} / ${number(attempt.max_points ?? 0)}`
    })[attempt.status];
  return h(
    'details.fr-history',
    {},
    h('summary', {}, `${words.attempts} (${attempts.length})`),
    h('p', {}, words.attemptsNote),
    h(
      'ol',
      { reversed: true },
      ...attempts.map(attempt =>
        h(
          'li',
          {},
          h('time', { datetime: attempt.time }, brief(new Date(attempt.time))),
          attempt.late ? ` (${words.late})` : '',
          h('span.fr-mark', {}, state(attempt))
        )
      )
    )
  );
}
