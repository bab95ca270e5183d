using System.Collections.Immutable;

namespace KernelBuild.Cli.Aosp;

/// <summary>How a generic boot image is certified.</summary>
/// <param name="Algorithm">Its name.</param>
/// <param name="Key">The key's file.</param>
/// <param name="Arguments">More options of avbtool for the structures of the certificate.</param>
/// <param name="Footer">More options of avbtool for the footer.</param>
internal sealed record CertifyOptions(string Algorithm, string Key, ImmutableArray<string> Arguments, ImmutableArray<string> Footer);
