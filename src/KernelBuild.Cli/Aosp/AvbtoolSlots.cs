using System.Buffers.Binary;
using System.IO.Hashing;
using KernelBuild.Cli.CommandLine;
using KernelBuild.Host.Files;

namespace KernelBuild.Cli.Aosp;

/// <summary>
/// avbtool's <c>set_ab_metadata</c>: which slot is tried first, in the misc partition as libavb_ab keeps it.
/// Source: AOSP, external/avb/libavb_ab/avb_ab_flow.h, AvbABData.
/// </summary>
internal static class AvbtoolSlots
{
    private const int Offset = 2048;
    private const int Length = 32;
    private const int SlotsAt = 8;
    private const int SlotLength = 4;

    public static AospSyntax Syntax { get; } = new(
        "avbtool set_ab_metadata", "Writes into a misc partition which slot is tried first, and how often.",
        [
            new AospOption("misc_image", "MISC_IMAGE", "The misc partition, which is changed") { IsRequired = true },
            new AospOption("slot_data", "A:B:C:D:E:F", "Priority, tries and success of slot A, then of B; 15:7:0:14:7:0 otherwise"),
        ]);

    public static int Run(AospArguments parsed)
    {
        var text = parsed.Text("slot_data") ?? "15:7:0:14:7:0";
        var parts = text.Split(':');
        if (parts.Length != 6)
        {
            throw CommandFrame.Usage($"'{text}' is no data of two slots", "six numbers: priority, tries and success of A, then of B");
        }

        var path = parsed.Required("misc_image");
        var image = InputFile.Read(path);
        var bytes = new byte[Math.Max(image.Length, Offset + Length)];
        image.CopyTo(bytes);
        Write(bytes.AsSpan(Offset, Length), [.. parts.Select(part => (byte)AospArguments.Parse("slot_data", part, byte.MaxValue))]);
        OutputFile.Write(path, bytes);
        return ExitCode.Done;
    }

    private static void Write(Span<byte> data, byte[] numbers)
    {
        data.Clear();
        "\0AB0"u8.CopyTo(data);
        data[4] = 1; // version 1.0
        for (var slot = 0; slot < 2; slot++)
        {
            var at = SlotsAt + (slot * SlotLength);
            data[at] = numbers[slot * 3];
            data[at + 1] = numbers[(slot * 3) + 1];
            data[at + 2] = (byte)(numbers[(slot * 3) + 2] == 0 ? 0 : 1);
        }

        BinaryPrimitives.WriteUInt32BigEndian(data[(Length - sizeof(uint))..], Crc32.HashToUInt32(data[..(Length - sizeof(uint))]));
    }
}
