using KernelBuild.Compression.Memory;

namespace KernelBuild.BootImages.Avb;

/// <summary>
/// The codes by which dm-verity repairs blocks: Reed-Solomon over GF(2⁸), RS(255, 255 - roots), with the polynomial 0x11d, the first
/// consecutive root 0 and the primitive element 2. The bytes of a codeword lie far apart, so that no damaged run takes many of one: byte j of
/// codeword i stands at i + j · rounds · 4096.
/// Source: Linux, Documentation/admin-guide/device-mapper/verity.rst, "fec_roots"; drivers/md/dm-verity-fec.c, fec_interleave.
/// </summary>
public static class ForwardErrorCorrection
{
    public const int BlockLength = 4096;

    /// <summary>Bytes of a codeword: data and parity.</summary>
    public const int CodewordLength = 255;

    private const int Polynomial = 0x11d;

    /// <summary>Roots that dm-verity takes.</summary>
    public static bool IsPossible(long roots) => roots is >= 2 and <= 24;

    /// <summary>Bytes of the codes of data.</summary>
    /// <param name="dataLength">Bytes that are covered.</param>
    /// <param name="roots">Bytes of parity of a codeword.</param>
    public static long LengthOf(long dataLength, int roots) => Rounds(dataLength, roots) * roots * BlockLength;

    /// <summary>Computes the codes; the data are taken to end with zeros.</summary>
    public static byte[] Compute(ReadOnlyMemory<byte> data, int roots)
    {
        var rounds = Rounds(data.Length, roots);
        var codewords = rounds * BlockLength;
        var parity = new byte[codewords * roots];
        var (generator, table) = Tables(roots);
        Parallel.For(0, (int)rounds, round =>
        {
            var first = round * (long)BlockLength;
            EncodeRound(data.Span, first, codewords, roots, generator, table, parity.AsSpan((int)(first * roots), BlockLength * roots));
        });
        return parity;
    }

    private static long Rounds(long dataLength, int roots) => Align.Units(Align.Units(dataLength, BlockLength), CodewordLength - roots);

    /// <summary>Encodes 4096 codewords at once, in the order in which their bytes stand in the data.</summary>
    private static void EncodeRound(
        ReadOnlySpan<byte> data, long first, long codewords, int roots, byte[] generator, byte[][] products, Span<byte> parity)
    {
        for (var j = 0; j < CodewordLength - roots; j++)
        {
            var start = first + (j * codewords);
            for (var i = 0; i < BlockLength; i++)
            {
                var at = start + i;
                Feed(parity.Slice(i * roots, roots), at < data.Length ? data[(int)at] : (byte)0, generator, products);
            }
        }
    }

    /// <summary>One step of the division by the generator polynomial: the register moves on by a byte.</summary>
    private static void Feed(Span<byte> register, byte value, byte[] generator, byte[][] products)
    {
        var feedback = value ^ register[0];
        var row = products[feedback];
        for (var k = 1; k < register.Length; k++)
        {
            register[k - 1] = (byte)(register[k] ^ row[k - 1]);
        }

        register[^1] = row[generator.Length - 1];
    }

    /// <summary>The generator's coefficients below the highest, and each byte times each of them.</summary>
    private static (byte[] Generator, byte[][] Products) Tables(int roots)
    {
        // (x - 2^0)(x - 2^1)..., the highest power first
        byte[] polynomial = [1];
        byte root = 1;
        for (var i = 0; i < roots; i++)
        {
            var next = new byte[polynomial.Length + 1];
            for (var k = 0; k < polynomial.Length; k++)
            {
                next[k] ^= polynomial[k];
                next[k + 1] ^= Multiply(polynomial[k], root);
            }

            polynomial = next;
            root = Multiply(root, 2);
        }

        var generator = polynomial[1..];
        return (generator, [.. Enumerable.Range(0, 256).Select(value => generator.Select(c => Multiply(c, (byte)value)).ToArray())]);
    }

    private static byte Multiply(byte a, byte b)
    {
        int product = 0, factor = a;
        for (var bit = 0; bit < 8; bit++)
        {
            product ^= (b >> bit & 1) * factor;
            factor = (factor << 1) ^ ((factor & 0x80) != 0 ? Polynomial : 0);
        }

        return (byte)product;
    }
}
