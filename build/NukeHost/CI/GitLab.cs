using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Nuke.Common.Output;

namespace Nuke.Common.CI.GitLab;

/// <summary>
/// A job of GitLab CI, whose log has sections; see https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections.
/// </summary>
[SuppressMessage("Naming", "CA1724:Type names should not match namespaces", Justification = "NUKE's name")]
public sealed class GitLab : Host
{
    private readonly BuildConsole _console;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, string> _open = [];
    private string _target = "";
    private int _sections;

    internal GitLab(BuildConsole console) => _console = console;

    /// <summary>The host, when it is this one.</summary>
    public static GitLab? Instance => NukeBuild.Host as GitLab;

    internal override bool ShowsColours => true;

    /// <summary>Begins a section; sections nest.</summary>
    /// <param name="text">The headline.</param>
    /// <param name="collapsed">Whether the log shows it folded.</param>
    public void BeginSection(string text, bool collapsed = true)
    {
        lock (_lock)
        {
            // a job has each name once: a second section of one name would change the first
            var name = string.Create(CultureInfo.InvariantCulture, $"{Name(text)}_{++_sections}");
            _open[text] = name;
            Write("start", name + (collapsed ? "[collapsed=true]" : ""), Neutralize(text).ReplaceLineEndings(" "));
        }
    }

    /// <summary>Ends the section of that headline, if there is one.</summary>
    public void EndSection(string text)
    {
        lock (_lock)
        {
            if (_open.Remove(text, out var name))
            {
                Write("end", name, "");
            }
        }
    }

    internal override void Begin(BuildConsole console, string target) => BeginSection(_target = target, collapsed: false);

    internal override void End() => EndSection(_target);

    /// <summary>A section is marked by escape sequences. Source: GitLab, lib/gitlab/regex.rb, build_trace_section_regex.</summary>
    internal override string Neutralize(string text) =>
        text.ReplaceLineEndings("\n").Replace('\e', '\u241b');

    private void Write(string kind, string name, string headline) => _console.Command(string.Create(
        CultureInfo.InvariantCulture,
        $"\e[0Ksection_{kind}:{DateTimeOffset.UtcNow.ToUnixTimeSeconds()}:{name}\r\e[0K{headline}"));

    /// <summary>Letters, digits, underscore, dot and dash.</summary>
    private static string Name(string text) =>
        string.Concat(text.Select(letter =>
            char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' ? char.ToLowerInvariant(letter) : '_'));
}
