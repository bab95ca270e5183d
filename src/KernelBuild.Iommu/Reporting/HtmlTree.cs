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
internal sealed class HtmlTree(
    StringBuilder html, PciTopology topology, GroupPrediction prediction, GroupNumbers numbers, HtmlPageOptions page)
{
    private const int MostNamed = 20;
    private readonly HashSet<int> _said = [];

    /// <summary>Gives why a device is where it is, to be folded below it; null for a tree to look at only.</summary>
    public Func<GroupDecision, GroupViability?>? Explain { get; init; }

    /// <summary>Gives the sentence above a shared group, empty for one that is not; null for a tree without.</summary>
    public Func<int, string>? Because { get; init; }

    /// <summary>What the tree is to be compared with; null for none.</summary>
    public GroupPrediction? Before { get; init; }

    public void Write()
    {
        html.Append("<ul class=\"tree\">\n");
        foreach (var root in topology.Roots)
        {
            Function(root, above: null);
        }

        foreach (var decision in prediction.Decisions.Where(decision => decision.Function is null))
        {
            Item(decision, above: null);
            html.Append("</li>\n");
        }

        html.Append("</ul>\n");
    }

    /// <summary>The device that was asked for, unfolded, before all others; nothing when none was.</summary>
    public void WriteAsked()
    {
        if (page.Device is null || prediction.Of(page.Device) is not { } decision)
        {
            return;
        }

        html.Append(
            CultureInfo.InvariantCulture,
            $"<h2>{Text(decision.Device)}</h2>\n<div id=\"asked\" class=\"{ClassOf(decision)}\"><p><span class=\"what\">{Text(What(decision))}</span> "
                + $"<span class=\"group\">{GroupName(decision)}</span></p>\n");
        if (decision.Group is { } group && Because?.Invoke(group) is { Length: > 0 } sentence)
        {
            html.Append(CultureInfo.InvariantCulture, $"<p class=\"because\">{Text(sentence)}</p>\n");
        }

        Reasons(decision);
        html.Append("</div>\n");
    }

    private void Function(PciFunction function, GroupDecision? above)
    {
        var decision = prediction.Of(function.Address.ToString())!;
        Item(decision, above);
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

    private void Item(GroupDecision decision, GroupDecision? above)
    {
        var same = decision.Group is not null && decision.Group == above?.Group;
        Sentence(decision);
        var what = What(decision);
        html.Append(
            CultureInfo.InvariantCulture,
            $"<li class=\"{ClassOf(decision)}{(same ? " same" : "")}{(decision.Device == page.Device ? " asked" : "")}\" "
            + $"data-device=\"{Text(decision.Device)}\"");
        if (Explain is not null)
        {
            html.Append(CultureInfo.InvariantCulture, $" data-text=\"{Text(Searchable(decision, what))}\"");
        }

        html.Append(decision.Group is { } group ? $" data-group=\"{numbers[group]}\">" : ">");
        var row =
            $"<code>{Text(decision.Device)}</code><span class=\"what\">{Text(what)}</span>{Change(decision)}<span "
            + $"class=\"group\">{GroupName(decision)}</span>";
        if (Explain is null)
        {
            html.Append(CultureInfo.InvariantCulture, $"<div class=\"row\">{row}</div>");
            return;
        }

        var title = Text($"{decision.Rule}: {decision.Reason}");
        html.Append(CultureInfo.InvariantCulture, $"<details class=\"why\"><summary class=\"row\" title=\"{title}\">{row}</summary><div>");
        Reasons(decision);
        html.Append("</div></details>");
    }

    /// <summary>Before the first device of a shared group: why it is shared, and folded, how each came into it.</summary>
    private void Sentence(GroupDecision decision)
    {
        if (Because is null || decision.Group is not { } group || !_said.Add(group) || Because(group) is not { Length: > 0 } sentence)
        {
            return;
        }

        html.Append(
            CultureInfo.InvariantCulture,
            $"<li class=\"because {ClassOf(decision)}\"><details><summary><b>group {numbers[group]}</b> &ndash; {Text(sentence)}</summary><ul "
                + $"class=\"members\">");
        foreach (var member in GroupMember.Of(prediction, decision.Device))
        {
            html.Append("<li>").Append(Text(member.Sentence)).Append("</li>");
        }

        html.Append("</ul></details></li>\n");
    }

    private void Reasons(GroupDecision decision)
    {
        html.Append(
            CultureInfo.InvariantCulture,
            $"<p><b>{decision.Rule}</b>: {Text(decision.Reason)}</p><p><code>{Text(decision.KernelFunction)}</code></p>");
        var others = prediction.Companions(decision.Device).Where(device => device != decision.Device).ToArray();
        if (decision.Group is not null)
        {
            var with = Counted.Names([.. others.Select(device => $"<code>{Text(device)}</code>")], MostNamed);
            html.Append("<p>").Append(others.Length == 0 ? "Alone in its group." : "Shares its group with: " + with).Append("</p>");
        }

        // of a large group they stand above it, once
        if (others.Length is > 0 and <= MostNamed)
        {
            html.Append("<ul class=\"members\">")
                .AppendJoin("", GroupMember.Of(prediction, decision.Device).Select(member => $"<li>{Text(member.Sentence)}</li>"))
                .Append("</ul>");
        }

        Viability(decision);
        html.Append("<ul class=\"evidence\">");
        foreach (var evidence in decision.Evidence)
        {
            html.Append("<li>").Append(Text(evidence)).Append("</li>");
        }

        html.Append("</ul>");
    }

    private void Viability(GroupDecision decision)
    {
        if (Explain?.Invoke(decision) is not { } viability)
        {
            return;
        }

        var blockers = Text(string.Join(", ", viability.Blockers));
        html.Append(viability.IsViable is null ? "<p>Whether VFIO accepts the group is unknown"
            : viability.IsViable == true ? "<p class=\"good\">VFIO accepts the group"
            : viability.Blockers.IsEmpty ? "<p class=\"bad\">VFIO does not accept the group"
            : "<p class=\"bad\">VFIO does not accept the group: these devices must be unbound from their drivers first: " + blockers)
            .Append(".</p>");
        foreach (var warning in viability.Warnings.Take(MostNamed))
        {
            html.Append(CultureInfo.InvariantCulture, $"<p>{Text(warning)}</p>");
        }
    }

    /// <summary>What has become of a device, in a tree beside another.</summary>
    private string Change(GroupDecision decision)
    {
        if (Before is null || decision.IsUnknown)
        {
            return "";
        }

        var (then, now) = (Before.Companions(decision.Device), prediction.Companions(decision.Device));
        if (then.SequenceEqual(now, StringComparer.Ordinal))
        {
            return "";
        }

        var was = Before.Of(decision.Device) is { IsUnknown: true } ? "unknown" : then.IsEmpty ? "no group" : Counted.Of(then.Length,
            "device");
        var became = now.IsEmpty ? "no group" : now.Length == 1 ? "alone" : Counted.Of(now.Length, "device");
        return $"<span class=\"changed\">{was} &rarr; {became}</span>";
    }

    /// <summary>Class and name first, then what the rules look at.</summary>
    private string What(GroupDecision decision) => decision.Function is not { } function ? "platform device"
        : $"{page.Names.Of(function)} · {function.Kind} {function.Id}{(function.Driver is null ? "" : " · " + function.Driver)}";

    private string ClassOf(GroupDecision decision) =>
        "g" + (decision.Group is { } group ? numbers[group].ToString(CultureInfo.InvariantCulture) : "none");

    private string GroupName(GroupDecision decision) => decision.Group is { } group
        ? string.Create(CultureInfo.InvariantCulture, $"group {numbers[group]}")
        : decision.IsUnknown ? "group unknown" : "no group";

    private string Searchable(GroupDecision decision, string what) =>
        string.Join(' ', [decision.Device, what, GroupName(decision), decision.Rule.Name, decision.Reason, .. decision.Evidence])
            .ToLowerInvariant();

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
