using KernelBuild.Caching;
using KernelBuild.Device;
using KernelBuild.Host.Files;
using KernelBuild.Host.Processes;

namespace KernelBuild.Toolchains;

/// <summary>kbuild's make, always with the same variables, so that configuration and compilation see one toolchain.</summary>
internal static class Make
{
    public static Command Command(DeviceBuild device, Toolchain toolchain, params IEnumerable<string> targets) =>
        In(device.KernelRoot, device, toolchain, targets);

    /// <param name="folder">With the Makefile that make reads first.</param>
    public static Command In(string folder, DeviceBuild device, Toolchain toolchain, params IEnumerable<string> targets)
    {
        var folders = device.Folders;

        // the paths of this checkout must not reach debug information, __FILE__ or assembler listings
        var map = $"-ffile-prefix-map={folders.Tree}=. -ffile-prefix-map={folders.Output}=.";
        var command = (toolchain.Command("make") with { IsProgress = KbuildStep.IsProgress })
            .WithArguments("-C", folder, "O=" + folders.Output, "ARCH=" + device.Architecture)
            .WithArguments(toolchain.Plan.MakeVariables)
            .WithArguments(
                $"KCFLAGS={map} {device.KCFlags}".TrimEnd(),
                "KAFLAGS=" + map,
                "KBUILD_BUILD_TIMESTAMP=" + device.Identity.Timestamp,
                "KBUILD_BUILD_USER=" + device.Identity.User,
                "KBUILD_BUILD_HOST=" + device.Identity.Host,
                "KBUILD_BUILD_VERSION=" + device.Identity.Version);
        // scripts of the tree run in the tree, and their bytecode would pass for an edit of it; Samsung's link-vmlinux.sh sets the first to 0
        command = command
            .WithEnvironment("PYTHONDONTWRITEBYTECODE", "1")
            .WithEnvironment("PYTHONPYCACHEPREFIX", Path.Combine(folders.Work, "pycache"));
        if (device.Farm is { } farm)
        {
            command = farm.Environment.Aggregate(command, (rest, variable) => rest.WithEnvironment(variable.Key, variable.Value))
                .WithArguments($"CC={farm.Program} {toolchain.Plan.Compiler}");
        }

        if (UsesCompilerCache(device))
        {
            command = WithCompilerCache(command, device, toolchain);
        }

        foreach (var (name, value) in device.MakeEnvironment)
        {
            command = command.WithEnvironment(name, value);
        }

        // last: make takes the last of two
        return command.WithArguments(device.MakeVariables).WithArguments(targets);
    }

    /// <summary>A make run as the key of a stage takes it: command line, and what a build.config adds to the environment.</summary>
    public static string KeyOf(DeviceBuild device, Toolchain toolchain, params IEnumerable<string> targets) => string.Join(
        '\n',
        device.MakeEnvironment.Select(variable => $"{variable.Key}={variable.Value}")
            .Prepend(Command(device with { CompilerCache = CompilerCacheSetting.Off, Farm = null }, toolchain, targets).ToString()));

    public static bool UsesCompilerCache(DeviceBuild device) => device.CompilerCache.IsUsed && ProgramPath.Find("ccache") is not null;

    /// <summary>The build farm's client, the compiler cache, and the programs that its settings make it call.</summary>
    public static IEnumerable<string> CompilerLaunchers(DeviceBuild device)
    {
        IEnumerable<string> farm = device.BuildFarm.IsUsed ? [device.BuildFarm.Client] : [];
        return !UsesCompilerCache(device)
            ? farm
            : [.. farm, "ccache", .. (Environment.GetEnvironmentVariable("CCACHE_PREFIX") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)];
    }

    private static Command WithCompilerCache(Command command, DeviceBuild device, Toolchain toolchain)
    {
        // a farm has the kernel's compiler, which need not be that of host programs
        var here = device.Farm is null ? "" : "CCACHE_PREFIX= ";
        if (device.Farm is not null)
        {
            command = command.WithEnvironment("CCACHE_PREFIX", device.Farm.Program);
        }

        return WithRemoteStorage(command, device)
            // host programs include the system's headers, which kbuild's -MMD leaves out of their dependencies
            .WithArguments("CC=ccache " + toolchain.Plan.Compiler, $"HOSTCC=env {here}CCACHE_NODEPEND=1 "
                + "ccache " + toolchain.Plan.ProgramOf("HOSTCC"))
            // dependencies from the compiler itself: without this a miss preprocesses twice and takes 1.6 times as long
            .WithEnvironment("CCACHE_DEPEND", "1")
            // by default ccache looks at time and size of the clang program, whose code is in its libraries
            .WithEnvironment("CCACHE_COMPILERCHECK", "string:" + toolchain.CompilerDigest)
            // everything below the device's folder is named relative to the output folder: other checkouts hit too
            .WithEnvironment("CCACHE_BASEDIR", device.Folders.Work)
            .WithEnvironment("CCACHE_NOHASHDIR", "1")
            .WithEnvironment("CCACHE_LOGFILE", ToolEnvironment.Base.GetValueOrDefault("CCACHE_LOGFILE") ?? device.Folders.CompilerCallsLog)
            .WithEnvironment("CCACHE_STATSLOG", device.Folders.CompilerCacheLog)
            .WithEnvironment(
                "CCACHE_DIR", CompilerCacheFolder(device));
    }

    /// <summary>The local level: the device's own folder, else what the user tells ccache, else the user's cache.</summary>
    public static string CompilerCacheFolder(DeviceBuild device) => device.CompilerCache.Folder
        ?? ToolEnvironment.Base.GetValueOrDefault("CCACHE_DIR") ?? CacheFolder.FromEnvironment().CompilerCache;

    private static Command WithRemoteStorage(Command command, DeviceBuild device)
    {
        command = command.WithEnvironment(CompilerCacheSetting.Variable, null);
        if (!device.CompilerCache.IsRemote)
        {
            return command;
        }

        // a remote that was found unusable is not used in spite of it
        command = command.WithEnvironment("CCACHE_REMOTE_STORAGE", null).WithEnvironment("CCACHE_SECONDARY_STORAGE", null);
        return device.RemoteStorage is not { } remote
            ? command
            // by way of a file, which can be changed while make runs, when the remote dies
            : command.WithEnvironment("CCACHE_CONFIGPATH", device.Folders.CompilerCacheConfig)
                .WithEnvironment(RemoteStorage.Variable, remote.SecretValue);
    }
}
