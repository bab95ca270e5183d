using System.Globalization;
using KernelBuild.Device;
using KernelBuild.Host.Files;
using KernelBuild.Host.Processes;

namespace KernelBuild.Toolchains;

/// <summary>kbuild's make, always with the same variables, so that configuration and compilation see one toolchain.</summary>
internal static class Make
{
    public static Command Command(DeviceBuild device, Toolchain toolchain, params IEnumerable<string> targets)
    {
        var folders = device.Folders;
        var clang = "clang-" + device.Clang.ToString(CultureInfo.InvariantCulture);
        var cached = UsesCompilerCache(device, toolchain);

        // the paths of this checkout must not reach debug information, __FILE__ or assembler listings
        var map = $"-ffile-prefix-map={folders.Tree}=. -ffile-prefix-map={folders.Output}=.";
        var command = toolchain.Command("make")
            .WithArguments(
                "-C", folders.Tree,
                "O=" + folders.Output,
                "ARCH=" + device.Architecture,
                "LLVM=-" + device.Clang.ToString(CultureInfo.InvariantCulture),
                "KCFLAGS=" + map,
                "KAFLAGS=" + map,
                "KBUILD_BUILD_TIMESTAMP=" + device.Identity.Timestamp,
                "KBUILD_BUILD_USER=" + device.Identity.User,
                "KBUILD_BUILD_HOST=" + device.Identity.Host,
                "KBUILD_BUILD_VERSION=" + device.Identity.Version)
            .WithArguments(targets);
        return cached
            ? command
                // host programs include the system's headers, which kbuild's -MMD leaves out of their dependencies
                .WithArguments("CC=ccache " + clang, $"HOSTCC=env CCACHE_NODEPEND=1 ccache {clang}")
                // dependencies from the compiler itself: without this a miss preprocesses twice and takes 1.6 times as long
                .WithEnvironment("CCACHE_DEPEND", "1")
                // by default ccache looks at time and size of the clang program, whose code is in its libraries
                .WithEnvironment("CCACHE_COMPILERCHECK", "string:" + toolchain.CompilerDigest)
                // everything below the device's folder is named relative to the output folder: other checkouts hit too
                .WithEnvironment("CCACHE_BASEDIR", folders.Work)
                .WithEnvironment("CCACHE_NOHASHDIR", "1")
                .WithEnvironment("CCACHE_DIR", command.Environment.GetValueOrDefault("CCACHE_DIR") ?? CacheFolder.FromEnvironment().CompilerCache)
            : command;
    }

    public static bool UsesCompilerCache(DeviceBuild device, Toolchain toolchain) =>
        device.CompilerCache && ProgramPath.Find("ccache", toolchain.SearchPath) is not null;
}
