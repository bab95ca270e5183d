using System.Text;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Processes;

namespace KernelBuild.Cli.Files;

/// <summary>Lets Graphviz draw a graph.</summary>
internal static class Graphviz
{
    private static readonly TimeSpan _longest = TimeSpan.FromMinutes(1);

    /// <summary>The picture as SVG.</summary>
    /// <param name="graph">In Graphviz's language.</param>
    /// <param name="cancellationToken">Ends the program.</param>
    /// <exception cref="DiagnosticException">KB4004 where there is no Graphviz, KB4005 when it fails or takes more than a minute.</exception>
    public static async Task<byte[]> DrawAsync(string graph, CancellationToken cancellationToken)
    {
        var program = ProgramPath.Find("dot") ?? throw new DiagnosticException(Diagnostic.Error(
            DiagnosticCodes.ToolMissing, "the program 'dot', which draws the picture, is not on this host", "apt-get install graphviz"));
        using var drawn = new MemoryStream();
        try
        {
            await (new Command(program)
            {
                Timeout = _longest,
                InputProducer = async (stream, token) => await stream.WriteAsync(Encoding.UTF8.GetBytes(graph), token),
                OutputConsumer = (stream, token) => stream.CopyToAsync(drawn, token),
            }).WithArguments("-Tsvg").RunAsync(cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.ToolFailed, "'dot' did not finish the picture within a minute", "ask for less, such as fewer paths or functions"));
        }

        return drawn.ToArray();
    }
}
