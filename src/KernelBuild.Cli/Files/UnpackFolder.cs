using System.CommandLine;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Files;

/// <summary>A folder that parts of an image are written into; what its user has changed in it is not written over unasked.</summary>
/// <param name="Path">The folder.</param>
/// <param name="Force">Whether it is asked for.</param>
internal sealed record UnpackFolder(string Path, bool Force)
{
    public static Option<bool> ForceOption() => new("--force")
    {
        Description = "Write over files in the folder that were changed since they were unpacked",
    };

    public static string Hash(ReadOnlyMemory<byte> bytes) => Convert.ToHexStringLower(MemoryWindow.Sha256(bytes));

    /// <summary>Writes files, all or none.</summary>
    /// <param name="files">Names in the folder, and contents.</param>
    /// <param name="before">SHA-256 of what an earlier unpacking wrote, by name; other files are somebody's own.</param>
    /// <exception cref="DiagnosticException">KB5040: one has another content. KB9012, KB1012.</exception>
    public void Write(IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> files, IReadOnlyDictionary<string, string> before)
    {
        OutputFile.MakeFolder(Path);
        var edited = files.Where(file => !Force && IsEdited(file.Name, file.Content, before.GetValueOrDefault(file.Name))).ToArray();
        if (edited.Length > 0)
        {
            throw new DiagnosticException([.. edited.Select(file => Diagnostic.Error(
                DiagnosticCodes.WouldOverwriteEdits,
                    "the file was changed since it was unpacked, or is not from there, and would be written over",
                "unpack into another folder: -o FOLDER; or write over it: --force") with
            { File = System.IO.Path.Combine(Path, file.Name) })]);
        }

        foreach (var (name, content) in files)
        {
            // what stands there was compared with an earlier unpacking
            ReadFiles.Release(System.IO.Path.Combine(Path, name));
            OutputFile.Write(System.IO.Path.Combine(Path, name), content);
        }
    }

    private bool IsEdited(string name, ReadOnlyMemory<byte> content, string? before)
    {
        var path = System.IO.Path.Combine(Path, name);
        if (!File.Exists(path))
        {
            return false;
        }

        var hash = Hash(InputFile.Read(path));
        return hash != before && hash != Hash(content);
    }
}
