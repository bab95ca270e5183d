using System.Text;
using System.Text.RegularExpressions;
using KernelBuild.Cli.Files;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Reporting;

namespace KernelBuild.Cli.Iommu;

/// <summary>Lets Graphviz draw the topology.</summary>
internal static partial class TopologyDrawing
{
    /// <summary>
    /// An svg element for a page that loads nothing; null where there is no Graphviz, or where it fails or takes too long.
    /// </summary>
    public static async Task<string?> DrawAsync(Machine machine, CancellationToken cancellationToken)
    {
        string svg;
        try
        {
            svg = Encoding.UTF8.GetString(await Graphviz.DrawAsync(TopologyDot.Write(machine.Topology, machine.Predict(), machine.Names), cancellationToken));
        }
        catch (DiagnosticException)
        {
            return null;
        }

        var start = svg.IndexOf("<svg", StringComparison.Ordinal);
        // within HTML an svg element needs no names of its languages, and nothing that could be loaded
        return start < 0 ? null : NamespacePattern().Replace(svg[start..], "");
    }

    [GeneratedRegex("""\s(?:xmlns(?::\w+)?|xlink:\w+)="[^"]*"|<!--.*?-->""", RegexOptions.Singleline)]
    private static partial Regex NamespacePattern();
}
