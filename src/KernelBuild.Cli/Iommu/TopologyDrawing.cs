using System.Text;
using System.Text.RegularExpressions;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Processes;
using KernelBuild.Iommu.Reporting;

namespace KernelBuild.Cli.Iommu;

/// <summary>Lets Graphviz draw the topology.</summary>
internal static partial class TopologyDrawing
{
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(20);

    /// <summary>
    /// An svg element for a page that loads nothing; null where there is no Graphviz, or where it fails or takes too long.
    /// </summary>
    public static async Task<string?> DrawAsync(Machine machine, CancellationToken cancellationToken)
    {
        var graph = Encoding.UTF8.GetBytes(TopologyDot.Write(machine.Topology, machine.Predict(), machine.Names));
        using var output = new MemoryStream();
        try
        {
            await (new Command("dot").WithArguments("-Tsvg") with
            {
                Timeout = _longest,
                InputProducer = async (stream, token) => await stream.WriteAsync(graph, token),
                OutputConsumer = (stream, token) => stream.CopyToAsync(output, token),
            }).RunAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is DiagnosticException or TimeoutException)
        {
            return null;
        }

        var svg = Encoding.UTF8.GetString(output.GetBuffer(), 0, (int)output.Length);
        var start = svg.IndexOf("<svg", StringComparison.Ordinal);
        // within HTML an svg element needs no names of its languages, and nothing that could be loaded
        return start < 0 ? null : NamespacePattern().Replace(svg[start..], "");
    }

    [GeneratedRegex("""\s(?:xmlns(?::\w+)?|xlink:\w+)="[^"]*"|<!--.*?-->""", RegexOptions.Singleline)]
    private static partial Regex NamespacePattern();
}
