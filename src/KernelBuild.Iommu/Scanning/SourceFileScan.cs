namespace KernelBuild.Iommu.Scanning;

/// <summary>What one file of a kernel's source says; to be put together by <see cref="SourceScan.Combine"/>.</summary>
public sealed record SourceFileScan
{
    internal DriverScan? Driver { get; init; }

    internal BoardScan? Board { get; init; }

    /// <summary>Whether a file of this name can say anything.</summary>
    public static bool IsOne(string file) => file.EndsWith(".c", StringComparison.Ordinal) || IsBoard(file);

    /// <summary>Null when the file says nothing of IOMMUs.</summary>
    /// <param name="file">Relative to the tree, with slashes.</param>
    public static SourceFileScan? Of(string file, ReadOnlySpan<byte> bytes) =>
        IsBoard(file) ? new SourceFileScan { Board = BoardScan.Of(file, bytes) }
        : DriverScan.Of(file, bytes) is { } driver ? new SourceFileScan { Driver = driver }
        : null;

    private static bool IsBoard(string file) =>
        file.EndsWith(".dts", StringComparison.Ordinal) || file.EndsWith(".dtsi", StringComparison.Ordinal)
            || file.EndsWith(".dtso", StringComparison.Ordinal);
}
