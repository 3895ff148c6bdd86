import { button, h } from './dom.js';
import { brief, clock, minute, words } from './words.js';

/**
 * The lab's own toolbar above the notebook, and below it a banner when something is to be said.
 *
 * @param {object} parts
 * @param {import('./session.js').Session} parts.session
 * @param {import('./guard.js').Guard} parts.guard
 * @param {import('./recovery.js').Revival} parts.revival
 * @param {import('./link.js').Link} parts.link
 * @param {{submit: Function, results: Function, again: Function}} parts.actions
 * @param {{course: string, spawn: string, signIn: string}} parts.addresses
 * @returns {{node: HTMLElement, dispose: Function}}
 */
export function makeBar({ session, guard, revival, link, actions, addresses }) {
  const submit = button('primary', words.submit, actions.submit, { title: words.submitHint });
  const saved = h('span.fr-saved');
  const status = h('span.fr-status');
  const banner = h('div.fr-banner', { role: 'alert', hidden: true });
  const offer = h('div.fr-offer', { role: 'status', hidden: true });
  const again = button('quiet', words.again, actions.again, { title: words.againHint });
  const note = h('div.fr-note', { role: 'status', hidden: true });
  const node = h(
    'div.fr-bar',
    {},
    h(
      'div.fr-row',
      { role: 'toolbar', 'aria-label': words.toolbar },
      submit,
      button('plain', words.results, actions.results, { title: words.resultsHint }),
      status,
      h('span.fr-space'),
      saved,
      h('a.fr-button.fr-quiet', { href: addresses.course, target: '_blank' }, words.course),
      again
    ),
    banner,
    offer,
    note
  );

  const showBar = () => {
    submit.disabled = session.busy;
    again.disabled = session.busy || link.state !== 'online';
    status.textContent = statusOf(session);
    saved.textContent = savedOf(guard, link);
    saved.dataset.state = link.state === 'online' ? 'saved' : guard.state;
  };
  const showBanner = () => {
    banner.hidden = link.state === 'online';
    banner.replaceChildren(...bannerOf(link, guard, addresses));
  };
  const showOffer = () => {
    offer.hidden = guard.found === null;
    offer.replaceChildren(...(guard.found ? offerOf(guard) : []));
  };
  const showNote = () => {
    note.hidden = revival.state === '';
    note.replaceChildren(...noteOf(revival));
  };
  const stops = [
    session.changed.connect(showBar),
    revival.changed.connect(showNote),
    guard.changed.connect(() => {
      showBar();
      showBanner();
      showOffer();
    }),
    link.changed.connect(() => {
      showBar();
      showBanner();
    })
  ];
  showBar();
  showBanner();
  showOffer();
  return { node, dispose: () => stops.forEach(stop => stop()) };
}

function statusOf({ phase, latest, attempts }) {
  if (phase !== 'idle') {
    return words.phases[phase];
  }
  if (attempts === null) {
    return '';
  }
  if (!latest) {
    return words.notSent;
  }
  const time = brief(new Date(latest.time));
  return latest.status === 'scored'
    ? `${words.score(latest.points, latest.max_points)} · ${time}`
    : words.sent(time);
}

function savedOf({ state, savedAt }, link) {
  if (state === 'saved') {
    return words.saved(clock(savedAt));
  }
  return link.state === 'online' ? words.saving : words.unsaved;
}

function bannerOf(link, guard, { spawn, signIn }) {
  const last = words.lastSaved(clock(guard.savedAt));
  const say = (what, then) => h('p', {}, h('strong', {}, what), ` ${then} ${last}`);
  const tab = (label, href) =>
    h('a.fr-button.fr-plain', { href, target: '_blank', rel: 'noopener' }, label);
  const retry = button('plain', words.retryNow, () => void link.check());
  switch (link.state) {
    case 'stopped':
      return [say(words.stopped, words.stoppedKept), tab(words.stoppedAction, spawn)];
    case 'signed-out':
      return [say(words.signedOut, words.signedOutKept), tab(words.signedOutAction, signIn)];
    case 'lost':
      return [say(words.lost, guard.kept ? words.lostKept : words.lostPage), retry];
    default:
      return [];
  }
}

function noteOf(revival) {
  switch (revival.state) {
    case 'starting':
      return [h('p', {}, words.reviving)];
    case 'started':
      return [h('p', {}, words.revived), button('plain', words.understood, () => revival.dismiss())];
    default:
      return [];
  }
}

function offerOf(guard) {
  const { time, changedSince } = guard.found;
  const act = what => () => void what.call(guard).catch(error => console.warn(error));
  return [
    h('p', {}, words.found(minute(time)), changedSince ? ` ${words.foundChanged}` : ''),
    button('primary', words.restore, act(guard.restore)),
    button('plain', words.discard, act(guard.discard))
  ];
}
