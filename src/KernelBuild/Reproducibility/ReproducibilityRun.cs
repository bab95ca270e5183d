using System.Collections.Immutable;
using KernelBuild.Attestation;
using KernelBuild.Build;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Fetch;
using KernelBuild.Host.Reporting;
using KernelBuild.Manifest;

namespace KernelBuild.Reproducibility;

/// <summary>
/// Builds a device a second time, in other surroundings and without compiler cache, and compares the products with those of the first build.
/// The verdict goes into the manifest of the first.
/// </summary>
/// <param name="first">The build that stands.</param>
/// <param name="sdkAssembly">KernelBuild.Sdk.dll.</param>
public sealed class ReproducibilityRun(DeviceProject first, string rootFolder, string device, bool withoutPatches, string sdkAssembly)
{
    /// <summary>Where the second build stands; kept when something differs.</summary>
    public string OtherRoot { get; } = Path.Combine(Temporary, "a", "second", "place", "with", "a", "longer", "path");

    private static string Temporary => Path.Combine(Path.GetTempPath(), $"kernelbuild-reproducible-{Environment.ProcessId}");

    /// <exception cref="DiagnosticException">KB9009 without a first build, or when the second one fails.</exception>
    public async Task<ReproducibilityResult> RunAsync(
        BuildOptions options, Action<string> onLine, Action<string, double?> onProgress, CancellationToken cancellationToken)
    {
        var build = FinishedBuild.Load(first.Folders);
        var variation = await BuildVariation.ProbeAsync(cancellationToken);
        var second = new DeviceProject(rootFolder, device, withoutPatches, sdkAssembly)
        {
            OutputRoot = OtherRoot,
            Variant = first.Variant,
            OnlyPatchSeries = first.OnlyPatchSeries,
            Variation = variation,
        };
        var jobs = (options.Jobs ?? Environment.ProcessorCount) + 1;
        int code;
        try
        {
            var (shuffled, whyNot) = await ShuffledFolder.MakeAsync(OtherRoot, cancellationToken);
            variation = variation.With("order of files in folders", whyNot);
            await using (shuffled)
            {
                code = await second.BuildAsync(
                    options with { Jobs = jobs, Locked = !HasLocalTree(first.Evaluated), UpdateLock = false, NoInstall = true }, onLine, onProgress,
                    cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // half a kernel tells nothing, and takes a gigabyte
            Directory.Delete(Temporary, recursive: true);
            throw;
        }

        if (code != 0)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.NothingBuilt, $"the second build of '{build.Folders.Variant}' failed",
                "the lines above say why; what it left is in " + OtherRoot));
        }

        RequireSameSource(build.Folders.Artifacts, second.Folders.Artifacts);
        var differences = new ArtifactDiff(build.Folders.Artifacts, second.Folders.Artifacts).Run();
        var result = new ReproducibilityResult(differences, variation, second.Folders.Artifacts);
        var manifest = BuildManifest.Find(build.Folders.Artifacts)!;
        manifest = manifest with { Verdict = manifest.Verdict with { Reproducible = result.Verdict } };
        KeptVerdict.Save(build.Folders, manifest);
        BuildManifest.Write(build.Folders, manifest);
        await Attestations.SealAsync(first.Evaluated, cancellationToken);
        if (differences.IsEmpty)
        {
            Directory.Delete(Temporary, recursive: true);
        }

        return result;
    }

    /// <summary>A folder cannot be locked: what it held is compared afterwards.</summary>
    private static bool HasLocalTree(DeviceBuild build) => build.SourceParts.Prepend(build.KernelSource)
        .Any(item => KernelSourceSpec.Parse(item.Include, Path.GetDirectoryName(build.ProjectFile)!) is LocalTreeSpec);

    private static void RequireSameSource(string first, string second)
    {
        var (one, other) = (BuildManifest.Find(first)?.Source.PatchedTree, BuildManifest.Find(second)?.Source.PatchedTree);
        if (one != other)
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.NothingBuilt, $"the second build is of another source: tree {other}, where the first one had {one}",
                "the folder was edited in the meantime; run it again"));
        }
    }
}

/// <summary>What a second build gave.</summary>
/// <param name="OtherArtifacts">Of the second build; gone when nothing differs.</param>
public sealed record ReproducibilityResult(ImmutableArray<Difference> Differences, BuildVariation Variation, string OtherArtifacts)
{
    /// <summary>As the manifest has it.</summary>
    public ManifestReproducibility Verdict => new(
        Differences.IsEmpty ? "identical" : "different", Variation.Varied,
        [.. Differences.Select(difference => difference.Cause).Distinct().Order(StringComparer.Ordinal)]);

    /// <summary>A finding for each difference.</summary>
    public IEnumerable<Diagnostic> Findings => Differences.Select(difference => Diagnostic.Error(
        DiagnosticCodes.NotReproducible, $"{difference.File}, {difference.Part}: {difference.Cause}",
        "see 'Reproducible builds' in the guide for what cures it") with
    {
        File = Path.Combine(OtherArtifacts, difference.File),
        Details = difference.Detail.Length > 0 ? [difference.Detail] : [],
    });
}
