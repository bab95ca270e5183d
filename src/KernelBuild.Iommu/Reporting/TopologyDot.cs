using System.Globalization;
using System.Text;
using KernelBuild.Iommu.Binding;
using KernelBuild.Iommu.Prediction;
using KernelBuild.Iommu.Topology;

namespace KernelBuild.Iommu.Reporting;

/// <summary>
/// The topology as a graph for Graphviz: IOMMUs above, below them host bridges, ports and functions, each in the colour of its group; an
/// edge to
/// an IOMMU has the stream IDs.
/// </summary>
public static class TopologyDot
{
    private const int MostPlatformDevices = 60;

    public static string Write(PciTopology topology, GroupPrediction prediction, PciNames names)
    {
        var text = new StringBuilder(
            "digraph groups {\n  rankdir=LR; bgcolor=\"transparent\"; node [shape=box style=\"filled,rounded\" fontname=\"sans-serif\" fontsize=10 "
            + "fillcolor=\"white\"]; edge [fontname=\"sans-serif\" fontsize=9 color=\"#777777\" fontcolor=\"#555555\"];\n");
        foreach (var provider in prediction.Decisions.Select(decision => decision.Provider).OfType<IommuProvider>().Distinct())
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"  {Quote("iommu " + provider.Path)} [label={Quote($"{IommuCompatibles.NameOf(provider.Kind)}\n{provider.Path}")} shape=octagon "
                    + $"fillcolor=\"#eeeeee\"];\n");
        }

        var platform = prediction.Decisions.Where(decision => decision.Function is null).ToArray();
        foreach (var decision in prediction.Decisions.Where(decision => decision.Function is not null
            || platform.Length <= MostPlatformDevices || prediction.Companions(decision.Device).Length > 1))
        {
            Device(text, topology, decision, names);
        }

        return text.Append("}\n").ToString();
    }

    private static void Device(StringBuilder text, PciTopology topology, GroupDecision decision, PciNames names)
    {
        var what = decision.Function is { } function ? names.ClassOf(function) : "platform device";
        var group = decision.Group is { } number ? string.Create(CultureInfo.InvariantCulture, $"group {number}")
            : decision.IsUnknown ? "group unknown" : "no group";
        text.Append(
            CultureInfo.InvariantCulture,
            $"  {Quote(decision.Device)} [label={Quote($"{decision.Device}\n{what}\n{group}")} fillcolor={Quote(Colour(decision.Group))}];\n");
        if (decision.Function is { } pci && topology.BridgeAbove(pci) is { } bridge)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {Quote(bridge.Address.ToString())} -> {Quote(decision.Device)};\n");
        }

        if (decision.Provider is { } provider)
        {
            var streams = string.Join(' ', decision.Streams.Distinct().Take(3));
            text.Append(
                CultureInfo.InvariantCulture,
                $"  {Quote("iommu " + provider.Path)} -> {Quote(decision.Device)} [label={Quote(streams)} style=dashed constraint="
                    + $"{(decision.Function is { } below && topology.BridgeAbove(below) is not null ? "false" : "true")}];\n");
        }
    }

    /// <summary>Hue, saturation and value, as Graphviz takes them; the hue is that of the page.</summary>
    private static string Colour(int? group) => group is not { } number ? "white"
        : string.Create(CultureInfo.InvariantCulture, $"{GroupHues.Of(number) / 360.0:0.000} 0.20 0.97");

    /// <summary>A string of DOT, in which line breaks are \n.</summary>
    private static string Quote(string text) =>
        "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal) + "\"";
}
