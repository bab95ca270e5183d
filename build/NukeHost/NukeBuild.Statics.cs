using Nuke.Common.IO;
using Nuke.Common.Parameters;

namespace Nuke.Common;

public abstract partial class NukeBuild
{
    private static HostContext? s_context;
    private static AbsolutePath? s_root;

    /// <summary>The directory the build is about: what <c>--root</c> names, else the nearest one upwards that has .nuke in it.</summary>
    public static AbsolutePath RootDirectory => s_root ??= RootLocator.Find(Context);

    /// <summary>.nuke/temp below the root: logs, and whatever else may be deleted between builds.</summary>
    public static AbsolutePath TemporaryDirectory => RootDirectory / ".nuke" / "temp";

    /// <summary>The directory of the build's project file; null when the build does not run from below one.</summary>
    public static AbsolutePath? BuildProjectDirectory
    {
        get
        {
            AbsolutePath? directory = AppContext.BaseDirectory;
            while (directory is not null && !Directory.EnumerateFiles(directory, "*.csproj").Any())
            {
                directory = directory.Parent;
            }

            return directory;
        }
    }

    /// <summary>How much of the log the console shows.</summary>
    public static Verbosity Verbosity
    {
        get => CurrentLog?.Verbosity ?? Verbosity.Normal;
        set
        {
            if (CurrentLog is { } log)
            {
                log.Verbosity = value;
            }
        }
    }

    /// <summary>Whether the build runs for somebody who sits before it.</summary>
    public static bool IsLocalBuild => !IsServerBuild;

    /// <summary>Whether the build runs on a continuous integration server, as far as the environment tells.</summary>
    public static bool IsServerBuild => Host != BuildHost.Terminal;

    internal static BuildHost Host { get; set; } = BuildHost.Terminal;

    internal static Logging.BuildLog? CurrentLog { get; set; }

    internal static HostContext Context
    {
        get => s_context ??= HostContext.OfProcess();
        set
        {
            s_context = value;
            s_root = null;
        }
    }
}
