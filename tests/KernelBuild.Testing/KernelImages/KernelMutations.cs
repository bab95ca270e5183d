using System.Diagnostics;
using KernelBuild.Compression.Codecs;
using KernelBuild.Diagnostics;
using KernelBuild.KernelImages.Configuration;
using KernelBuild.KernelImages.Containers;
using KernelBuild.KernelImages.CrossReferences;
using KernelBuild.KernelImages.Elf;
using KernelBuild.KernelImages.Image;
using KernelBuild.KernelImages.Inspection;
using KernelBuild.KernelImages.Properties;
using KernelBuild.KernelImages.Symbols;
using KernelBuild.KernelImages.Tables;
using KernelBuild.KernelImages.Types;

namespace KernelBuild.Testing.KernelImages;

/// <summary>
/// Damages small kernels of every layout, and containers around them, and asks everything of the library. Anything but an answer or a coded
/// error is an exception out of <see cref="Step"/>.
/// </summary>
public sealed class KernelMutations(int seed)
{
    private const long LargestContent = 4 << 20;
    private static readonly byte[][] Kernels =
    [
        .. Enum
            .GetValues<SyntheticLayout>()
            .SelectMany(layout => ((bool[])[true, false]).Select(isRelocatable => SyntheticKernel.Make(layout, isRelocatable).Image)),
    ];
    private static readonly byte[][] Files = [.. Containers()];
    private readonly Random _random = new(seed);

    public long Read { get; private set; }

    public long Refused { get; private set; }

    public TimeSpan Slowest { get; private set; }

    public SortedSet<string> Codes { get; } = new(StringComparer.Ordinal);

    public void Step()
    {
        var watch = Stopwatch.StartNew();
        var which = _random.Next(60);
        if (which < 12)
        {
            Container(Mutated(Files[_random.Next(Files.Length)]));
        }
        else
        {
            Use(new KernelImage(Mutated(Kernels[_random.Next(Kernels.Length)])), everything: which == 59);
        }

        Slowest = watch.Elapsed > Slowest ? watch.Elapsed : Slowest;
    }

    private void Container(byte[] bytes)
    {
        if (KernelFile.TryRead(bytes, out var file, out var error, LargestContent))
        {
            Read++;
            _ = file.WithEmbeddedDeviceTrees();
            Use(file.Open(), everything: false);
        }
        else
        {
            Refuse(error);
        }
    }

    private void Use(KernelImage image, bool everything)
    {
        if (!image.TryGetSymbols(out var symbols, out var error))
        {
            Refuse(error);
            _ = image.Base;
            return;
        }

        Read++;
        symbols.WriteProcKallsyms(_ => { });
        _ = symbols.TryFind("first_probe", out _);
        if (!TypeTable.TryFind(image.Bytes, out var types, out error))
        {
            Refuse(error);
        }
        else
        {
            _ = types.MembersOf(1);
        }

        if (everything)
        {
            Everything(image, symbols.AddressOf("first_probe"));
        }
    }

    private void Everything(KernelImage image, ulong function)
    {
        try
        {
            _ = KernelFacts.Of(image);
            _ = InferredConfiguration.Of(image);
            _ = RecoveredTables.Of(image);
            _ = new PropertySearch(image).Find();
            _ = new CallerSearch(image).Of(new HashSet<ulong> { function });
            _ = new BackwardTrace(new CallerSearch(image), 3).From(new(function, 'T', "first_probe"));
            _ = new ForwardTrace(image, 3).From(new(function, 'T', "first_probe"));
            _ = new StringSearch(image).Find(["stat"]);
            _ = new KernelBuild.KernelImages.Disassembly.Disassembler(image).List(function);
            _ = ElfExport.Write(image);
        }
        catch (DiagnosticException exception)
        {
            Refuse(exception.Diagnostics[0]);
        }
    }

    private void Refuse(Diagnostic error)
    {
        Refused++;
        Codes.Add(error.Code);
        if (error.Message.Contains('\n', StringComparison.Ordinal))
        {
            throw new InvalidOperationException("a message of more than one line: " + error.Message);
        }
    }

    /// <summary>
    /// One to four changes: a byte, a word of a telling value, a run of zeros or ones, a piece copied elsewhere, the end cut off.
    /// </summary>
    private byte[] Mutated(byte[] original)
    {
        var bytes = (byte[])original.Clone();
        for (var changes = _random.Next(1, 5); changes > 0; changes--)
        {
            // headers and tables are hit more often than their share of the bytes
            var at = _random.Next(3) switch { 0 => _random.Next(Math.Min(bytes.Length, 0x200)), 1 when bytes.Length > 0xf000 =>
                0x8000 + _random.Next(0x6000), _ => _random.Next(bytes.Length) };
            switch (_random.Next(8))
            {
                case 0 or 1:
                    bytes[at] = (byte)_random.Next(256);
                    break;
                case 2 or 3:
                    ulong[] telling =
                    [
                        0, 1, 0x7fffffff, 0x80000000, 0xffffffff, ulong.MaxValue, SyntheticKernel.Base, 0xffff_0000_0000_0000,
                    ];
                    BitConverter.GetBytes(telling[_random.Next(telling.Length)])
                        .AsSpan(0, Math.Min(_random.Next(2) == 0 ? 4 : 8, bytes.Length - at))
                        .CopyTo(bytes.AsSpan(at));
                    break;
                case 4:
                    bytes.AsSpan(at, Math.Min(_random.Next(1, 512), bytes.Length - at)).Fill((byte)(_random.Next(2) * 255));
                    break;
                case 5:
                    var length = Math.Min(_random.Next(1, 4096), bytes.Length - at);
                    bytes.AsSpan(at, length).ToArray().CopyTo(bytes, _random.Next(bytes.Length - length + 1));
                    break;
                case 6:
                    bytes[at] ^= (byte)(1 << _random.Next(8));
                    break;
                default:
                    if (_random.Next(4) == 0 && at > 0)
                    {
                        bytes = bytes[..at];
                    }

                    break;
            }
        }

        return bytes;
    }

    private static IEnumerable<byte[]> Containers()
    {
        var kernel = Kernels[3];
        yield return kernel;
        yield return ElfExport.Write(new KernelImage(kernel));
        foreach (var format in (CompressionFormat[])[CompressionFormat.Gzip, CompressionFormat.Lz4Legacy])
        {
            var stored = Compressor.Compress(format, kernel).ToArray();
            yield return stored;
            var boot = new byte[4096 + ((stored.Length + 4095) / 4096 * 4096)];
            "ANDROID!"u8.CopyTo(boot);
            BitConverter.GetBytes(stored.Length).CopyTo(boot, 8);
            BitConverter.GetBytes(1580).CopyTo(boot, 20);
            BitConverter.GetBytes(3).CopyTo(boot, 40);
            stored.CopyTo(boot, 4096);
            yield return boot;
        }
    }
}
