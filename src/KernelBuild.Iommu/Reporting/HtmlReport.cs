using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Curing;
using KernelBuild.Iommu.Explanation;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Reporting;

/// <summary>
/// One self-contained page: the PCI tree with its groups as coloured areas, the explanation of each device on hover and folded
/// into its row, the groups after each cure beside those before, and a search. Without scripts everything can be read and
/// unfolded; with them the search works, and the group under the pointer is outlined.
/// </summary>
public static class HtmlReport
{
    public static string Write(string title, IommuTree tree, PciTopology topology, PredictionOptions options, GroupPrediction prediction, ImmutableArray<Cure> cures)
    {
        var html = new StringBuilder();
        html.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>")
            .Append(Text(title)).Append("</title>\n<style>\n").Append(HtmlParts.Style).Append(GroupColours(prediction, cures)).Append("</style>\n</head>\n<body>\n<h1>").Append(Text(title)).Append("</h1>\n")
            .Append(CultureInfo.InvariantCulture, $"<p class=\"facts\">{Counted.Of(prediction.Decisions.Length, "device")}, {Counted.Of(prediction.Groups.Length, "group")}, {Counted.Of(prediction.Ungrouped.Count(), "device")} without one; rules of Linux {options.Kernel}. A coloured area is a group; areas of one colour and number are one group. Point at a device for the reason, click it for the evidence.</p>\n")
            .Append("<p class=\"needs-script\"><input id=\"search\" type=\"search\" placeholder=\"search: address, id, driver, rule, reason\" aria-label=\"search\"> <span id=\"found\"></span></p>\n<h2>Groups</h2>\n<div id=\"groups\">\n");
        new HtmlTree(html, topology, prediction, decision => GroupFitness.Of(prediction, decision.Device, tree, options), before: null).Write();
        html.Append("</div>\n");
        if (!cures.IsEmpty)
        {
            html.Append("<h2>What changes them, the least invasive first</h2>\n");
        }

        foreach (var cure in cures)
        {
            Cure(html, topology, prediction, cure);
        }

        return html.Append("<script>\n").Append(HtmlParts.Script).Append("</script>\n</body>\n</html>\n").ToString();
    }

    private static void Cure(StringBuilder html, PciTopology topology, GroupPrediction before, Cure cure)
    {
        html.Append(CultureInfo.InvariantCulture, $"<details class=\"cure\" data-cure=\"{Text(cure.Name)}\"><summary><b>{Text(cure.Name)}</b>: {Text(cure.Title)} <span class=\"verdict v{(int)cure.Verdict}\">{VerdictText.Of(cure.Verdict)}</span>")
            .Append(CultureInfo.InvariantCulture, $" {before.Groups.Length} &rarr; {Counted.Of(cure.After.Groups.Length, "group")}</summary>\n<p>{Text(cure.Cost)}</p>\n");
        foreach (var artifact in cure.Artifacts)
        {
            html.Append(CultureInfo.InvariantCulture, $"<h4>{Text(artifact.Kind)}</h4><pre>{Text(artifact.Text)}</pre>\n");
        }

        html.Append("<div class=\"sides\"><div><h4>before</h4>\n");
        new HtmlTree(html, topology, before, explain: null, before: null).Write();
        html.Append("</div><div><h4>after</h4>\n");
        new HtmlTree(html, topology, cure.After, explain: null, before).Write();
        html.Append("</div></div></details>\n");
    }

    /// <summary>A hue for each group, by the golden angle, so that neighbours differ.</summary>
    private static string GroupColours(GroupPrediction prediction, ImmutableArray<Cure> cures)
    {
        var most = cures.Select(cure => cure.After.Groups.Length).Append(prediction.Groups.Length).Max();
        return string.Concat(Enumerable.Range(0, most).Select(id => string.Create(
            CultureInfo.InvariantCulture, $".g{id} {{ --area: hsl({id * 137.508 % 360:0} 75% 88%); --edge: hsl({id * 137.508 % 360:0} 55% 48%); }}\n")));
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
