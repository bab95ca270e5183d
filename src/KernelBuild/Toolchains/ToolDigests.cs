using KernelBuild.Diagnostics;
using KernelBuild.Host.Files;
using KernelBuild.Host.Processes;

namespace KernelBuild.Toolchains;

/// <summary>
/// Versions and digests of programs, remembered with the stamp of each file so that a hundred megabytes of compiler are
/// read once and not at every build. Lines of path, stamp, digest, version and libraries, separated by tabs.
/// </summary>
internal sealed class ToolDigests
{
    private readonly string _path;
    private readonly SortedDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private bool _changed;

    private ToolDigests(string path) => _path = path;

    public static ToolDigests Load(string path)
    {
        var digests = new ToolDigests(path);
        if (File.Exists(path))
        {
            foreach (var line in File.ReadLines(path))
            {
                if (line.Split('\t') is [var file, var stamp, var digest, var version, var libraries])
                {
                    digests._entries[file] = new Entry(stamp, digest, version, libraries);
                }
            }
        }

        return digests;
    }

    /// <summary>The program and, of a compiler, the libraries that it is made of.</summary>
    /// <param name="found">Where it is called: lld and the llvm tools act by the name of the link.</param>
    public async Task<IReadOnlyList<ToolFile>> DescribeAsync(PlannedTool tool, string found, CancellationToken cancellationToken)
    {
        var path = File.ResolveLinkTarget(found, returnFinalTarget: true)?.FullName ?? found;
        var entry = await GetAsync(path, found, tool.Kind, cancellationToken);
        var files = new List<ToolFile> { new(tool.Name, path, entry.Version, entry.Digest) };
        foreach (var library in entry.Libraries.Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            var libraryEntry = await GetAsync(library, null, ToolKind.Utility, cancellationToken);
            files.Add(new ToolFile(Path.GetFileName(library), library, "", libraryEntry.Digest, IsLibrary: true));
        }

        return files;
    }

    public static DiagnosticException Missing(PlannedTool tool) => new(Diagnostic.Error(
        DiagnosticCodes.ToolMissing,
        $"the program '{tool.Candidates[0]}' was not found",
        $"install it (Debian: {tool.Package}), or let ./nuke.sh Prerequisites do so"));

    public void Save()
    {
        if (_changed)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            AtomicFile.Write(_path, string.Concat(_entries.Select(
                pair => $"{pair.Key}\t{pair.Value.Stamp}\t{pair.Value.Digest}\t{pair.Value.Version}\t{pair.Value.Libraries}\n")));
        }
    }

    /// <param name="calledAs">How to call a program to ask for its version; null for a library.</param>
    private async Task<Entry> GetAsync(string path, string? calledAs, ToolKind kind, CancellationToken cancellationToken)
    {
        // one file may be several programs, as busybox is, and the llvm tools are
        var name = calledAs is null || kind == ToolKind.Utility ? path : $"{path}#{Path.GetFileName(calledAs)}";
        var stamp = FileStamp.Of(path, followLinks: true)?.ToString() ?? "";
        if (_entries.TryGetValue(name, out var known) && known.Stamp == stamp)
        {
            return known;
        }

        var digest = (await Sha256Digest.OfFileAsync(path, cancellationToken)).ToString();
        var version = calledAs is not null && kind != ToolKind.Utility ? await VersionAsync(calledAs, cancellationToken) : "";
        var entry = new Entry(stamp, digest, version, kind == ToolKind.Compiler ? await LibrariesAsync(path, calledAs!, cancellationToken) : "");
        _entries[name] = entry;
        _changed = true;
        return entry;
    }

    private static async Task<string> VersionAsync(string program, CancellationToken cancellationToken)
    {
        var command = new Command(program).WithArguments("--version");
        var lines = (await (command with { AnswerCodes = [1] }).RunAsync(cancellationToken)).Output;
        return lines.FirstOrDefault(line => line.Trim().Length > 0 && line.Any(char.IsDigit))?.Trim().Replace('\t', ' ') ?? "";
    }

    /// <summary>Where compilers keep their code: clang and lld in the distribution's libraries of LLVM, gcc in a program beside it.</summary>
    private static async Task<string> LibrariesAsync(string path, string calledAs, CancellationToken cancellationToken)
    {
        if (calledAs.EndsWith("-gcc", StringComparison.Ordinal))
        {
            var compiler = await new Command(path).WithArguments("-print-prog-name=cc1").ReadAsync(cancellationToken);
            return File.Exists(compiler) ? compiler : "";
        }

        var lines = (await (new Command("ldd").WithArguments(path) with { AnswerCodes = [1] }).RunAsync(cancellationToken)).Output;
        var libraries = lines
            .Select(line => line.Split("=> ", 2))
            .Where(parts =>
                parts.Length == 2
                    && (parts[0].Trim().StartsWith("libLLVM", StringComparison.Ordinal)
                        || parts[0].Trim().StartsWith("libclang", StringComparison.Ordinal)
                || parts[0].Trim().StartsWith("liblld", StringComparison.Ordinal)))
            .Select(parts => parts[1].Split(" (", 2)[0].Trim())
            .Where(File.Exists)
            .Select(file => File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? file);
        return string.Join(':', libraries.Order(StringComparer.Ordinal));
    }

    private sealed record Entry(string Stamp, string Digest, string Version, string Libraries);
}
