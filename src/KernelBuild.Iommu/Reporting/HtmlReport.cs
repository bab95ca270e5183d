using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Explanation;
using KernelBuild.Iommu.Fixes;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Reporting;

/// <summary>
/// One self-contained page: the device that was asked for, the PCI tree with its groups as coloured areas and above each shared one why
/// it is,
/// the explanation of each device folded into its row, the groups after each fix beside those before, a diagram, and a search. Without
/// scripts
/// everything can be read and unfolded; with them the search and the copying work, and the group under the pointer is outlined.
/// </summary>
public static class HtmlReport
{
    public static string Write(
        string title, IommuTree tree, PciTopology topology, PredictionOptions options, GroupPrediction prediction,
        ImmutableArray<GroupFix> fixes, HtmlPageOptions? page = null)
    {
        var shown = page ?? new HtmlPageOptions();
        var html = new StringBuilder();
        html
            .Append(
                "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
                + "content=\"width=device-width\">\n<title>")
            .Append(Text(title))
            .Append("</title>\n<style>\n")
            .Append(HtmlParts.Style)
            .Append(GroupColours(prediction, fixes))
            .Append("</style>\n</head>\n<body>\n<h1>")
            .Append(Text(title))
            .Append("</h1>\n")
            .Append(
                CultureInfo.InvariantCulture,
                $"<p class=\"facts\">{Counted.Of(prediction.Decisions.Length, "device")}, {Counted.Of(prediction.Groups.Length, "group")}, "
                + $"{Counted.Of(prediction.Ungrouped.Count(), "device")} without one{UnknownText(prediction)}; rules of Linux "
                + $"{options.Kernel}. A coloured area is "
                + $"a group; areas with the same colour and number are the same group. Hover over a device for the reason, click it for "
                + $"the evidence.</p>\n");
        string Because(int group) => GroupSentence.Of(prediction, group, tree, options);
        var explained = new HtmlTree(html, topology, prediction, new GroupNumbers(prediction, null), shown)
        {
            Explain = decision => GroupViability.Of(prediction, decision.Device, tree, options),
            Because = Because,
        };
        explained.WriteAsked();
        html.Append(
            "<p class=\"needs-script\"><input id=\"search\" type=\"search\" placeholder=\"search: address, name, id, driver, rule, reason\" "
            + "aria-label=\"search\"> <span id=\"found\"></span></p>\n<h2>Groups</h2>\n<div id=\"groups\">\n");
        explained.Write();
        html.Append("</div>\n");
        WriteDiagram(html, shown);
        if (!fixes.IsEmpty)
        {
            html.Append("<h2>Fixes, the least invasive first</h2>\n");
        }

        foreach (var fix in fixes)
        {
            WriteFix(html, topology, prediction, fix, shown);
        }

        return html.Append("<script>\n").Append(HtmlParts.Script).Append("</script>\n</body>\n</html>\n").ToString();
    }

    private static void WriteFix(StringBuilder html, PciTopology topology, GroupPrediction before, GroupFix fix, HtmlPageOptions page)
    {
        html
            .Append(
                CultureInfo.InvariantCulture,
                $"<details class=\"fix\" data-fix=\"{Text(fix.Name)}\"><summary><b>{Text(fix.Name)}</b>: {Text(fix.Title)} <span "
                + $"class=\"verdict v{(int)fix.Verdict}\">{VerdictText.Of(fix.Verdict)}</span>")
            .Append(
                CultureInfo.InvariantCulture,
                $" {before.Groups.Length} &rarr; {Counted.Of(fix.After.Groups.Length, "group")}</summary>\n<p>{Text(fix.Cost)}</p>\n");
        if (fix.Verdict == FixVerdict.AssertedOnly && !page.AcceptAsserted && !fix.Artifacts.IsEmpty)
        {
            html.Append(
                "<p class=\"asserted\">The isolation is only asserted, so the change is not shown; <code>--accept-asserted</code> shows it.</p>\n");
        }
        else
        {
            foreach (var artifact in fix.Artifacts)
            {
                html.Append(
                    CultureInfo.InvariantCulture,
                    $"<h4>{Text(artifact.Kind)} <button type=\"button\" class=\"copy\">copy</button></h4><pre>{Text(artifact.Text)}</pre>\n");
            }
        }

        // a picture of what stays as it is says nothing
        if (fix.After.Partition.Equals(before.Partition))
        {
            html.Append("<p>The groups stay as they are.</p></details>\n");
            return;
        }

        html.Append("<div class=\"sides\"><div><h4>before</h4>\n");
        new HtmlTree(html, topology, before, new GroupNumbers(before, null), page).Write();
        html.Append("</div><div><h4>after</h4>\n");
        new HtmlTree(html, topology, fix.After, new GroupNumbers(fix.After, before), page) { Before = before }.Write();
        html.Append("</div></div></details>\n");
    }

    private static void WriteDiagram(StringBuilder html, HtmlPageOptions page)
    {
        html.Append("<details class=\"diagram\"><summary>Diagram: IOMMUs, stream IDs, groups</summary>\n");
        html.Append(page.Diagram is null
            ? "<p>Graphviz draws it, and was not there when this page was written: <code>apt-get install graphviz</code>, then write the page "
                + "again.</p>\n"
            : $"<div class=\"drawing\">{page.Diagram}</div>\n");
        html.Append("</details>\n");
    }

    private static string UnknownText(GroupPrediction prediction) => prediction.Unknown.Count() is > 0 and var count
        ? $", {Counted.Of(count, "device")} whose group is unknown"
        : "";

    private static string GroupColours(GroupPrediction prediction, ImmutableArray<GroupFix> fixes)
    {
        var most = fixes.Select(fix => new GroupNumbers(fix.After, prediction).Count).Append(new GroupNumbers(prediction, null).Count).Max();
        return string.Concat(Enumerable.Range(0, most).Select(id =>
            string.Create(CultureInfo.InvariantCulture, $".g{id} {{ --hue: {GroupHues.Of(id):0}; }}\n")));
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
