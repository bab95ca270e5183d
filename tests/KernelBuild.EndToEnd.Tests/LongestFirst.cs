using Xunit.Sdk;
using Xunit.v3;

namespace KernelBuild.EndToEnd.Tests;

/// <summary>The tests of the real kernel take as long as all others together: begun last, they would run alone.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    /// <inheritdoc/>
    public IReadOnlyCollection<T> OrderTestCollections<T>(IReadOnlyCollection<T> testCollections)
        where T : ITestCollection =>
        [.. testCollections.OrderBy(collection => collection.TestCollectionDisplayName.EndsWith(nameof(TheRealKernel), StringComparison.Ordinal) ? 0 : 1)];
}
