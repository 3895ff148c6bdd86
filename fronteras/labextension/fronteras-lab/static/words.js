/** All sentences of the front end, in one place so that they can be translated. */

const LANGUAGE = document.documentElement.lang || 'en';
const LOCALE = LANGUAGE === 'en' ? 'en-GB' : LANGUAGE;

export const words = {
  submit: 'Submit',
  submitHint: 'Save this notebook and hand it in. You can hand in again until the lab is due.',
  results: 'Results',
  resultsHint: 'Show your receipts, points and feedback',
  again: 'Start again…',
  againHint: 'Start again with a fresh copy of this lab',
  againLong: 'Start Lab Again with a Fresh Copy…',
  toolbar: 'Lab',
  course: 'Course',

  againTitle: 'Start again with a fresh copy?',
  againBody:
    'A fresh copy of this lab takes the place of your notebook. The notebook as it is now is ' +
    'kept beside it under another name, and what you have handed in stays handed in.',
  againYes: 'Start again',
  againNo: 'Keep working',
  againDone: kept =>
    kept ? `This is a fresh copy. Your earlier notebook is kept as ${kept}.` : 'This is a fresh copy.',

  saved: time => `Saved at ${time}`,
  saving: 'Saving soon…',
  unsaved: 'Not saved yet',
  notSent: 'Not handed in yet',
  sent: time => `Handed in ${time}`,
  score: (points, most) => `${number(points)} of ${number(most)} points`,
  outOf: most => `of ${number(most)} points`,

  lost: 'Connection lost.',
  lostKept: 'Your work is kept in this page and in this browser’s storage; we keep trying.',
  lostPage: 'Your work is kept in this page: do not close it. We keep trying.',
  stopped: 'Your workspace was stopped, probably after a pause.',
  stoppedKept: 'Nothing typed is lost. Start it again, then come back to this page.',
  stoppedAction: 'Start it again',
  signedOut: 'You have been signed out.',
  signedOutKept: 'Nothing typed is lost. Sign in, then come back to this page.',
  signedOutAction: 'Sign in',
  lastSaved: time => `Last saved at ${time}.`,
  reviving: 'The connection is back. Python is being started again…',
  revived:
    'Python was started again, so it has forgotten what your cells computed. Press Run all, ' +
    'then go on where you were.',
  understood: 'Understood',
  retryNow: 'Try now',

  found: when => `This browser kept what you typed on ${when} and could not save.`,
  foundChanged:
    'The notebook has been changed since, perhaps on another computer: that version will be ' +
    'kept beside it if you restore.',
  restore: 'Restore what you typed',
  discard: 'Keep the notebook as it is',

  phases: {
    saving: 'Saving your notebook…',
    sending: 'Handing it in…',
    scoring: 'Received. Being scored…',
    slow: 'Received and safe, but scoring takes longer than usual.'
  },
  scored: (points, most) => `Scored: ${number(points)} of ${number(most)} points.`,
  lookAgain: 'Look again',
  tryAgain: 'Try again',
  notHandedIn: 'Not handed in.',
  saveFailed: 'The notebook could not be saved, so it was not handed in. It is still in this page.',
  unreachable:
    'The connection was lost, so we do not know whether your notebook arrived. It is still in ' +
    'this page. If it arrived, it shows below once the connection is back.',
  resultsUnreachable: 'Your results cannot be shown just now.',
  serverError: status => `The server answered with an error (${status}).`,

  panelTitle: 'Results',
  close: 'Close results',
  intro: 'Press Submit to hand this notebook in. Points and feedback appear here.',
  receipt: 'Receipt',
  attempt: count => `Attempt ${count}`,
  received: 'Received',
  digest: 'SHA-256 of the notebook',
  copy: 'Copy',
  copied: 'Copied',
  late: 'late',
  waiting: 'Being scored',
  failed:
    'Your notebook is stored, but scoring it failed. Hand it in again; if it fails once more, ' +
    'tell your instructor.',
  held:
    'Stored and scored. Points and feedback are shown at once for your first attempts only; ' +
    'those of this attempt appear after the lab is due.',
  heldShort: 'Shown after the due time',
  questions: 'Questions',
  full: 'Right',
  part: 'Partly right',
  none: 'Not yet right',
  byHand: 'To be graded',
  byHandNote: (count, points) =>
    `${count === 1 ? 'One answer waits' : `${count} answers wait`} for your instructor ` +
    `(${number(points)} points).`,
  graded: 'Graded by your instructor',
  see: 'Read about it in the course',
  newTab: 'opens in a new tab',
  due: when => `Hand in by ${when}.`,
  wasDue: when => `The lab was due on ${when}.`,
  attempts: 'Your attempts',
  attemptsNote: 'Every attempt is kept; the last one counts.',
  released: 'Read your instructor’s feedback'
};

/** Write points without a needless fraction: `2`, `2.5`. */
export function number(value) {
  return new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 2 }).format(value);
}

/** Write a time of day in the reader's own time zone: `14:05`. */
export function clock(date) {
  return new Intl.DateTimeFormat(LOCALE, { hour: '2-digit', minute: '2-digit' }).format(date);
}

/** Write day and time briefly: `21 Nov, 14:05`. */
export function brief(date) {
  return new Intl.DateTimeFormat(LOCALE, {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit'
  }).format(date);
}

const MINUTE = {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  timeZoneName: 'long'
};

/** Write day, time to the minute and the name of the reader's time zone. */
export function minute(date) {
  return new Intl.DateTimeFormat(LOCALE, MINUTE).format(date);
}

/** Write day, time to the second and the name of the reader's time zone. */
export function full(date) {
  return new Intl.DateTimeFormat(LOCALE, { ...MINUTE, second: '2-digit' }).format(date);
}
