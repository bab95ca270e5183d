namespace KernelBuild.BootImages.Ramdisks;

/// <summary>A run of bytes of an archive: an entry, or what is none, such as a trailer and the zeros behind it.</summary>
/// <param name="Entry">Null for what is no entry.</param>
/// <param name="Raw">Header, name, data and padding; a multiple of four bytes, but for the end of the file.</param>
/// <param name="IsTrailer">Whether it is the trailer of an archive.</param>
internal sealed record CpioPiece(CpioEntry? Entry, ReadOnlyMemory<byte> Raw, bool IsTrailer = false);
