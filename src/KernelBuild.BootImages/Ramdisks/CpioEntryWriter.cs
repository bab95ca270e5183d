using System.Globalization;
using System.Text;
using KernelBuild.Compression.Memory;

namespace KernelBuild.BootImages.Ramdisks;

/// <summary>Writes one entry of an archive in the manner of its neighbours.</summary>
internal static class CpioEntryWriter
{
    /// <param name="entry">Its fields; the check of a 070702 entry is computed.</param>
    /// <param name="sample">
    /// An entry of the archive: its magic, and whether its digits are capitals, as cpio's, or small, as mkbootfs'.
    /// </param>
    /// <returns>Header, name, data and padding.</returns>
    public static byte[] Write(CpioEntry entry, ReadOnlySpan<byte> sample)
    {
        var isCrc = sample.StartsWith(CpioFormat.CrcMagic);
        var format = sample[..CpioFormat.HeaderLength].IndexOfAnyInRange((byte)'a', (byte)'f') >= 0 ? "x8" : "X8";
        var dataAt = (int)Align.Up(CpioFormat.HeaderLength + entry.Name.Length + 1, CpioFormat.Alignment);
        var bytes = new byte[Align.Up(dataAt + entry.Data.Length, CpioFormat.Alignment)];
        sample[..CpioFormat.Magic.Length].CopyTo(bytes);
        Number(CpioFormat.Inode, entry.Inode);
        Number(CpioFormat.Mode, entry.Mode);
        Number(CpioFormat.UserId, entry.UserId);
        Number(CpioFormat.GroupId, entry.GroupId);
        Number(CpioFormat.LinkCount, entry.LinkCount);
        Number(CpioFormat.ModificationTime, entry.ModificationTime);
        Number(CpioFormat.FileSize, (uint)entry.Data.Length);
        Number(CpioFormat.DeviceMajor, entry.DeviceMajor);
        Number(CpioFormat.DeviceMinor, entry.DeviceMinor);
        Number(CpioFormat.RawDeviceMajor, entry.RawDeviceMajor);
        Number(CpioFormat.RawDeviceMinor, entry.RawDeviceMinor);
        Number(CpioFormat.NameSize, (uint)entry.Name.Length + 1);
        Number(CpioFormat.Check, isCrc ? entry.Type == FileType.RegularFile ? Sum(entry.Data.Span) : 0 : entry.Check);
        entry.Name.CopyTo(bytes.AsMemory(CpioFormat.HeaderLength));
        entry.Data.CopyTo(bytes.AsMemory(dataAt));
        return bytes;

        void Number(int at, uint value) =>
            Encoding.ASCII.GetBytes(value.ToString(format, CultureInfo.InvariantCulture), bytes.AsSpan(at, CpioFormat.NumberLength));
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
}
