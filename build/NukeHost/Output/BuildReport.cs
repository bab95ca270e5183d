using System.Globalization;
using System.Reflection;
using Nuke.Common.Execution;

namespace Nuke.Common.Output;

/// <summary>What a build begins and ends with.</summary>
internal static class BuildReport
{
    /// <summary>Says which host runs the build: this one, not NUKE's own.</summary>
    public static void WriteBanner(BuildConsole console)
    {
        var system = OperatingSystem.IsLinux() ? "Linux" : OperatingSystem.IsMacOS() ? "macOS" : OperatingSystem.IsWindows() ? "Windows" : "Unix";
        var version = typeof(NukeBuild).Assembly.GetCustomAttribute<AssemblyFileVersionAttribute>()?.Version is { } text
            ? new Version(text).ToString(fieldCount: 3)
            : "";
        console.Line($"NukeHost {version} ({system}, .NET {Environment.Version})", Tone.Faint);
        console.Line();
    }

    /// <summary>The table, and the line that counts.</summary>
    public static void WriteOutcome(BuildConsole console, IReadOnlyCollection<ExecutableTarget> plan, bool hasSucceeded, DateTimeOffset now)
    {
        console.Line();
        foreach (var (text, tone) in SummaryTable.Render(plan))
        {
            console.Line(text, tone);
        }

        console.Line();
        console.Line(
            string.Create(CultureInfo.InvariantCulture, $"Build {(hasSucceeded ? "succeeded" : "failed")} on {now:yyyy-MM-dd HH:mm:ss}."),
            hasSucceeded ? Tone.Good : Tone.Bad);
    }
}
