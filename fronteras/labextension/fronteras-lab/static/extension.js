import { Api } from './api.js';
import { makeBar } from './bar.js';
import { Guard } from './guard.js';
import { Link } from './link.js';
import { makePanel } from './panel.js';
import { Revival, quietDialogs } from './recovery.js';
import { Session } from './session.js';
import { words } from './words.js';

const PANEL = 'fronteras-results';
const COMMANDS = { submit: 'fronteras:submit', results: 'fronteras:results', again: 'fronteras:again' };

/** Below this width, in CSS pixels, results go below the notebook and not beside it. */
const NARROW = 900;

/**
 * Make the plugins of this extension.
 *
 * @param {(name: string) => Promise<object>} shared - gives a module of the running JupyterLab
 * @param {URL} folder - where these files are served
 * @returns {Promise<object[]>}
 */
export async function makePlugins(shared, folder) {
  const names = [
    '@jupyterlab/application',
    '@jupyterlab/apputils',
    '@jupyterlab/coreutils',
    '@jupyterlab/mainmenu',
    '@jupyterlab/notebook',
    '@jupyterlab/services',
    '@lumino/widgets'
  ];
  const [application, apputils, coreutils, mainmenu, notebook, services, widgets] =
    await Promise.all(names.map(shared));
  const submit = {
    id: 'fronteras-lab:submit',
    description: 'Submit, receipt and feedback for the labs of the course.',
    autoStart: true,
    requires: [notebook.INotebookTracker],
    optional: [mainmenu.IMainMenu],
    activate(app, tracker, menu) {
      addStyle(folder);
      const settings = app.serviceManager.serverSettings;
      const api = new Api(services.ServerConnection, settings);
      const link = new Link(api);
      app.serviceManager.connectionFailure.connect(() => void link.check());
      quietDialogs(apputils.Dialog, link);
      activate({ app, tracker, menu, api, link, settings, apputils, coreutils, widgets });
    }
  };

  /** In place of JupyterLab's dialog nothing: our banner says it, and goes away by itself. */
  const connectionLost = {
    id: 'fronteras-lab:connection-lost',
    description: 'Shows a lost connection in the lab’s banner.',
    autoStart: true,
    provides: application.IConnectionLost,
    activate: () => async () => undefined
  };

  return [submit, connectionLost];
}

function addStyle(folder) {
  const sheet = document.createElement('link');
  sheet.rel = 'stylesheet';
  sheet.href = new URL('style.css', folder).href;
  document.head.append(sheet);
}

function activate({ app, tracker, menu, api, link, settings, apputils, coreutils, widgets }) {
  const { PageConfig } = coreutils;
  const site = new URL('/', PageConfig.getOption('hubHost') || settings.baseUrl).href;
  const addresses = {
    course: site,
    spawn: new URL('hub/spawn', site).href,
    signIn: `${settings.baseUrl}tree`
  };
  /** The sessions of the notebooks that are labs, by their widget. */
  const sessions = new WeakMap();
  const results = addResults(app, site, widgets);
  const current = () => tracker.currentWidget && sessions.get(tracker.currentWidget);

  const { commands } = app;
  commands.addCommand(COMMANDS.submit, {
    label: words.submit,
    caption: words.submitHint,
    isEnabled: () => Boolean(current()) && !current().busy,
    execute: () => {
      results.open(current());
      return current().submit();
    }
  });
  commands.addCommand(COMMANDS.results, {
    label: words.results,
    caption: words.resultsHint,
    isEnabled: () => Boolean(current()),
    execute: () => results.open(current())
  });
  commands.addCommand(COMMANDS.again, {
    label: words.againLong,
    caption: words.againHint,
    isEnabled: () => Boolean(current()),
    execute: async () => {
      if (await confirmAgain(apputils)) {
        results.open(current());
        await current().startAgain();
      }
    }
  });
  menu?.fileMenu.addGroup(Object.values(COMMANDS).map(command => ({ command })), 4);

  const attach = async panel => {
    const id = labOf(panel.context.path);
    await panel.context.ready;
    if (!id || !(await hasLabFile(app.serviceManager.contents, id)) || panel.isDisposed) {
      return;
    }
    const { context } = panel;
    const session = new Session(id, context, api, link);
    const guard = new Guard(
      context,
      app.serviceManager.contents,
      link,
      `${settings.baseUrl}${context.path}`
    );
    sessions.set(panel, session);
    addBar(panel, widgets, {
      session,
      guard,
      revival: new Revival(context, app.serviceManager.sessions, link),
      link,
      addresses,
      actions: {
        submit: () => void commands.execute(COMMANDS.submit),
        results: () => void commands.execute(COMMANDS.results),
        again: () => void commands.execute(COMMANDS.again)
      }
    });
    commands.notifyCommandChanged();
    await Promise.all([guard.look(), session.load()]);
  };
  tracker.forEach(panel => void attach(panel));
  tracker.widgetAdded.connect((_, panel) => void attach(panel));
  tracker.currentChanged.connect(() => {
    const session = current();
    if (session) {
      results.follow(session);
    }
    commands.notifyCommandChanged();
  });
}

/** @returns {string|null} the lab's id, if the path is `<lab>/<lab>.ipynb` */
function labOf(path) {
  return /^([a-z0-9]+(?:-[a-z0-9]+)*)\/\1\.ipynb$/.exec(path)?.[1] ?? null;
}

async function hasLabFile(contents, id) {
  try {
    await contents.get(`${id}/lab.json`, { content: false });
    return true;
  } catch (error) {
    console.debug(`${id} is not a lab of the course:`, error.message);
    return false;
  }
}

async function confirmAgain({ showDialog, Dialog }) {
  const answer = await showDialog({
    title: words.againTitle,
    body: words.againBody,
    buttons: [
      Dialog.cancelButton({ label: words.againNo }),
      Dialog.warnButton({ label: words.againYes })
    ],
    defaultButton: 0
  });
  return answer.button.accept;
}

/** Add the bar above a notebook, as high as what it holds. */
function addBar(panel, { Widget }, parts) {
  const bar = makeBar(parts);
  const widget = new Widget();
  widget.node.append(bar.node);
  const resize = new ResizeObserver(() => {
    widget.node.style.minHeight = `${bar.node.offsetHeight}px`;
    panel.contentHeader.fit();
  });
  resize.observe(bar.node);
  panel.contentHeader.addWidget(widget);
  panel.disposed.connect(() => {
    resize.disconnect();
    bar.dispose();
  });
}

/** Add the panel of results beside the notebook, or below it where the screen is narrow. */
function addResults(app, site, { Widget }) {
  const area = window.innerWidth < NARROW ? 'down' : 'right';
  const close = () => {
    if (area === 'right') {
      app.shell.collapseRight();
    } else {
      // Notebook's shell has no command for it: hide the tabs that hold the panel.
      widget.parent.parent.hide();
    }
  };
  const panel = makePanel({ site, close });
  const widget = new Widget();
  widget.id = PANEL;
  widget.title.label = words.panelTitle;
  widget.title.caption = words.resultsHint;
  widget.node.classList.add('fr-side');
  widget.node.classList.toggle('fr-below', area === 'down');
  widget.node.append(panel.node);
  let added = false;
  return {
    follow: session => panel.show(session),
    open(session) {
      if (!added) {
        app.shell.add(widget, area, { rank: 100 });
        added = true;
      }
      panel.show(session);
      app.shell.activateById(PANEL);
    }
  };
}
