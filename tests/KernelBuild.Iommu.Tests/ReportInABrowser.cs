using KernelBuild.Iommu.Fixes;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Reporting;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Tests;

/// <summary>
/// The report as Chromium shows it: Debian's, without a display. What a script finds out about the page it writes into it, and --dump-dom
/// gives it back.
/// </summary>
public sealed class ReportInABrowser : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kernelbuild-report-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [FactWith("dtc", "chromium")]
    public void Without_scripts_every_device_group_reason_and_cure_can_be_read()
    {
        var (page, prediction, fixes) = Report();
        var text = Dom(
            page
                .Replace("<script>", "<script type=\"text/plain\">", StringComparison.Ordinal)
                .Replace("</body>", Probe("document.body.innerText") + "</body>", StringComparison.Ordinal));

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
    public void Without_scripts_a_click_on_a_device_unfolds_why_it_is_there_and_pointing_at_it_tells_the_rule()
    {
        var (page, prediction, _) = Report();
        const string script = """
            (() => {
              const row = document.querySelector('#groups li[data-device="0000:01:00.0"] > details > summary');
              const details = row.parentElement;
              const before = details.querySelector('div').checkVisibility();
              row.click();
              const after = details.querySelector('div');
              return [before, after.checkVisibility() && after.getBoundingClientRect().height > 40, after.innerText, row.title].join('|');
            })()
            """;

        var answer = Dom(
            page
                .Replace("<script>", "<script type=\"text/plain\">", StringComparison.Ordinal)
                .Replace("</body>", Probe(script) + "</body>", StringComparison.Ordinal));

        var parts = answer.Split('|');
        parts[0].ShouldBe("false");
        parts[1].ShouldBe("true");
        parts[2].ShouldContain("Shares its group with: 0000:00:01.0");
        parts[2].ShouldContain("drivers/iommu/iommu.c: pci_device_group");
        parts[2].ShouldContain("requester IDs: 0x0100");
        parts[3].ShouldBe("path isolation: " + prediction.Of("0000:01:00.0")!.Reason);
    }

    [FactWith("dtc", "chromium")]
    public void A_group_is_an_area_of_one_colour_and_its_neighbour_has_another()
    {
        const string script = """
            (() => {
              const item = device => document.querySelector('#groups li[data-device="' + device + '"]');
              const colour = device => getComputedStyle(item(device)).backgroundColor;
              const inside = (inner, outer) => { const a = item(inner).getBoundingClientRect(), b = item(outer).getBoundingClientRect(); return a.top >= b.top && a.bottom <= b.bottom && a.left >= b.left; };
              return [colour('0000:00:03.0') === colour('0000:00:03.1'), colour('0000:00:03.0') === colour('0000:00:04.0'), colour('0000:01:00.0') === 'rgba(0, 0, 0, 0)', inside('0000:01:00.0', '0000:00:01.0'), colour('0000:0c:02.0')].join('|');
            })()
            """;

        Dom(Report().Page.Replace("</body>", Probe(script) + "</body>", StringComparison.Ordinal))
            .ShouldBe("true|false|true|true|rgb(255, 255, 255)");
    }

    [FactWith("dtc", "chromium")]
    public void The_search_dims_what_it_does_not_find_and_pointing_outlines_the_whole_group()
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

        Dom(Report().Page.Replace("</body>", Probe(script) + "</body>", StringComparison.Ordinal))
            .ShouldBe("block|1 of 30|0000:0b:00.0|0000:00:05.0 0000:07:00.0 0000:08:00.0 0000:09:00.0 0000:08:01.0 0000:0a:00.0|0");
    }

    [FactWith("dtc", "chromium")]
    public void Before_and_after_a_cure_stand_side_by_side()
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

        Dom(Report().Page.Replace("</body>", Probe(script) + "</body>", StringComparison.Ordinal))
            .ShouldBe("true|true|false|2 devices → alone|0");
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

    private static (string Page, GroupPrediction Prediction, IReadOnlyList<GroupFix> Cures) Report()
    {
        var tree = LabRecord.Virt();
        PciTopology topology = LabRecord.Read("lab-6.1-full.txt").Whole.ToTopology();
        var options = new PredictionOptions { Kernel = new KernelVersion(6, 12) };
        var prediction = GroupPredictor.Predict(tree, topology, options);
        var fixes = FixFinder.Find(tree, topology, options, null);
        return (HtmlReport.Write("30 functions", tree, topology, options, prediction, fixes), prediction, fixes);
    }

    /// <summary>A script that puts the value of an expression into the page, where it can be told from the rest.</summary>
    private static string Probe(string expression) =>
        $"<script>addEventListener('load', () => {{ const answer = document.createElement('pre'); answer.id = 'probe'; answer.textContent "
        + $"= btoa(unescape(encodeURIComponent({expression}))); document.body.append(answer); }});</script>";

    private string Dom(string page)
    {
        var file = Path.Combine(_folder, "report.html");
        File.WriteAllText(file, page);
        var dom = Oracle.Output(
            "chromium",
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1400,1000",
                "--user-data-dir=" + Path.Combine(_folder, "profile"), "--virtual-time-budget=5000", "--dump-dom",
                new Uri(file).AbsoluteUri,
            ],
            []);
        const string begin = "<pre id=\"probe\">";
        var text = System.Text.Encoding.UTF8.GetString(dom);
        var at = text.IndexOf(begin, StringComparison.Ordinal);
        at.ShouldBeGreaterThan(0, text.Length > 2000 ? text[^2000..] : text);
        return System.Text.Encoding.UTF8
            .GetString(Convert.FromBase64String(text[(at + begin.Length)..text.IndexOf("</pre>", at, StringComparison.Ordinal)]))
            .Trim();
    }
}
