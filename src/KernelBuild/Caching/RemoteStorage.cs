namespace KernelBuild.Caching;

/// <summary>A shared cache that has been measured and found worth its time.</summary>
/// <param name="Setting">Where it is.</param>
/// <param name="IsReadOnly">Whether it takes nothing from this build.</param>
public sealed record RemoteStorage(CompilerCacheSetting Setting, bool IsReadOnly)
{
    /// <summary>A host in the next room connects in less than a millisecond, one across a continent in about 150.</summary>
    private const int ConnectMilliseconds = 200;

    /// <summary>Of one entry, which has some ten thousand bytes.</summary>
    private const int OperationMilliseconds = 1000;

    /// <summary>Holds <see cref="SecretValue"/> for a settings file that has no password in it.</summary>
    public const string Variable = "KERNELBUILD_CCACHE_REMOTE";

    /// <summary>ccache's remote_storage: the URL with its password, and attributes.</summary>
    internal string SecretValue => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"{Setting.SecretUrl}{Timeouts}{(IsReadOnly ? "|read-only=true" : "")}");

    private string Timeouts => Setting.SecretUrl.StartsWith("file:", StringComparison.Ordinal)
        ? ""
        : string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"|connect-timeout={ConnectMilliseconds}|operation-timeout={OperationMilliseconds}");
}
