namespace KernelBuild.Iommu.Reporting;

/// <summary>What every report has alike.</summary>
internal static class HtmlParts
{
    public const string Style = """
        :root { color-scheme: light; }
        body {
          font: 15px/1.45 system-ui, sans-serif; margin: 0 auto; padding: 1.5em 2em 4em;
          max-width: 100em; color: #1a1a1a; background: #fff;
        }
        h1 { font-size: 1.5em; margin: 0 0 .2em; }
        h2 { font-size: 1.15em; margin: 2em 0 .5em; border-bottom: 1px solid #ddd; padding-bottom: .2em; }
        h4 { margin: 1em 0 .3em; font-size: .9em; text-transform: uppercase; letter-spacing: .04em; color: #555; }
        code, pre { font-family: ui-monospace, monospace; font-size: .92em; }
        pre { background: #f5f5f5; border: 1px solid #e2e2e2; border-radius: .3em; padding: .7em; overflow-x: auto; }
        .facts { color: #555; margin: 0 0 1em; }
        ul.tree, ul.tree ul { list-style: none; margin: 0; padding: 0; }
        ul.tree ul { padding: 0 .4em .35em 1.7em; }
        ul.tree li { border-radius: .4em; border-left: .35em solid var(--edge, #bbb); background: var(--area, #fff); margin: .3em 0; }
        ul.tree li.same { border-left-color: transparent; background: none; margin: 0; }
        ul.tree li.gnone { --area: #fff; --edge: #999; border: 1px dashed #aaa; border-left: .35em dashed #bbb; }
        .row { display: flex; gap: .8em; align-items: baseline; padding: .15em .6em; border-radius: .3em; }
        .row code { font-weight: 600; white-space: nowrap; }
        .row .what { color: #444; flex: 1; overflow: hidden; text-overflow: ellipsis; }
        .row .group {
          white-space: nowrap; font-size: .85em; padding: 0 .5em;
          border-radius: 1em; background: #fff; border: 1px solid var(--edge, #bbb);
        }
        .row .changed { font-size: .85em; color: #06621e; white-space: nowrap; }
        summary { cursor: pointer; }
        details.why > summary { list-style: none; }
        details.why > summary::-webkit-details-marker { display: none; }
        details.why > summary.row::before { content: "\25B8"; color: #888; width: .8em; }
        details.why[open] > summary.row::before { content: "\25BE"; }
        details.why > div {
          margin: .1em 1.6em .6em; padding: .5em .9em; background: #fff;
          border: 1px solid #ddd; border-radius: .3em; max-width: 70em;
        }
        details.why p { margin: .2em 0; }
        details.why ul.evidence { list-style: disc; padding-left: 1.2em; color: #333; }
        details.why ul.evidence li { border: 0; background: none; margin: 0; }
        details.fix { border: 1px solid #ddd; border-radius: .4em; margin: .5em 0; padding: .5em .9em; }
        .sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(28em, 1fr)); gap: 1.2em; }
        .verdict { padding: .05em .5em; border-radius: 1em; font-size: .85em; white-space: nowrap; }
        .v0 { background: #d9f2de; color: #06421a; }
        .v1 { background: #fff0c2; color: #5a4300; }
        .v2 { background: #ffdcdc; color: #6b0f0f; }
        .v3, .v4 { background: #e4e4e4; color: #333; }
        .bad { color: #8f1111; } .good { color: #06621e; }
        .needs-script { display: none; }
        .needs-script input {
          font: inherit; padding: .3em .6em; width: 24em;
          max-width: 100%; border: 1px solid #999; border-radius: .3em;
        }
        .missed > .row, .missed > details > .row { opacity: .22; }
        .lit > .row, .lit > details > .row { outline: 2px solid var(--edge, #888); }
        @media print { .needs-script { display: none !important; } }

        """;

    /// <summary>
    /// Shows the search, which would do nothing without a script, dims what it does not find, and outlines the whole group of
    /// the device under the pointer.
    /// </summary>
    public const string Script = """
        const search = document.getElementById('search');
        const found = document.getElementById('found');
        const items = [...document.querySelectorAll('#groups li[data-device]')];
        document.querySelector('.needs-script').style.display = 'block';
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
