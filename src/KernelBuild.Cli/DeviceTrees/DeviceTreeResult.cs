using KernelBuild.Cli.CommandLine;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;

namespace KernelBuild.Cli.DeviceTrees;

/// <summary>Ends a command that makes a tree: writes it, or says why there is none.</summary>
internal static class DeviceTreeResult
{
    public static int Write(string path, DeviceTree? tree, IReadOnlyList<Diagnostic> findings, bool json, TextWriter output, TextWriter errors)
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
            output.WriteLine(DeviceTreeJson.Serialize(new DeviceTreeWriteReport(path, size, [.. all.Select(FindingInfo.From)])));
        }
        else
        {
            foreach (var finding in all)
            {
                errors.WriteLine(finding);
            }
        }

        return size is not null ? ExitCode.Done
            : all.Exists(finding => finding.Code is DiagnosticCodes.FileUnreadable or DiagnosticCodes.UsageInvalid) ? ExitCode.UsageOrEnvironment
            : ExitCode.Findings;
    }
}
