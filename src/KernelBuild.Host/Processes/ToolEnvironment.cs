using System.Collections;
using System.Collections.Immutable;

namespace KernelBuild.Host.Processes;

/// <summary>
/// The environment that children get: what a build may depend on without its result depending on it. Everything else
/// (CFLAGS, CROSS_COMPILE, KBUILD_*, GIT_*, MAKEFLAGS…) would silently change the kernel, and is left out.
/// </summary>
public static class ToolEnvironment
{
    private static readonly string[] _passed =
    [
        "PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "SSH_AUTH_SOCK",
        "http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "DEBIAN_FRONTEND", "APT_CONFIG",
    ];

    /// <summary>Where compilers are cached and distributed to: changes how fast, never what.</summary>
    private static readonly string[] _passedPrefixes = ["CCACHE_", "DISTCC_", "ICECC_", "XDG_", "KERNELBUILD_"];

    /// <summary>
    /// A variable with the path of libfaketime: all programs see a clock that is a year and more ahead, while the times of files stay true,
    /// by which make decides. For the second build of a check of reproducibility.
    /// </summary>
    public const string OtherClock = "KERNELBUILD_OTHER_CLOCK";

    public static ImmutableSortedDictionary<string, string> Base { get; } = Read();

    private static ImmutableSortedDictionary<string, string> Read()
    {
        var environment = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            var name = (string)entry.Key;
            if (_passed.Contains(name) || _passedPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
            {
                environment[name] = (string?)entry.Value ?? "";
            }
        }

        // kbuild and git sort, print and format dates by these
        environment["LC_ALL"] = "C";
        environment["TZ"] = "UTC";
        if (environment.Remove(OtherClock) && Environment.GetEnvironmentVariable(OtherClock) is { Length: > 0 } library)
        {
            environment["LD_PRELOAD"] = library;
            environment["FAKETIME"] = "+401d";
            environment["FAKETIME_DONT_FAKE_MONOTONIC"] = "1";
            environment["NO_FAKE_STAT"] = "1";
        }

        return environment.ToImmutable();
    }
}
