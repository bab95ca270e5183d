using System.Collections.Immutable;
using System.Text.Json;
using KernelBuild.BuildConfigs;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Fetch;
using KernelBuild.Fetch.Signatures;
using KernelBuild.Host.Files;
using KernelBuild.Toolchains;

namespace KernelBuild.Manifest;

/// <summary>The members of a manifest, each made of what a build knows.</summary>
internal static class ManifestParts
{
    /// <param name="cache">Where the verdicts on signatures are.</param>
    public static ManifestSource Source(SourceRequest request, BuildState state, LockFile lockFile, CacheFolder cache) => new()
    {
        Signatures = state.Source is null ? null : Signatures(request, lockFile, cache),
        Spec = state.Source?.Spec,
        Version = state.Source?.Version,
        Sha256 = state.Source?.Sha256?.ToString(),
        Commit = state.Source?.Commit.ToString(),
        Tree = state.Source?.Tree.ToString(),
        Parts = lockFile.Parts.Count == 0 ? null :
        [
            .. lockFile.Parts.Select(part => new ManifestPart(
                part.Key, part.Value.Spec, part.Value.Version, part.Value.Commit.ToString(), part.Value.Tree.ToString(),
                part.Value.Sha256?.ToString())),
        ],
        PatchedCommit = state.Patched?.Commit.ToString(),
        PatchedTree = state.Patched?.Tree.ToString(),
        Patches =
        [
            .. (state.Patched?.Patches ?? []).Select(patch => new ManifestPatch(
                patch.Series, patch.Name, patch.Sha256.ToString(), patch.Commit.ToString(), patch.Subject)),
        ],
    };

    /// <summary>Null without any, so that a manifest says nothing of what nobody asked for.</summary>
    public static ImmutableArray<ManifestSignature>? Signatures(SourceRequest request, LockFile lockFile, CacheFolder cache)
    {
        ImmutableArray<ManifestSignature> found =
        [
            .. SourcePlan.Of(request).Pieces
                .Where(piece => piece.SigningKeys.Count > 0)
                .Select(piece => (piece.Path, Verdict: SourceSignature.Known(piece, SourcePlan.Locked(lockFile, piece.Path, piece.Spec)?.Commit, cache)))
                .Where(piece => piece.Verdict is not null)
                .Select(piece => new ManifestSignature(
                    piece.Path, piece.Verdict!.What, piece.Verdict.Signer, piece.Verdict.Fingerprint, piece.Verdict.HasExpired)),
        ];
        return found.IsEmpty ? null : found;
    }

    public static ManifestConfiguration Configuration(DeviceBuild device, BuildState state) => new(
        device.Architecture, device.Defconfigs, device.MakeVariables, device.KCFlags,
        [.. device.ConfigFragments.Where(File.Exists).Select(NamedFile)], state.Configured?.Config.ToString());

    public static ManifestBuildConfig? BuildConfig(DeviceBuild device, IReadOnlyList<BuildConfigEntry> entries, BuildState state) =>
        device.BuildConfigs.IsEmpty ? null : new ManifestBuildConfig(
            [
                .. device.BuildConfigs.Select(item => Path.IsPathRooted(item)
                    ? $"{Path.GetFileName(item)} sha256:{Sha256Digest.OfFile(item)}"
                    : item),
            ],
            [
                .. entries.Select(entry => new ManifestVariable(
                    entry.Variable, entry.Value.Replace(device.Folders.Work + "/", "", StringComparison.Ordinal),
                    JsonNamingPolicy.CamelCase.ConvertName(entry.Fate.ToString()), entry.Detail)),
            ],
            state.Configured?.CommandsRun ?? [],
            state.Configured?.CommandsNotRun ?? []);

    /// <summary>Libraries are shared by many programs: each stands there once, and its programs name it.</summary>
    public static ManifestToolchain Toolchain(Toolchain toolchain)
    {
        var programs = new List<(ToolFile File, List<string> Libraries)>();
        foreach (var file in toolchain.Files)
        {
            // the libraries of a program follow it
            if (!file.IsLibrary)
            {
                programs.Add((file, []));
            }
            else
            {
                programs[^1].Libraries.Add(file.Path);
            }
        }

        return new ManifestToolchain(
            toolchain.Plan.Description, toolchain.Plan.Reason, toolchain.Digest,
            [
                .. programs.Select(program => Tool(program.File) with
                {
                    Libraries = program.Libraries.Count == 0 ? null : [.. program.Libraries],
                }),
            ],
            [.. toolchain.Files.Where(file => file.IsLibrary).DistinctBy(file => file.Path).Select(Tool)]);
    }

    public static ManifestBoot Boot(DeviceBuild device, LockFile lockFile) => new()
    {
        HeaderVersion = device.BootImageVersion,
        CommandLine = device.CommandLine,
        VendorCommandLine = device.VendorBoot?.CommandLine,
        StockImages =
        [
            .. new[] { device.StockBootImage, device.InitBoot?.Stock, device.VendorBoot?.Stock, device.Dtbo?.Stock }
                .OfType<string>().Where(File.Exists).Select(NamedFile),
        ],
        ExternalModules =
        [
            .. device.ExternalModules.Select(module => Path.IsPathRooted(module.Folder) ? Path.GetFileName(module.Folder) : module.Folder),
        ],
        PageSize = device.PageSize,
        OsVersion = device.OsVersion,
        OsPatchLevel = device.OsPatchLevel,
        Timestamp = device.Identity.Timestamp,
        User = device.Identity.User,
        Host = device.Identity.Host,
        Version = device.Identity.Version,
        Ramdisk = [.. device.Ramdisk.Select(item => RamdiskItem(item, lockFile))],
        DeviceTreeSources =
        [
            .. device.DeviceTrees.Concat(device.DeviceTreeOverlays.Select(overlay => overlay.Source)).Select(file =>
                Path.IsPathRooted(file) && File.Exists(file)
                    ? new ManifestTreeSource(Path.GetFileName(file), Sha256Digest.OfFile(file).ToString())
                    : new ManifestTreeSource(Path.IsPathRooted(file) ? Path.GetFileName(file) : file)),
        ],
    };

    public static ManifestCompilation? Compilation(BuildState state) => state.Kernel is not { } kernel
        ? null
        : new ManifestCompilation(
            kernel.Objects, kernel.Warnings, kernel.CompilerCache?.Hits, kernel.CompilerCache?.RemoteHits, kernel.CompilerCache?.Misses)
        {
            Farm = kernel.Farm is { } farm
                ? new ManifestFarm(
                    farm.Environment is null ? "distcc" : "icecream", farm.Hosts.Count, farm.Remote, farm.Local, farm.Lost, farm.Environment)
                : null,
        };

    public static ManifestKernel? Kernel(BuildState state)
    {
        if (state.Kernel is not { } kernel || !File.Exists(kernel.Image))
        {
            return null;
        }

        var identity = KernelIdentity.Of(InputFile.Read(kernel.Image));
        return new ManifestKernel(identity.Banner, identity.BuildId, new FileInfo(kernel.Image).Length, identity.Release);
    }

    public static ManifestVendorModules? VendorModules(BuildState state) => state.VendorModules is { } modules
        ? new ManifestVendorModules(modules.Loads, modules.Unknown, modules.Refused)
        : null;

    public static ManifestFinding Finding(Diagnostic finding, string root) => new(
        finding.Code, JsonNamingPolicy.CamelCase.ConvertName(finding.Severity.ToString()), finding.Message,
        finding.File is { } file ? BelowRoot(file, root) : null, finding.Line > 0 ? finding.Line : null);

    /// <summary>A text, often a command line, that names no folder of this checkout by its whole path.</summary>
    public static string BelowRoot(string text, string root) =>
        text.Replace(root.TrimEnd('/') + "/", "", StringComparison.Ordinal);

    private static ManifestRamdiskItem RamdiskItem(RamdiskItem item, LockFile lockFile)
    {
        if (Path.IsPathRooted(item.Source))
        {
            return new ManifestRamdiskItem(
                item.Path, Path.GetFileName(item.Source), File.Exists(item.Source) ? Sha256Digest.OfFile(item.Source).ToString() : null);
        }

        var package = lockFile.Packages
            .FirstOrDefault(package => item.Source.StartsWith($"debian:{package.Key}!", StringComparison.Ordinal)).Value;
        return new ManifestRamdiskItem(item.Path, item.Source, null, package?.Version, package?.Sha256.ToString());
    }

    private static ManifestTool Tool(ToolFile file) => new(file.Name, file.Path, file.Sha256, file.Version.Length > 0 ? file.Version : null);

    private static ManifestFragment NamedFile(string file) => new(Path.GetFileName(file), Sha256Digest.OfFile(file).ToString());
}
