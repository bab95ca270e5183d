using KernelBuild.Host.Processes;
using KernelBuild.Iommu.Fixes;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Reporting;
using KernelBuild.Iommu.Topology;
using Microsoft.Playwright;

namespace KernelBuild.Iommu.Tests;

/// <summary>The report as Chromium shows it: Debian's, without a display.</summary>
public sealed class ReportInABrowser
{
    [FactWith("dtc", "chromium")]
    public async Task Without_scripts_every_device_group_reason_and_fix_can_be_read()
    {
        var (html, prediction, fixes) = Report();
        await using var shown = await Shown.OpenAsync(html, scripts: false);
        var text = await shown.Page.Locator("body").InnerTextAsync();

        foreach (var decision in prediction.Decisions)
        {
            text.ShouldContain(decision.Device);
        }

        text.ShouldContain("no group");
        text.ShouldContain("11 groups");
        text.ShouldNotContain("search:");
        foreach (var fix in fixes)
        {
            text.ShouldContain(fix.Name + ":");
        }
    }

    [FactWith("dtc", "chromium")]
    public async Task Without_scripts_a_click_on_a_device_unfolds_why_it_is_there_and_pointing_at_it_tells_the_rule()
    {
        var (html, prediction, _) = Report();
        await using var shown = await Shown.OpenAsync(html, scripts: false);
        var details = shown.Page.Locator("#groups li[data-device='0000:01:00.0'] > details").First;
        var (row, why) = (details.Locator("> summary"), details.Locator("div").First);

        (await why.IsVisibleAsync()).ShouldBeFalse();
        await row.ClickAsync();

        (await why.IsVisibleAsync()).ShouldBeTrue();
        (await why.BoundingBoxAsync()).ShouldNotBeNull().Height.ShouldBeGreaterThan(40);
        var text = await why.InnerTextAsync();
        text.ShouldContain("Shares its group with: 0000:00:01.0");
        text.ShouldContain("drivers/iommu/iommu.c: pci_device_group");
        text.ShouldContain("requester IDs: 0x0100");
        (await row.GetAttributeAsync("title")).ShouldBe("path isolation: " + prediction.Of("0000:01:00.0")!.Reason);
    }

    [FactWith("dtc", "chromium")]
    public async Task A_group_is_an_area_of_one_colour_and_its_neighbour_has_another()
    {
        const string script = """
            (() => {
              const item = device => document.querySelector('#groups li[data-device="' + device + '"]');
              const colour = device => getComputedStyle(item(device)).backgroundColor;
              const inside = (inner, outer) => { const a = item(inner).getBoundingClientRect(), b = item(outer).getBoundingClientRect(); return a.top >= b.top && a.bottom <= b.bottom && a.left >= b.left; };
              return [colour('0000:00:03.0') === colour('0000:00:03.1'), colour('0000:00:03.0') === colour('0000:00:04.0'), colour('0000:01:00.0') === 'rgba(0, 0, 0, 0)', inside('0000:01:00.0', '0000:00:01.0'), colour('0000:0c:02.0')].join('|');
            })()
            """;

        (await AnswerAsync(script)).ShouldBe("true|false|true|true|rgb(255, 255, 255)");
    }

    [FactWith("dtc", "chromium")]
    public async Task The_search_dims_what_it_does_not_find_and_pointing_outlines_the_whole_group()
    {
        const string script = """
            (() => {
              const search = document.getElementById('search');
              search.value = 'PCIe-to-PCI bridge 1b36';
              search.dispatchEvent(new Event('input'));
              const hits = [...document.querySelectorAll('#groups li[data-device]:not(.missed)')].map(item => item.dataset.device);
              const row = document.querySelector('#groups li[data-device="0000:09:00.0"] summary');
              row.dispatchEvent(new MouseEvent('mouseover', { bubbles: true }));
              const lit = [...document.querySelectorAll('#groups li.lit')].map(item => item.dataset.device);
              row.dispatchEvent(new MouseEvent('mouseout', { bubbles: true }));
              return [getComputedStyle(document.querySelector('.needs-script')).display, document.getElementById('found').textContent, hits.join(' '), lit.join(' '), document.querySelectorAll('.lit').length].join('|');
            })()
            """;

        (await AnswerAsync(script))
            .ShouldBe("block|1 of 30|0000:0b:00.0|0000:00:05.0 0000:07:00.0 0000:08:00.0 0000:09:00.0 0000:08:01.0 0000:0a:00.0|0");
    }

    [FactWith("dtc", "chromium")]
    public async Task Before_and_after_a_cure_stand_side_by_side()
    {
        const string script = """
            (() => {
              const fix = document.querySelector('[data-fix=config_acs]');
              fix.open = true;
              const [before, after] = [...fix.querySelectorAll('.sides > div')];
              const group = side => side.querySelector('li[data-device="0000:01:00.0"] .group').textContent;
              return [Math.abs(before.getBoundingClientRect().top - after.getBoundingClientRect().top) < 1, before.getBoundingClientRect().right <= after.getBoundingClientRect().left,
                group(before) === group(after), after.querySelector('li[data-device="0000:01:00.0"] .changed').textContent, before.querySelectorAll('.changed').length].join('|');
            })()
            """;

        (await AnswerAsync(script)).ShouldBe("true|true|false|2 devices → alone|0");
    }

    [FactWith("dtc")]
    public void The_page_loads_nothing()
    {
        var page = Report().Page;

        foreach (var from in (string[])["http:", "https:", "src=", "href=", "url(", "@import"])
        {
            page.ShouldNotContain(from);
        }
    }

    private static (string Page, GroupPrediction Prediction, IReadOnlyList<GroupFix> Fixes) Report()
    {
        var tree = LabRecord.Virt();
        PciTopology topology = LabRecord.Read("lab-6.1-full.txt").Whole.ToTopology();
        var options = new PredictionOptions { Kernel = new KernelVersion(6, 12) };
        var prediction = GroupPredictor.Predict(tree, topology, options);
        var fixes = FixFinder.Find(tree, topology, options, null);
        return (HtmlReport.Write("30 functions", tree, topology, options, prediction, fixes), prediction, fixes);
    }

    private static async Task<string> AnswerAsync(string script)
    {
        await using var shown = await Shown.OpenAsync(Report().Page, scripts: true);
        return await shown.Page.EvaluateAsync<string>(script);
    }

    private sealed record Shown(IPlaywright Driver, IBrowser Browser, IPage Page) : IAsyncDisposable
    {
        public static async Task<Shown> OpenAsync(string html, bool scripts)
        {
            var driver = await Playwright.CreateAsync();
            var browser = await driver.Chromium.LaunchAsync(new()
            {
                ExecutablePath = ProgramPath.Find("chromium", null),
                Args = ["--no-sandbox", "--disable-gpu"],
            });
            var page = await browser.NewPageAsync(new()
            {
                JavaScriptEnabled = scripts,
                ViewportSize = new() { Width = 1400, Height = 1000 },
            });
            await page.SetContentAsync(html);
            return new Shown(driver, browser, page);
        }

        public async ValueTask DisposeAsync()
        {
            await Browser.DisposeAsync();
            Driver.Dispose();
        }
    }
}
