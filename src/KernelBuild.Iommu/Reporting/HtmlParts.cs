namespace KernelBuild.Iommu.Reporting;

/// <summary>What every report has alike.</summary>
internal static class HtmlParts
{
    public const string Style = """
        body { font: 15px/1.4 sans-serif; margin: 1.5em; max-width: 110em; color: #111; background: #fff; }
        code, pre { font-family: monospace; }
        pre { background: #f3f3f3; padding: .6em; overflow-x: auto; }
        ul.tree, ul.tree ul { list-style: none; padding-left: 1.3em; border-left: 1px solid #bbb; }
        ul.tree { border: 0; padding-left: 0; }
        .device { display: inline-block; padding: .1em .6em; margin: .1em 0; border-radius: .3em; border: 1px solid #999; }
        .gnone { background: #fff; border-style: dashed; }
        details { margin-left: 1em; display: inline-block; vertical-align: top; }
        details.cure { display: block; margin: .6em 0; }
        .sides { display: grid; grid-template-columns: 1fr 1fr; gap: 1em; }
        .verdict { padding: 0 .4em; border-radius: .3em; border: 1px solid #555; }
        .v0 { background: #cfc; } .v1 { background: #ffd; } .v2 { background: #fcc; }
        .needs-script { display: none; }
        .hidden > .device { opacity: .25; }

        """;

    /// <summary>Shows the search, which would do nothing without a script, and dims what it does not find.</summary>
    public const string Script = """
        const search = document.getElementById('search');
        document.querySelector('.needs-script').style.display = 'block';
        search.addEventListener('input', () => {
          const text = search.value.toLowerCase();
          for (const item of document.querySelectorAll('ul.tree li:has(> .device)')) {
            const own = item.querySelector(':scope > .device');
            const why = item.querySelector(':scope > details');
            const all = own.textContent + own.title + (why ? why.textContent : '');
            item.classList.toggle('hidden', !all.toLowerCase().includes(text));
          }
        });

        """;
}
