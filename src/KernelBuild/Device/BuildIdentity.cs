namespace KernelBuild.Device;

/// <summary>What kbuild writes into the banner. Fixed by default, so that equal inputs give equal images.</summary>
/// <param name="Timestamp">KBUILD_BUILD_TIMESTAMP.</param>
/// <param name="User">KBUILD_BUILD_USER.</param>
/// <param name="Host">KBUILD_BUILD_HOST.</param>
/// <param name="Version">KBUILD_BUILD_VERSION, the number after '#'.</param>
public sealed record BuildIdentity(string Timestamp, string User, string Host, string Version);
