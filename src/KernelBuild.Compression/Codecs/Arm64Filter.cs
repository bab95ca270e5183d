using System.Buffers.Binary;

namespace KernelBuild.Compression.Codecs;

/// <summary>
/// The ARM64 filter of xz: BL holds the word it calls, ADRP the page it names, where they were distances before. Of ADRP only those are
/// changed whose distance is below 512 MiB. Source: https://tukaani.org/xz/xz-file-format.txt, 5.3.2.
/// </summary>
internal sealed class Arm64Filter(uint start) : XzFilter
{
    internal const int InstructionLength = 4;

    private const uint CallMask = 0xfc00_0000;
    private const uint Call = 0x9400_0000;
    private const uint PageMask = 0x9f00_0000;
    private const uint Page = 0x9000_0000;

    // ADRP's distance has 21 bits: the two low ones at 29, the others at 5. 18 of them are used, the upper three repeat the sign.
    private const int LowShift = 29;
    private const int HighShift = 3;
    private const uint HighBits = 0x001f_fffc;
    private const uint Sign = 0x0002_0000;
    private const uint UsedBits = 0x0003_ffff;
    private const uint Unused = 0x001c_0000;

    public override void Decode(Span<byte> content)
    {
        var address = start;
        for (; content.Length >= InstructionLength; content = content[InstructionLength..], address += InstructionLength)
        {
            var instruction = BinaryPrimitives.ReadUInt32LittleEndian(content);
            if ((instruction & CallMask) == Call)
            {
                var distance = instruction - (address / InstructionLength);
                BinaryPrimitives.WriteUInt32LittleEndian(content, Call | (distance & ~CallMask));
            }
            else if ((instruction & PageMask) == Page)
            {
                var page = (instruction >> LowShift & 3) | (instruction >> HighShift & HighBits);
                if ((page + Sign & Unused) == 0)
                {
                    var distance = page - (address >> 12) & UsedBits;
                    distance |= (distance & Sign) != 0 ? Unused : 0;
                    BinaryPrimitives.WriteUInt32LittleEndian(
                        content, (instruction & (PageMask | 0x1f)) | ((distance & 3) << LowShift) | ((distance & HighBits) << HighShift));
                }
            }
        }
    }
}
