using System.Diagnostics.CodeAnalysis;
using Nuke.Common.Output;
using Nuke.Common.Tooling;

namespace Nuke.Common.CI.GitHubActions;

/// <summary>
/// A job of GitHub Actions. Lines that begin with two colons are commands there; see
/// https://docs.github.com/actions/reference/workflow-commands-for-github-actions.
/// </summary>
[SuppressMessage("Naming", "CA1724:Type names should not match namespaces", Justification = "NUKE's name")]
public sealed class GitHubActions : Host
{
    private readonly BuildConsole _console;
    private readonly Lock _lock = new();
    private bool _isInGroup;
    private int _errors;

    internal GitHubActions(BuildConsole console) => _console = console;

    /// <summary>The host, when it is this one.</summary>
    public static GitHubActions? Instance => NukeBuild.Host as GitHubActions;

    internal override bool ShowsColours => true;

    /// <summary>Begins a group of lines, which the log shows folded. Groups do not nest: the one before ends.</summary>
    public void Group(string group)
    {
        lock (_lock)
        {
            EndGroup(group);
            WriteCommand("group", group);
            _isInGroup = true;
        }
    }

    /// <summary>Ends the group, if there is one.</summary>
    /// <param name="group">Taken, as NUKE takes it; the host knows one group at a time.</param>
    [SuppressMessage("Style", "IDE0060:Remove unused parameter", Justification = "NUKE's signature")]
    public void EndGroup(string group)
    {
        lock (_lock)
        {
            if (_isInGroup)
            {
                _isInGroup = false;
                WriteCommand("endgroup");
            }
        }
    }

    /// <summary>Writes a command.</summary>
    /// <param name="command">error, warning, notice, group…</param>
    /// <param name="message">May have several lines.</param>
    /// <param name="dictionaryConfigurator">Adds the command's properties: file, line, col, title.</param>
    public void WriteCommand(
        string command, string? message = null, Configure<IDictionary<string, object>>? dictionaryConfigurator = null)
    {
        if (command == "error")
        {
            Interlocked.Increment(ref _errors);
        }

        IDictionary<string, object> properties = new Dictionary<string, object>();
        properties = dictionaryConfigurator?.Invoke(properties) ?? properties;
        var list = string.Join(',', properties.Select(property => $"{property.Key}={EscapeProperty($"{property.Value}")}"));
        _console.Command($"::{command}{(list.Length == 0 ? "" : " " + list)}::{EscapeData(message ?? "")}");
    }

    internal override void Begin(BuildConsole console, string target)
    {
        _errors = 0;
        Group(target);
    }

    internal override void End() => EndGroup("");

    internal override void Fail(string title, string message)
    {
        if (_errors == 0)
        {
            WriteCommand("error", message, properties =>
            {
                properties["title"] = title;
                return properties;
            });
        }
    }

    /// <summary>
    /// The runner takes as a command: a line that begins with "::", blanks before it or not, and "##[" anywhere in a line; a carriage
    /// return ends a line as well. Source: actions/runner, src/Runner.Common/ActionCommand.cs, TryParseV2 and TryParse.
    /// </summary>
    internal override string Neutralize(string text) => string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Select(line =>
    {
        var begin = line.Length - line.TrimStart().Length;
        return (line.AsSpan(begin).StartsWith("::") ? $"{line[..begin]}: :{line[(begin + 2)..]}" : line)
            .Replace("##[", "# #[", StringComparison.Ordinal);
    }));

    private static string EscapeData(string data) => data
        .Replace("%", "%25", StringComparison.Ordinal)
        .Replace("\r", "%0D", StringComparison.Ordinal)
        .Replace("\n", "%0A", StringComparison.Ordinal);

    private static string EscapeProperty(string value) => EscapeData(value)
        .Replace(":", "%3A", StringComparison.Ordinal)
        .Replace(",", "%2C", StringComparison.Ordinal);
}
