using KernelBuild.Cli.CommandLine;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;

namespace KernelBuild.Cli.DeviceTrees;

/// <summary>Ends a command that makes a tree: writes it, or says why there is none.</summary>
internal static class DeviceTreeResult
{
    public static int Write(
        string path, DeviceTree? tree, IReadOnlyList<Diagnostic> findings, bool json, TextWriter output, TextWriter errors)
    {
        var all = new List<Diagnostic>(findings);
        long? size = null;
        if (tree is not null && !all.Exists(finding => finding.Severity == DiagnosticSeverity.Error))
        {
            var bytes = tree.ToArray();
            if (AtomicOutput.TryWrite(path, bytes, out var error))
            {
                size = bytes.Length;
            }
            else
            {
                all.Add(error);
            }
        }

        if (json)
        {
            JsonOutput.Write(
                output,
                new DeviceTreeWriteReport(path, size) { Findings = [.. all.Select(FindingInfo.From)] },
                DeviceTreeJson.Default.DeviceTreeWriteReport);
        }
        else
        {
            CommandFrame.Warn(all, errors);
        }

        return ExitCode.Of(all);
    }
}
