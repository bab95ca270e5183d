namespace KernelBuild.Cli.Boot;

/// <summary>One file of the command line.</summary>
internal sealed record BootFileInfo(string File)
{
    /// <summary>Bytes; null when the file could not be read.</summary>
    public long? Size { get; init; }

    public string? Sha256 { get; init; }

    /// <summary>Null when the file is no boot image that can be read; a finding says why.</summary>
    public BootImageInfo? Image { get; init; }

    public required IReadOnlyList<FindingInfo> Findings { get; init; }
}
