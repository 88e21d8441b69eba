// Cells that begin with %%vidgo hold a prompt: their lines wrap, and are not coloured as Python.
//
// JupyterLab and Notebook 7 load this file as it is. It is a container of module federation, as a bundler would
// write it: `init` receives the modules that the page shares, `get` gives ours. Whatever fails in here leaves the
// page as it would be without it: every entrance is guarded, and nothing of a notebook's content is changed.
(() => {
  "use strict";
  const NAME = "vidgo-notebook";
  const MARK = "vidgo-cell";
  const BEGINS = /^\s*%%vidgo(\s|$)/;
  const PLAIN = "text/plain";
  // CodeMirror wraps where the style of its content says so. The colours of Python go at once, before its grammar does.
  const STYLE = `
    .${MARK} .jp-InputArea-editor .cm-content {
      white-space: break-spaces; word-break: break-word; overflow-wrap: anywhere; flex-shrink: 1; min-width: 0;
    }
    .${MARK} .jp-InputArea-editor .cm-line span {
      color: inherit !important; font-weight: inherit !important; font-style: inherit !important;
    }`;

  let shared = {}; // the page's modules, by name and version
  let languages; // the page's registry of them, where it has one

  function guarded(work) {
    return (...given) => {
      try {
        return work(...given);
      } catch (error) {
        console.debug(`${NAME}: the look of cells is left alone`, error);
        return undefined;
      }
    };
  }

  async function sharedModule(name) {
    const [version] = Object.values(shared[name] ?? {});
    return version && (await version.get())();
  }

  /** Give a cell the look that its first line asks for. */
  function dress(cell, notebook) {
    const model = cell.model;
    if (!model || model.type !== "code") return;
    if (BEGINS.test(model.sharedModel.getSource())) {
      cell.addClass(MARK);
      if (model.mimeType !== PLAIN) leaveGrammar(cell, model.mimeType).catch(() => undefined);
    } else if (cell.hasClass(MARK)) {
      cell.removeClass(MARK);
      model.mimeType = notebook.codeMimetype;
    }
  }

  /** Make a cell plain text, so that Enter after a colon does not indent. Of two languages an editor keeps the one
   *  that was loaded last: that of the notebook is awaited first. */
  async function leaveGrammar(cell, mimeType) {
    await languages?.getLanguage(mimeType);
    if (cell.hasClass(MARK) && !cell.isDisposed) cell.model.mimeType = PLAIN;
  }

  /** Dress every cell of a notebook now, and each one again when its text or its language changes. */
  function watch(panel) {
    const notebook = panel.content;
    const known = new WeakSet();
    const look = guarded(() => {
      for (const cell of notebook.widgets.filter((each) => !known.has(each))) {
        known.add(cell);
        dress(cell, notebook);
        const again = guarded(() => dress(cell, notebook));
        cell.model.contentChanged.connect(again);
        cell.model.mimeTypeChanged.connect(again);
      }
    });
    // A cell that is pasted is in the notebook's model before it is on the page.
    const lookSoon = () => void setTimeout(look);
    look();
    for (const changed of [notebook.modelContentChanged, notebook.modelChanged]) {
      changed.connect(look);
      changed.connect(lookSoon);
    }
  }

  function start(tracker) {
    const sheet = document.createElement("style");
    sheet.textContent = STYLE;
    document.head.append(sheet);
    const begin = guarded(watch);
    tracker.forEach(begin);
    tracker.widgetAdded.connect((_, panel) => {
      begin(panel);
      panel.context.ready.then(() => begin(panel), () => undefined);
    });
  }

  /** The plugins of this file; none where the page has no notebooks. */
  async function plugins() {
    try {
      const { INotebookTracker } = await sharedModule("@jupyterlab/notebook");
      const { IEditorLanguageRegistry } = await sharedModule("@jupyterlab/codemirror");
      const activate = guarded((_, tracker, registry) => {
        languages = registry;
        if (tracker) start(tracker);
      });
      return [{ id: `${NAME}:cells`, autoStart: true, optional: [INotebookTracker, IEditorLanguageRegistry], activate }];
    } catch (error) {
      console.debug(`${NAME}: this page has no notebooks to look at`, error);
      return [];
    }
  }

  guarded(() => {
    window._JUPYTERLAB = window._JUPYTERLAB ?? {};
    window._JUPYTERLAB[NAME] = {
      init: guarded((scope) => {
        shared = scope ?? {};
      }),
      async get() {
        const found = await plugins();
        return () => ({ __esModule: true, default: found });
      },
    };
  })();
})();
