using System.Globalization;
using KernelBuild.BootTest;
using KernelBuild.Build;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Host.Reporting;
using KernelBuild.Patches.Series;

namespace KernelBuild.Bench;

/// <summary>
/// Builds a device with other patches than its project names, beside its usual build: one work tree for all trials, so that
/// each compiles only what differs from the one before.
/// </summary>
public sealed class TrialBuild(string rootFolder, string device, string sdkAssembly, BuildOptions options, IBuildLog log)
{
    private string Variant => device + ".patch-trial";

    private string SeriesFolder => Path.Combine(rootFolder, ".work", Variant + ".series");

    /// <param name="patches">What is to be in, in this order; none for the bare source.</param>
    /// <param name="boot">Boot the result too, and compare the groups with the device's expectation.</param>
    public async Task<TrialResult> RunAsync(IReadOnlyList<PatchFile> patches, bool boot, CancellationToken cancellationToken)
    {
        WriteSeries(patches);
        var project = new DeviceProject(rootFolder, device, withoutPatches: false, sdkAssembly)
        {
            Variant = Variant,
            OnlyPatchSeries = SeriesFolder,
        };
        var lines = new List<string>();
        var unchanged = project.Changed() is null;
        if (!unchanged)
        {
            var code = await project.BuildAsync(options, lines.Add, log.Progress, cancellationToken);
            if (code == 2)
            {
                throw new DiagnosticException(Diagnostic.Error(
                    DiagnosticCodes.NothingBuilt, "the host cannot build this device", "see the lines below") with
                    {
                        Details = [.. lines.TakeLast(10)],
                    });
            }

            if (code != 0)
            {
                return new TrialResult("build-failed", Errors(lines), Unchanged: false);
            }
        }

        if (!boot)
        {
            return new TrialResult("built", [], unchanged);
        }

        try
        {
            await new BootTestRun(project.Evaluated, log).RunAsync(cancellationToken);
            return new TrialResult("booted", [], Unchanged: false);
        }
        catch (DiagnosticException e)
        {
            return new TrialResult("boot-failed", [.. e.Diagnostics.Select(finding => finding.ToString())], Unchanged: false);
        }
    }

    /// <summary>A series of copies: equal patches give equal files, untouched where they are the same as last time.</summary>
    private void WriteSeries(IReadOnlyList<PatchFile> patches)
    {
        Directory.CreateDirectory(SeriesFolder);
        var series = new List<string>();
        for (var number = 0; number < patches.Count; number++)
        {
            var patch = patches[number];
            var name = string.Create(CultureInfo.InvariantCulture, $"{number + 1:0000}-{Path.GetFileName(patch.Path)}");
            AtomicFile.Copy(patch.Path, Path.Combine(SeriesFolder, name));
            series.Add(
                name + (patch.Strip is { } strip ? string.Create(CultureInfo.InvariantCulture, $" -p{strip}") : "")
                + (patch.Fuzz > 0 ? string.Create(CultureInfo.InvariantCulture, $" fuzz={patch.Fuzz}") : ""));
        }

        var text = string.Concat(series.Select(line => line + "\n"));
        var file = Path.Combine(SeriesFolder, "series");
        if (!File.Exists(file) || File.ReadAllText(file) != text)
        {
            AtomicFile.Write(file, text);
        }

        foreach (var old in Directory
            .EnumerateFiles(SeriesFolder)
            .Where(path => Path.GetFileName(path) != "series" && !series.Exists(line => line.Split(' ')[0] == Path.GetFileName(path))))
        {
            File.Delete(old);
        }
    }

    private static List<string> Errors(List<string> lines)
    {
        var errors = lines.Where(line => line.Contains("error KB", StringComparison.Ordinal)).ToList();
        return errors.Count > 0 ? errors : [.. lines.TakeLast(10)];
    }
}
