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

    /// <summary>The program and the libraries of the compiler that it is made of.</summary>
    public async Task<IReadOnlyList<ToolFile>> DescribeAsync(string program, string searchPath, CancellationToken cancellationToken)
    {
        var found = ProgramPath.Find(program, searchPath)
            ?? throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.ToolMissing, $"the program '{program}' is not on PATH", "./nuke.sh Prerequisites installs what is missing, or says how"));
        var path = File.ResolveLinkTarget(found, returnFinalTarget: true)?.FullName ?? found;
        var entry = await GetAsync(path, found, cancellationToken);
        var files = new List<ToolFile> { new(program, path, entry.Version, entry.Digest) };
        foreach (var library in entry.Libraries.Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            var libraryEntry = await GetAsync(library, null, cancellationToken);
            files.Add(new ToolFile(Path.GetFileName(library), library, "", libraryEntry.Digest));
        }

        return files;
    }

    public void Save()
    {
        if (_changed)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            AtomicFile.Write(_path, string.Concat(_entries.Select(
                pair => $"{pair.Key}\t{pair.Value.Stamp}\t{pair.Value.Digest}\t{pair.Value.Version}\t{pair.Value.Libraries}\n")));
        }
    }

    /// <param name="calledAs">How to call a program to ask for its version: lld and the llvm tools act by the name of the link; null for a library.</param>
    private async Task<Entry> GetAsync(string path, string? calledAs, CancellationToken cancellationToken)
    {
        var stamp = FileStamp.Of(path, followLinks: true)?.ToString() ?? "";
        if (_entries.TryGetValue(path, out var known) && known.Stamp == stamp)
        {
            return known;
        }

        var digest = await Sha256Digest.OfFileAsync(path, cancellationToken);
        var entry = calledAs is not null
            ? new Entry(stamp, digest.ToString(), await VersionAsync(calledAs, cancellationToken), await LibrariesAsync(path, cancellationToken))
            : new Entry(stamp, digest.ToString(), "", "");
        _entries[path] = entry;
        _changed = true;
        return entry;
    }

    private static async Task<string> VersionAsync(string program, CancellationToken cancellationToken)
    {
        var command = new Command(program).WithArguments("--version");
        var lines = (await (command with { AnswerCodes = [1] }).RunAsync(cancellationToken)).Output;
        return lines.FirstOrDefault(line => line.Trim().Length > 0 && line.Any(char.IsDigit))?.Trim().Replace('\t', ' ') ?? "";
    }

    /// <summary>Where clang and lld keep their code: the distribution's shared libraries of LLVM.</summary>
    private static async Task<string> LibrariesAsync(string path, CancellationToken cancellationToken)
    {
        var lines = (await (new Command("ldd").WithArguments(path) with { AnswerCodes = [1] }).RunAsync(cancellationToken)).Output;
        var libraries = lines
            .Select(line => line.Split("=> ", 2))
            .Where(parts => parts.Length == 2 && (parts[0].Trim().StartsWith("libLLVM", StringComparison.Ordinal) || parts[0].Trim().StartsWith("libclang", StringComparison.Ordinal)
                || parts[0].Trim().StartsWith("liblld", StringComparison.Ordinal)))
            .Select(parts => parts[1].Split(" (", 2)[0].Trim())
            .Where(File.Exists)
            .Select(file => File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? file);
        return string.Join(':', libraries.Order(StringComparer.Ordinal));
    }

    private sealed record Entry(string Stamp, string Digest, string Version, string Libraries);
}
