using System.Diagnostics.CodeAnalysis;
using System.IO.Enumeration;
using KernelBuild.Diagnostics;
using KernelBuild.Iommu.Scanning;

namespace KernelBuild.Cli.Source;

/// <summary>Reads a kernel's source from the disk, on all processors.</summary>
internal static class SourceTree
{
    private static readonly string[] Passed = [".git", "Documentation", "tools", "samples"];

    /// <param name="files">How many were read.</param>
    /// <param name="error">KB9012 when the folder cannot be read, KB7010 when it is not a kernel's source.</param>
    public static bool TryScan(
        string folder, [NotNullWhen(true)] out SourceScan? scan, out int files, [NotNullWhen(false)] out Diagnostic? error)
    {
        scan = null;
        files = 0;
        try
        {
            var root = Path.GetFullPath(folder);
            var names = Names(root).ToArray();
            files = names.Length;
            scan = SourceScan.Combine(
                names
                    .AsParallel()
                    .Select(name => SourceFileScan.Of(name, File.ReadAllBytes(Path.Combine(root, name))))
                    .OfType<SourceFileScan>());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException
            || exception is AggregateException { InnerException: IOException or UnauthorizedAccessException })
        {
            error = Diagnostic.Error(
                DiagnosticCodes.FileUnreadable, $"'{folder}' cannot be read: {(exception.InnerException ?? exception).Message}",
                "name a folder with a kernel's source");
            return false;
        }

        error = scan.Drivers.IsEmpty && scan.Nodes.IsEmpty
            ? Diagnostic.Error(
                DiagnosticCodes.SourceTreeEmpty,
                $"'{folder}' has no IOMMU driver and no DTS file with an IOMMU: it is not a kernel's source",
                "name the folder that has drivers/ and arch/, or one with the vendor's DTS files")
            : null;
        return error is null;
    }

    private static FileSystemEnumerable<string> Names(string root) => new(
        root,
        (ref FileSystemEntry entry) => entry.ToSpecifiedFullPath()[(root.Length + 1)..].Replace(Path.DirectorySeparatorChar, '/'),
        new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
    {
        ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory && SourceFileScan.IsOne(entry.FileName.ToString()),
        ShouldRecursePredicate = (ref FileSystemEntry entry) =>
            !(entry.Directory.Length == root.Length && Passed.Contains(entry.FileName.ToString(), StringComparer.Ordinal)),
    };
}
