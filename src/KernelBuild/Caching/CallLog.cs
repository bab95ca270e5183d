using System.Text.RegularExpressions;
using KernelBuild.Host.Files;

namespace KernelBuild.Caching;

/// <summary>
/// Reads ccache's log_file: lines of "[time process] text", those of calls at once mixed. Calls that ccache cannot answer (links, tests of
/// the compiler) have no key or no object, and are left out.
/// </summary>
internal sealed partial class CallLog(string workFolder, string compiler)
{
    private readonly Dictionary<string, Fields> _open = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, LoggedCall> _calls = new(StringComparer.Ordinal);

    /// <summary>Line by line: a whole kernel's log has some hundred megabytes.</summary>
    public SortedDictionary<string, LoggedCall> ReadFile(string log) => Read(File.ReadLines(log));

    /// <summary>By object; of two calls for one object the last counts.</summary>
    public SortedDictionary<string, LoggedCall> Read(IEnumerable<string> lines)
    {
        foreach (var match in lines.Select(line => Line().Match(line)).Where(match => match.Success))
        {
            var (process, text) = (match.Groups[1].Value, match.Groups[2].Value);
            if (text.StartsWith("=== CCACHE", StringComparison.Ordinal))
            {
                Close(process);
                _open[process] = new Fields();
            }
            else if (_open.TryGetValue(process, out var fields))
            {
                fields.Take(text);
            }
        }

        foreach (var process in _open.Keys.ToArray())
        {
            Close(process);
        }

        return _calls;
    }

    private void Close(string process)
    {
        if (!_open.Remove(process, out var fields) || fields.Outcome.Length == 0 || fields.Manifest.Length == 0 || fields.Object.Length == 0
            || fields.Source.StartsWith("/dev/", StringComparison.Ordinal))
        {
            return;
        }

        var source = Path.Combine(fields.Folder, fields.Source);
        _calls[fields.Object] = new LoggedCall(
            fields.Object, fields.Command.Replace(workFolder, ".", StringComparison.Ordinal), compiler,
            File.Exists(source) ? Sha256Digest.OfFile(source).ToString() : "", fields.Manifest, fields.Result)
        {
            Outcome = fields.Outcome,
            ManifestFile = fields.ManifestFile,
        };
    }

    [GeneratedRegex(@"^\[\S+ +(\d+) *\] (.*)$")]
    private static partial Regex Line();

    /// <summary>What the lines of one call say.</summary>
    private sealed class Fields
    {
        public string Command { get; private set; } = "";

        public string Folder { get; private set; } = "";

        public string Source { get; private set; } = "";

        public string Object { get; private set; } = "";

        public string Manifest { get; private set; } = "";

        public string ManifestFile { get; private set; } = "";

        public string Result { get; private set; } = "";

        public string Outcome { get; private set; } = "";

        public void Take(string text)
        {
            var (name, value) = text.Split(": ", 2) is [var before, var after] ? (before, after) : ("", "");
            switch (name)
            {
                case "Command line": Command = value; break;
                case "Working directory": Folder = value; break;
                case "Source file": Source = value; break;
                case "Object file": Object = value; break;
                case "Manifest key": Manifest = value; break;
                case "Result key": Result = value; break;
                case "Result":
                    Outcome = value switch
                    {
                        "cache_miss" => CompilerCall.Miss,
                        "direct_cache_hit" or "preprocessed_cache_hit" => "local hit",
                        "remote_storage_hit" => "remote hit",
                        _ => Outcome,
                    };
                    break;
                default:
                    TakeStored(text);
                    break;
            }
        }

        private void TakeStored(string text)
        {
            if (Manifest.Length > 0 && text.Contains(Manifest + " ", StringComparison.Ordinal) && text.EndsWith(')')
                && text.IndexOf(" local storage (", StringComparison.Ordinal) is > 0 and var at)
            {
                ManifestFile = text[(at + " local storage (".Length)..^1];
            }
        }
    }
}
