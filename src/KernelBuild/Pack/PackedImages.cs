using System.Collections.Immutable;

namespace KernelBuild.Pack;

/// <param name="Names">Every product, by its name below the artifacts folder.</param>
/// <param name="Stamps">Of these files.</param>
public sealed record PackedImages(ImmutableArray<string> Names, string Stamps);
