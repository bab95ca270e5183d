using System.Buffers.Text;
using System.Collections.Immutable;
using KernelBuild.BootImages.Layout;
using KernelBuild.Compression.Memory;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Ramdisks;

/// <summary>Walks archives as the kernel does (init/initramfs.c), and stops at the first thing the kernel would stumble over.</summary>
/// <param name="bytes">The archives.</param>
/// <param name="limits">What they may have at most.</param>
/// <param name="stopsBehind">Whether something else may follow the last archive, such as a compressed one.</param>
internal sealed class CpioReader(ReadOnlyMemory<byte> bytes, CpioLimits limits, bool stopsBehind = false)
{
    private readonly ImmutableArray<CpioEntry>.Builder _entries = ImmutableArray.CreateBuilder<CpioEntry>();

    public Diagnostic? Error { get; private set; }

    /// <summary>Bytes up to the end of the last archive's trailer, its padding included.</summary>
    public int Length { get; private set; }

    public CpioArchive? Read()
    {
        long offset = 0;
        var archives = 0;
        var inArchive = false;
        while (Error is null)
        {
            if (!inArchive)
            {
                var zeros = bytes.Span[(int)offset..].IndexOfAnyExcept((byte)0);
                if (zeros < 0 && archives > 0)
                {
                    return new CpioArchive(_entries.ToImmutable(), archives);
                }

                offset += Math.Max(zeros, 0);
                if (stopsBehind && archives > 0 && (bytes.Span[(int)offset] != (byte)'0' || offset % CpioFormat.Alignment != 0))
                {
                    return new CpioArchive(_entries.ToImmutable(), archives);
                }
            }

            if (ReadEntry(ref offset) is not { } entry)
            {
                break;
            }

            inArchive = !entry.Name.Span.SequenceEqual("TRAILER!!!"u8);
            if (!inArchive)
            {
                archives++;
                Length = (int)offset;
            }
            else if (_entries.Count == limits.Entries)
            {
                Fail(entry.Offset, $"more than {limits.Entries} entries, the limit");
            }
            else
            {
                _entries.Add(entry);
            }
        }

        return null;
    }

    private CpioEntry? ReadEntry(ref long offset)
    {
        var left = bytes.Span[(int)Math.Min(offset, bytes.Length)..];
        if (left.Length < CpioFormat.HeaderLength)
        {
            return Fail(offset, left.IsEmpty && _entries.Count > 0
                ? "cut short: no TRAILER!!! entry ends the archive"
                : $"cut short: an entry's header needs {CpioFormat.HeaderLength} bytes, and {left.Length} are left");
        }

        var isCrc = left.StartsWith(CpioFormat.CrcMagic);
        if ((!isCrc && !left.StartsWith(CpioFormat.Magic)) || offset % CpioFormat.Alignment != 0)
        {
            return Fail(offset, offset % CpioFormat.Alignment != 0
                ? "data that is no archive, or an archive that does not start at a multiple of four bytes"
                : $"expected the magic 070701 of an entry, found {Convert.ToHexStringLower(left[..CpioFormat.Magic.Length])}");
        }

        var numbers = new uint[(CpioFormat.HeaderLength - CpioFormat.Inode) / CpioFormat.NumberLength];
        for (var i = 0; i < numbers.Length; i++)
        {
            var at = CpioFormat.Inode + (i * CpioFormat.NumberLength);
            if (!Utf8Parser.TryParse(left.Slice(at, CpioFormat.NumberLength), out numbers[i], out var consumed, 'x')
                || consumed != CpioFormat.NumberLength)
            {
                return Fail(offset + at, "a number of the header is not eight hexadecimal digits");
            }
        }

        return Slice(ref offset, numbers, isCrc);
    }

    private CpioEntry? Slice(ref long offset, uint[] numbers, bool isCrc)
    {
        uint Number(int field) => numbers[(field - CpioFormat.Inode) / CpioFormat.NumberLength];
        long nameSize = Number(CpioFormat.NameSize);
        long dataSize = Number(CpioFormat.FileSize);
        var nameStart = offset + CpioFormat.HeaderLength;
        var dataStart = Align.Up(nameStart + nameSize, CpioFormat.Alignment);
        if (nameSize < 1 || nameSize > limits.NameLength)
        {
            return Fail(offset + CpioFormat.NameSize, $"a name of {nameSize} bytes, expected 1 to {limits.NameLength}");
        }

        if (nameStart + nameSize > bytes.Length || dataStart + dataSize > bytes.Length)
        {
            // Behind the last entry, the alignment may lie beyond the end.
            if (nameStart + nameSize > bytes.Length || dataSize > 0)
            {
                return Fail(
                    offset, $"cut short: an entry needs {dataStart + dataSize - offset} bytes, and {bytes.Length - offset} are left");
            }

            dataStart = bytes.Length;
        }

        var name = bytes.Slice((int)nameStart, (int)nameSize - 1);
        if (bytes.Span[(int)(nameStart + nameSize - 1)] != 0 || name.Span.Contains((byte)0))
        {
            return Fail(nameStart, "a name that does not end with its only NUL");
        }

        var data = bytes.Slice((int)dataStart, (int)dataSize);

        // of files only (init/initramfs.c, do_copy): cpio leaves it 0 for links
        var isFile = (FileType)(Number(CpioFormat.Mode) & 0xf000) == FileType.RegularFile;
        if (isCrc && isFile && Sum(data.Span) != Number(CpioFormat.Check))
        {
            return Fail(
                offset + CpioFormat.Check, $"the data of \"{HeaderText.Decode(name.Span)}\" does not match the checksum in its header");
        }

        var entry = new CpioEntry
        {
            Offset = (int)offset,
            Inode = Number(CpioFormat.Inode),
            Mode = Number(CpioFormat.Mode),
            UserId = Number(CpioFormat.UserId),
            GroupId = Number(CpioFormat.GroupId),
            LinkCount = Number(CpioFormat.LinkCount),
            ModificationTime = Number(CpioFormat.ModificationTime),
            DeviceMajor = Number(CpioFormat.DeviceMajor),
            DeviceMinor = Number(CpioFormat.DeviceMinor),
            RawDeviceMajor = Number(CpioFormat.RawDeviceMajor),
            RawDeviceMinor = Number(CpioFormat.RawDeviceMinor),
            Check = Number(CpioFormat.Check),
            Name = name,
            Data = data,
        };
        offset = Math.Min(Align.Up(dataStart + dataSize, CpioFormat.Alignment), bytes.Length);
        return entry;
    }

    private static uint Sum(ReadOnlySpan<byte> data)
    {
        uint sum = 0;
        foreach (var value in data)
        {
            sum += value;
        }

        return sum;
    }

    private CpioEntry? Fail(long offset, string message)
    {
        Error = Diagnostic.Error(
            DiagnosticCodes.CpioInvalid, $"cpio archive: {message}",
            "make the ramdisk again, or check that it is a newc archive (cpio -H newc)") with { Offset = offset };
        return null;
    }
}
