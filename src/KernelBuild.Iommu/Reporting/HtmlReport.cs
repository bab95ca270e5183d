using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Fixes;
using KernelBuild.Iommu.Explanation;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Reporting;

/// <summary>
/// One self-contained page: the PCI tree with its groups as coloured areas, the explanation of each device on hover and folded
/// into its row, the groups after each fix beside those before, and a search. Without scripts everything can be read and
/// unfolded; with them the search works, and the group under the pointer is outlined.
/// </summary>
public static class HtmlReport
{
    public static string Write(
        string title, IommuTree tree, PciTopology topology, PredictionOptions options, GroupPrediction prediction,
        ImmutableArray<GroupFix> fixes)
    {
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
                + $"the evidence.</p>\n")
            .Append(
                "<p class=\"needs-script\"><input id=\"search\" type=\"search\" placeholder=\"search: address, id, driver, rule, reason\" "
                + "aria-label=\"search\"> <span id=\"found\"></span></p>\n<h2>Groups</h2>\n<div id=\"groups\">\n");
        new HtmlTree(
            html, topology, prediction, decision => GroupViability.Of(prediction, decision.Device, tree, options), before: null).Write();
        html.Append("</div>\n");
        if (!fixes.IsEmpty)
        {
            html.Append("<h2>Fixes, the least invasive first</h2>\n");
        }

        foreach (var fix in fixes)
        {
            WriteFix(html, topology, prediction, fix);
        }

        return html.Append("<script>\n").Append(HtmlParts.Script).Append("</script>\n</body>\n</html>\n").ToString();
    }

    private static void WriteFix(StringBuilder html, PciTopology topology, GroupPrediction before, GroupFix fix)
    {
        html
            .Append(
                CultureInfo.InvariantCulture,
                $"<details class=\"fix\" data-fix=\"{Text(fix.Name)}\"><summary><b>{Text(fix.Name)}</b>: {Text(fix.Title)} <span "
                + $"class=\"verdict v{(int)fix.Verdict}\">{VerdictText.Of(fix.Verdict)}</span>")
            .Append(
                CultureInfo.InvariantCulture,
                $" {before.Groups.Length} &rarr; {Counted.Of(fix.After.Groups.Length, "group")}</summary>\n<p>{Text(fix.Cost)}</p>\n");
        foreach (var artifact in fix.Artifacts)
        {
            html.Append(CultureInfo.InvariantCulture, $"<h4>{Text(artifact.Kind)}</h4><pre>{Text(artifact.Text)}</pre>\n");
        }

        html.Append("<div class=\"sides\"><div><h4>before</h4>\n");
        new HtmlTree(html, topology, before, explain: null, before: null).Write();
        html.Append("</div><div><h4>after</h4>\n");
        new HtmlTree(html, topology, fix.After, explain: null, before).Write();
        html.Append("</div></div></details>\n");
    }

    private static string UnknownText(GroupPrediction prediction) => prediction.Unknown.Count() is > 0 and var count
        ? $", {Counted.Of(count, "device")} whose group is unknown"
        : "";

    /// <summary>A hue for each group, by the golden angle, so that neighbours differ.</summary>
    private static string GroupColours(GroupPrediction prediction, ImmutableArray<GroupFix> fixes)
    {
        var most = fixes.Select(fix => fix.After.Groups.Length).Append(prediction.Groups.Length).Max();
        return string.Concat(Enumerable.Range(0, most).Select(id => string.Create(
            CultureInfo.InvariantCulture,
            $".g{id} {{ --area: hsl({id * 137.508 % 360:0} 75% 88%); --edge: hsl({id * 137.508 % 360:0} 55% 48%); }}\n")));
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
