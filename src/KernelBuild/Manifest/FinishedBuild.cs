using System.Collections.Immutable;
using System.Text.Json;
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
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = document.RootElement;
            return new FinishedBuild(
                folders,
                [.. root.GetProperty("outputs").EnumerateArray().Select(output => ReadFile(output, folders))],
                root.TryGetProperty("kernel", out var kernel)
                    ? new KernelIdentity(kernel.GetProperty("banner").GetString()!, kernel.GetProperty("buildId").GetString()!)
                    : new KernelIdentity("", ""));
        }
        catch (Exception e) when (e is IOException or JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new DiagnosticException(
                Diagnostic.Error(
                    DiagnosticCodes.NothingBuilt, $"there is no finished build of '{folders.Variant}'",
                    $"./nuke.sh BuildKernel --device {folders.Variant}") with
                { File = path },
                e);
        }
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

    private static BuiltFile ReadFile(JsonElement output, DeviceFolders folders)
    {
        var name = output.GetProperty("path").GetString()!;
        return new BuiltFile(
            name, Path.Combine(folders.Artifacts, name), output.GetProperty("size").GetInt64(),
            Sha256Digest.Parse(output.GetProperty("sha256").GetString()!));
    }
}
