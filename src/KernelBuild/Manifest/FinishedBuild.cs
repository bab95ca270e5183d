using System.Collections.Immutable;
using KernelBuild.Device;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Manifest;

/// <summary>A build as its manifest tells it: what it made, and what its kernel calls itself.</summary>
public sealed record FinishedBuild(DeviceFolders Folders, ImmutableArray<BuiltFile> Files, KernelIdentity Kernel)
{
    /// <exception cref="DiagnosticException">KB9009 when there is no finished build.</exception>
    public static FinishedBuild Load(DeviceFolders folders)
    {
        var path = Path.Combine(folders.Artifacts, BuildManifest.FileName);
        try
        {
            if (BuildManifest.Find(folders.Artifacts) is not { } manifest)
            {
                throw Missing(folders, path, "there is no finished build", null);
            }

            return manifest.Verdict is { Result: ManifestVerdict.Built }
                ? new FinishedBuild(
                    folders,
                    [
                        .. manifest.Outputs.Select(output => new BuiltFile(
                            output.Path, Path.Combine(folders.Artifacts, output.Path), output.Size, Sha256Digest.Parse(output.Sha256))),
                    ],
                    manifest.Kernel is { } kernel ? new KernelIdentity(kernel.Banner, kernel.BuildId) : new KernelIdentity("", ""))
                : throw Missing(folders, path, $"the last build failed at the stage {manifest.Verdict.Stage}", null);
        }
        catch (Exception e) when (e is IOException or FormatException
            || e is DiagnosticException { Diagnostics: [{ Code: DiagnosticCodes.ManifestUnreadable }] })
        {
            throw Missing(folders, path, "there is no finished build", e);
        }
    }

    private static DiagnosticException Missing(DeviceFolders folders, string path, string what, Exception? cause)
    {
        var error = Diagnostic.Error(
            DiagnosticCodes.NothingBuilt, $"{what} of '{folders.Variant}'", $"./nuke.sh BuildKernel --device {folders.Variant}") with
        { File = path };
        return cause is null ? new DiagnosticException(error) : new DiagnosticException(error, cause);
    }

    /// <summary>A product that is still what the build made; null when the build made none of that name.</summary>
    /// <exception cref="DiagnosticException">KB9009 when the file was changed or is gone.</exception>
    public BuiltFile? Find(string name)
    {
        if (Files.FirstOrDefault(file => file.Name == name) is not { } file)
        {
            return null;
        }

        return File.Exists(file.Path) && Sha256Digest.OfFile(file.Path) == file.Sha256
            ? file
            : throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.NothingBuilt, $"{name} is not what the build made: its SHA-256 is another one than in manifest.json",
                $"./nuke.sh BuildKernel --device {Folders.Variant}") with
            { File = file.Path });
    }
}
