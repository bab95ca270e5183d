using System.Globalization;
using System.Net;
using System.Text;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Explanation;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Reporting;

/// <summary>
/// The PCI tree as nested lists. A function in the group of the bridge above it lies in that bridge's area; else an area of its own begins.
/// </summary>
/// <param name="explain">Gives why a device is where it is, to be folded below it; null for a tree to look at only.</param>
/// <param name="before">What the tree is to be compared with; null for none.</param>
internal sealed class HtmlTree(
    StringBuilder html, PciTopology topology, GroupPrediction prediction, Func<GroupDecision, GroupViability?>? explain,
    GroupPrediction? before)
{
    public void Write()
    {
        html.Append("<ul class=\"tree\">\n");
        foreach (var root in topology.Roots)
        {
            Function(root, above: null);
        }

        foreach (var decision in prediction.Decisions.Where(decision => decision.Function is null))
        {
            Item(decision, "platform device", above: null);
            html.Append("</li>\n");
        }

        html.Append("</ul>\n");
    }

    private void Function(PciFunction function, GroupDecision? above)
    {
        var decision = prediction.Of(function.Address.ToString())!;
        Item(decision, $"{function.Kind} {function.Id}{(function.Driver is null ? "" : " · " + function.Driver)}", above);
        var children = topology.Behind(function);
        if (!children.IsEmpty)
        {
            html.Append("\n<ul>\n");
            foreach (var child in children)
            {
                Function(child, decision);
            }

            html.Append("</ul>");
        }

        html.Append("</li>\n");
    }

    private void Item(GroupDecision decision, string what, GroupDecision? above)
    {
        var group = decision.Group?.ToString(CultureInfo.InvariantCulture) ?? "none";
        var same = decision.Group is not null && decision.Group == above?.Group;
        html.Append(
            CultureInfo.InvariantCulture,
            $"<li class=\"g{group}{(same ? " same" : "")}\" data-device=\"{Text(decision.Device)}\" "
            + $"data-text=\"{Text(Searchable(decision, what))}\"");
        html.Append(decision.Group is null ? ">" : $" data-group=\"{group}\">");
        var row =
            $"<code>{Text(decision.Device)}</code><span class=\"what\">{Text(what)}</span>{Change(decision)}<span "
            + $"class=\"group\">{GroupName(decision)}</span>";
        var title = Text($"{decision.Rule}: {decision.Reason}");
        if (explain is null)
        {
            html.Append(CultureInfo.InvariantCulture, $"<div class=\"row\" title=\"{title}\">{row}</div>");
            return;
        }

        html.Append(CultureInfo.InvariantCulture, $"<details class=\"why\"><summary class=\"row\" title=\"{title}\">{row}</summary><div>");
        Explain(decision);
        html.Append("</div></details>");
    }

    private void Explain(GroupDecision decision)
    {
        html.Append(
            CultureInfo.InvariantCulture,
            $"<p><b>{decision.Rule}</b>: {Text(decision.Reason)}</p><p><code>{Text(decision.KernelFunction)}</code></p>");
        var others = prediction.Companions(decision.Device).Where(device => device != decision.Device).ToArray();
        if (decision.Group is not null)
        {
            var with = string.Join(", ", others.Select(device => $"<code>{Text(device)}</code>"));
            html.Append("<p>").Append(others.Length == 0 ? "Alone in its group." : "Shares its group with: " + with).Append("</p>");
        }

        var members = GroupMember.Of(prediction, decision.Device);
        if (!members.IsEmpty)
        {
            html.Append("<ul class=\"members\">").AppendJoin("", members.Select(member => $"<li>{Text(member.Sentence)}</li>")).Append("</ul>");
        }

        if (explain!(decision) is { } viability)
        {
            var blockers = Text(string.Join(", ", viability.Blockers));
            html.Append(viability.IsViable is null ? "<p>Whether VFIO accepts the group is unknown"
                : viability.IsViable == true ? "<p class=\"good\">VFIO accepts the group"
                : viability.Blockers.IsEmpty ? "<p class=\"bad\">VFIO does not accept the group"
                : "<p class=\"bad\">VFIO does not accept the group: these devices must be unbound from their drivers first: " + blockers)
                .Append(".</p>");
            foreach (var warning in viability.Warnings)
            {
                html.Append(CultureInfo.InvariantCulture, $"<p>{Text(warning)}</p>");
            }
        }

        html.Append("<ul class=\"evidence\">");
        foreach (var evidence in decision.Evidence)
        {
            html.Append("<li>").Append(Text(evidence)).Append("</li>");
        }

        html.Append("</ul>");
    }

    /// <summary>What has become of a device, in a tree beside another.</summary>
    private string Change(GroupDecision decision)
    {
        if (before is null)
        {
            return "";
        }

        if (decision.IsUnknown)
        {
            return "";
        }

        var (then, now) = (before.Companions(decision.Device), prediction.Companions(decision.Device));
        if (then.SequenceEqual(now, StringComparer.Ordinal))
        {
            return "";
        }

        var was = before.Of(decision.Device) is { IsUnknown: true } ? "unknown" : then.IsEmpty ? "no group" : Counted.Of(then.Length,
            "device");
        var became = now.IsEmpty ? "no group" : now.Length == 1 ? "alone" : Counted.Of(now.Length, "device");
        return $"<span class=\"changed\">{was} &rarr; {became}</span>";
    }

    private static string GroupName(GroupDecision decision) => decision.Group is { } group
        ? string.Create(CultureInfo.InvariantCulture, $"group {group}")
        : decision.IsUnknown ? "group unknown" : "no group";

    private static string Searchable(GroupDecision decision, string what) =>
        string.Join(
            ' ',
            [
                decision.Device,
                what,
                GroupName(decision),
                decision.Rule.Name,
                decision.Reason,
                .. decision.Evidence,
            ]).ToLowerInvariant();

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
