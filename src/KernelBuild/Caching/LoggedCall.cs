namespace KernelBuild.Caching;

/// <summary>A call as ccache's log has it; what a result depends on, and its name.</summary>
/// <param name="Options">The command line without the folder of this checkout.</param>
/// <param name="Compiler">Digest of the compiler and its libraries.</param>
/// <param name="SourceDigest">Of the source file; empty when it has gone.</param>
/// <param name="ManifestKey">Names what is known before the include files are read: options, compiler, source.</param>
/// <param name="ResultKey">Names the result; empty when the compiler failed.</param>
internal sealed record LoggedCall(
    string Object, string Options, string Compiler, string SourceDigest, string ManifestKey, string ResultKey)
{
    public string Outcome { get; init; } = "";

    /// <summary>Where the local level keeps the manifest; empty where it does not.</summary>
    public string ManifestFile { get; init; } = "";
}
