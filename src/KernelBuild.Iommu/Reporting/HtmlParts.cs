namespace KernelBuild.Iommu.Reporting;

/// <summary>What every report has alike.</summary>
internal static class HtmlParts
{
    public const string Style = """
        :root {
          color-scheme: light dark; --text: #1a1a1a; --soft: #555; --page: #fff; --card: #fff; --line: #ddd; --code: #f5f5f5;
          --area-light: 88%; --area-colour: 75%; --edge-light: 48%; --good: #06621e; --bad: #8f1111;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --text: #e6e6e6; --soft: #a8a8a8; --page: #16181b; --card: #202327; --line: #3a3f45; --code: #1d2024;
            --area-light: 22%; --area-colour: 35%; --edge-light: 55%; --good: #7fd79a; --bad: #ff9a9a;
          }
        }
        body {
          font: 15px/1.45 system-ui, sans-serif; margin: 0 auto; padding: 1.5em 2em 4em;
          max-width: 100em; color: var(--text); background: var(--page);
        }
        h1 { font-size: 1.5em; margin: 0 0 .2em; }
        h2 { font-size: 1.15em; margin: 2em 0 .5em; border-bottom: 1px solid var(--line); padding-bottom: .2em; }
        h4 { margin: 1em 0 .3em; font-size: .9em; text-transform: uppercase; letter-spacing: .04em; color: var(--soft); }
        code, pre { font-family: ui-monospace, monospace; font-size: .92em; }
        pre { background: var(--code); border: 1px solid var(--line); border-radius: .3em; padding: .7em; overflow-x: auto; }
        .facts { color: var(--soft); margin: 0 0 1em; }
        ul.tree, ul.tree ul { list-style: none; margin: 0; padding: 0; }
        ul.tree ul { padding: 0 .4em .35em 1.7em; }
        [class^=g], [class*=" g"] {
          --area: hsl(var(--hue) var(--area-colour) var(--area-light)); --edge: hsl(var(--hue) 55% var(--edge-light));
        }
        ul.tree li { border-radius: .4em; border-left: .35em solid var(--edge, #bbb); background: var(--area, var(--page)); margin: .3em 0; }
        ul.tree li.same { border-left-color: transparent; background: none; margin: 0; }
        ul.tree li.gnone { --area: var(--page); --edge: #999; border: 1px dashed #aaa; border-left: .35em dashed #bbb; }
        ul.tree li.because { background: none; border-left-style: double; margin: .7em 0 0; padding: .1em .6em; }
        ul.tree li.asked > .row, ul.tree li.asked > details > .row, #asked { outline: 3px solid var(--edge, #888); outline-offset: -1px; }
        #asked { background: var(--area, var(--card)); border-radius: .4em; padding: .4em 1em; }
        #asked .group { font-weight: 600; }
        p.because { font-weight: 600; }
        .members { color: var(--soft); font-size: .92em; }
        ul.tree ul.members { padding-left: 1.7em; list-style: disc; }
        ul.tree ul.members li { background: none; border: 0; margin: 0; }
        .row { display: flex; gap: .8em; align-items: baseline; padding: .15em .6em; border-radius: .3em; }
        .row code { font-weight: 600; white-space: nowrap; }
        .row .what { color: var(--soft); flex: 1; overflow: hidden; text-overflow: ellipsis; }
        .row .group {
          white-space: nowrap; font-size: .85em; padding: 0 .5em;
          border-radius: 1em; background: var(--card); border: 1px solid var(--edge, #bbb);
        }
        .row .changed { font-size: .85em; color: var(--good); white-space: nowrap; }
        summary { cursor: pointer; }
        details.why > summary { list-style: none; }
        details.why > summary::-webkit-details-marker { display: none; }
        details.why > summary.row::before { content: "\25B8"; color: #888; width: .8em; }
        details.why[open] > summary.row::before { content: "\25BE"; }
        details.why > div {
          margin: .1em 1.6em .6em; padding: .5em .9em; background: var(--card);
          border: 1px solid var(--line); border-radius: .3em; max-width: 70em;
        }
        details.why p { margin: .2em 0; }
        details.why ul.evidence { list-style: disc; padding-left: 1.2em; color: var(--soft); }
        details.why ul.evidence li { border: 0; background: none; margin: 0; }
        details.fix, details.diagram { border: 1px solid var(--line); border-radius: .4em; margin: .5em 0; padding: .5em .9em; }
        .sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(28em, 1fr)); gap: 1.2em; }
        .verdict { padding: .05em .5em; border-radius: 1em; font-size: .85em; white-space: nowrap; }
        .v0 { background: #d9f2de; color: #06421a; }
        .v1 { background: #fff0c2; color: #5a4300; }
        .v2 { background: #ffdcdc; color: #6b0f0f; }
        .v3, .v4 { background: #e4e4e4; color: #333; }
        .bad { color: var(--bad); } .good { color: var(--good); }
        .copy { display: none; font: inherit; font-size: .85em; text-transform: none; letter-spacing: 0; padding: 0 .6em; cursor: pointer; }
        .scripted .copy { display: inline-block; }
        .drawing { overflow: auto; } .drawing svg { max-width: 100%; height: auto; background: #fff; }
        .needs-script { display: none; }
        .needs-script input {
          font: inherit; padding: .3em .6em; width: 24em;
          max-width: 100%; border: 1px solid #999; border-radius: .3em;
        }
        .missed > .row, .missed > details > .row { opacity: .22; }
        .lit > .row, .lit > details > .row { outline: 2px solid var(--edge, #888); }
        @media print {
          .needs-script, .copy { display: none !important; }
          details::details-content { content-visibility: visible; height: auto; display: block; }
          ul.tree li, details.fix { break-inside: avoid-page; }
          pre { white-space: pre-wrap; }
        }

        """;

    /// <summary>
    /// Shows the search, which would do nothing without a script, dims what it does not find, and outlines the whole group of
    /// the device under the pointer; copies commands, and unfolds everything for a printer.
    /// </summary>
    public const string Script = """
        const search = document.getElementById('search');
        const found = document.getElementById('found');
        const items = [...document.querySelectorAll('#groups li[data-device]')];
        document.querySelector('.needs-script').style.display = 'block';
        document.documentElement.classList.add('scripted');
        for (const button of document.querySelectorAll('.copy')) {
          button.addEventListener('click', async () => {
            const text = button.closest('h4').nextElementSibling.textContent;
            try {
              await navigator.clipboard.writeText(text);
            } catch {
              const area = document.body.appendChild(Object.assign(document.createElement('textarea'), { value: text }));
              area.select();
              document.execCommand('copy');
              area.remove();
            }
            button.textContent = 'copied';
          });
        }
        // on paper nothing can be unfolded
        let folded = [];
        addEventListener('beforeprint', () => {
          folded = [...document.querySelectorAll('details:not([open])')];
          for (const one of folded) one.open = true;
        });
        addEventListener('afterprint', () => { for (const one of folded) one.open = false; });
        search.addEventListener('input', () => {
          const text = search.value.trim().toLowerCase();
          let count = 0;
          for (const item of items) {
            const hit = item.dataset.text.includes(text);
            item.classList.toggle('missed', !hit);
            count += hit ? 1 : 0;
          }
          found.textContent = text ? count + ' of ' + items.length : '';
        });
        for (const tree of document.querySelectorAll('ul.tree')) {
          const light = (event, on) => {
            const item = event.target.closest('li[data-group]');
            if (!item) return;
            for (const other of tree.querySelectorAll('li[data-group="' + item.dataset.group + '"]')) other.classList.toggle('lit', on);
          };
          tree.addEventListener('mouseover', event => light(event, true));
          tree.addEventListener('mouseout', event => light(event, false));
        }

        """;
}
