using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;
using KernelBuild.Iommu.Curing;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Reporting;

/// <summary>
/// One self-contained page: the PCI tree with its groups as coloured areas, the explanation of each device folded below it
/// and on hover, the groups after each cure beside those before, and a search. Without scripts everything can be read; with
/// them the search filters.
/// </summary>
public static class HtmlReport
{
    public static string Write(string title, PciTopology topology, GroupPrediction prediction, ImmutableArray<Cure> cures)
    {
        var html = new StringBuilder();
        html.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>")
            .Append(Text(title)).Append("</title>\n<style>\n").Append(HtmlParts.Style).Append(GroupColours(prediction, cures)).Append("</style>\n</head>\n<body>\n<h1>").Append(Text(title)).Append("</h1>\n")
            .Append(CultureInfo.InvariantCulture, $"<p>{prediction.Groups.Length} groups, {prediction.Ungrouped.Count()} devices without a group. Devices of one colour and number share a group.</p>\n")
            .Append("<p class=\"needs-script\"><label>Search: <input id=\"search\" type=\"search\" placeholder=\"address, id, rule, reason\"></label></p>\n<h2>Groups</h2>\n");
        Tree(html, topology, prediction, explain: true);
        if (!cures.IsEmpty)
        {
            html.Append("<h2>Cures, the least invasive first</h2>\n");
        }

        foreach (var cure in cures)
        {
            Cure(html, topology, prediction, cure);
        }

        return html.Append("<script>\n").Append(HtmlParts.Script).Append("</script>\n</body>\n</html>\n").ToString();
    }

    private static void Cure(StringBuilder html, PciTopology topology, GroupPrediction before, Cure cure)
    {
        html.Append(CultureInfo.InvariantCulture, $"<details class=\"cure\"><summary><b>{Text(cure.Name)}</b>: {Text(cure.Title)} <span class=\"verdict v{(int)cure.Verdict}\">{VerdictText.Of(cure.Verdict)}</span>")
            .Append(CultureInfo.InvariantCulture, $" {before.Groups.Length} &rarr; {cure.After.Groups.Length} groups</summary>\n<p>{Text(cure.Cost)}</p>\n");
        foreach (var artifact in cure.Artifacts)
        {
            html.Append(CultureInfo.InvariantCulture, $"<h4>{Text(artifact.Kind)}</h4><pre>{Text(artifact.Text)}</pre>\n");
        }

        html.Append("<div class=\"sides\"><div><h4>before</h4>\n");
        Tree(html, topology, before, explain: false);
        html.Append("</div><div><h4>after</h4>\n");
        Tree(html, topology, cure.After, explain: false);
        html.Append("</div></div></details>\n");
    }

    private static void Tree(StringBuilder html, PciTopology topology, GroupPrediction prediction, bool explain)
    {
        html.Append("<ul class=\"tree\">\n");
        foreach (var root in topology.Roots)
        {
            Function(root);
        }

        foreach (var decision in prediction.Decisions.Where(decision => decision.Function is null))
        {
            Item(decision, "platform device");
            html.Append("</li>\n");
        }

        html.Append("</ul>\n");

        void Function(PciFunction function)
        {
            Item(prediction.Of(function.Address.ToString())!, $"{function.Kind} {function.Id}{(function.Driver is null ? "" : " · " + function.Driver)}");
            var children = topology.Behind(function);
            if (!children.IsEmpty)
            {
                html.Append("\n<ul>\n");
                foreach (var child in children)
                {
                    Function(child);
                }

                html.Append("</ul>");
            }

            html.Append("</li>\n");
        }

        void Item(GroupDecision decision, string what)
        {
            var group = decision.Group is { } id ? id.ToString(CultureInfo.InvariantCulture) : "none";
            html.Append(CultureInfo.InvariantCulture, $"<li><div class=\"device g{group}\" title=\"{Text(decision.Rule + ": " + decision.Reason)}\"><code>{Text(decision.Device)}</code> {Text(what)} <b>{(decision.Group is null ? "no group" : "group " + group)}</b></div>");
            if (explain)
            {
                html.Append(CultureInfo.InvariantCulture, $"<details><summary>why ({decision.Rule})</summary><p>{Text(decision.Reason)}</p><p><code>{Text(decision.KernelFunction)}</code></p><ul>");
                foreach (var evidence in decision.Evidence)
                {
                    html.Append("<li>").Append(Text(evidence)).Append("</li>");
                }

                html.Append("</ul></details>");
            }
        }
    }

    /// <summary>A hue for each group, by the golden angle, so that neighbours differ.</summary>
    private static string GroupColours(GroupPrediction prediction, ImmutableArray<Cure> cures)
    {
        var most = cures.Select(cure => cure.After.Groups.Length).Append(prediction.Groups.Length).Max();
        return string.Concat(Enumerable.Range(0, most).Select(id => string.Create(
            CultureInfo.InvariantCulture, $".g{id} {{ background: hsl({id * 137.508 % 360:0} 70% 82%); }}\n")));
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
