using System.Globalization;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Reporting;

/// <summary>The PCI tree with its groups, for a terminal.</summary>
public static class TopologyText
{
    /// <param name="names">Null for the types of functions alone.</param>
    public static void Write(PciTopology topology, GroupPrediction prediction, TextWriter output, PciNames? names = null)
    {
        foreach (var root in topology.Roots)
        {
            Write(root, "", "");
        }

        foreach (var decision in prediction.Decisions.Where(decision => decision.Function is null))
        {
            output.WriteLine(Line(decision, decision.Device));
        }

        var unknown = prediction.Unknown.Count();
        output.WriteLine(
            $"{Counted.Of(prediction.Groups.Length, "group")}, {Counted.Of(prediction.Ungrouped.Count(), "device")} without a group"
            + (unknown == 0 ? "" : $", {Counted.Of(unknown, "device")} whose group is unknown"));

        void Write(PciFunction function, string indent, string below)
        {
            output.WriteLine(Line(
                prediction.Of(function.Address.ToString())!, $"{indent}{function.Address} {function.Kind} {function.Id}",
                names is null ? "" : names.Of(function)));
            var children = topology.Behind(function);
            for (var i = 0; i < children.Length; i++)
            {
                var last = i == children.Length - 1;
                Write(children[i], below + (last ? "`- " : "|- "), below + (last ? "   " : "|  "));
            }
        }
    }

    private static string Line(GroupDecision decision, string title, string name = "") => decision.Group is { } group
        ? string
            .Create(
                CultureInfo.InvariantCulture,
                $"{title,-56} group {group,-3} {decision.Rule.Name,-17} {(decision.Joined is null ? "" : "with " + decision.Joined),-17} {name}")
            .TrimEnd()
        : string.Create(CultureInfo.InvariantCulture, $"{title,-56} {(decision.IsUnknown ? "group ?" : "no group"),-9} "
        + $"{decision.Rule.Name,-17} {decision.Reason}");
}
