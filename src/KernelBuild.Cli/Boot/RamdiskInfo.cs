namespace KernelBuild.Cli.Boot;

/// <summary>The ramdisk after decompression.</summary>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">Of these bytes; null when digests were not asked for.</param>
/// <param name="Archives">How many cpio archives it is made of.</param>
/// <param name="EntryCount">Entries in all of them.</param>
/// <param name="Files">Regular files among them.</param>
/// <param name="Directories">Directories among them.</param>
/// <param name="SymbolicLinks">Symbolic links among them.</param>
/// <param name="Others">Device nodes, pipes and sockets among them.</param>
/// <param name="Entries">With --list, else null.</param>
internal sealed record RamdiskInfo(
    long Size, string? Sha256, int Archives, int EntryCount, int Files, int Directories, int SymbolicLinks, int Others, IReadOnlyList<RamdiskEntryInfo>? Entries);

/// <summary>An entry of the ramdisk.</summary>
/// <param name="Mode">Octal, type included: "100755".</param>
/// <param name="Size">Bytes of the file or of the link's target.</param>
/// <param name="Target">Of a symbolic link, else null.</param>
internal sealed record RamdiskEntryInfo(string Path, string Mode, uint UserId, uint GroupId, long Size, string? Target);
