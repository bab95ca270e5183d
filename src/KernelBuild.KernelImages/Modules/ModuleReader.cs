using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using KernelBuild.Compression.Codecs;
using KernelBuild.Diagnostics;
using KernelBuild.KernelImages.Bytes;

namespace KernelBuild.KernelImages.Modules;

/// <summary>Reads modules as Linux does (kernel/module/main.c: load_module), compressed ones included.</summary>
public static class ModuleReader
{
    /// <summary>Larger than any module: the largest of Debian's has 12 MB.</summary>
    private const long LargestModule = 256L << 20;

    private const int VersionLength = 64;
    private const int SignatureFieldsLength = 12;

    private static ReadOnlySpan<byte> SignatureMark => "~Module signature appended~\n"u8;

    /// <summary>Reads a module.</summary>
    /// <param name="stored">The file: .ko, or one compressed with gzip, xz or zstd.</param>
    /// <param name="file">Its name, for messages, and for the module's where .modinfo does not say.</param>
    /// <param name="module">Null when the result is false.</param>
    /// <param name="error">KB8017: Linux would refuse the file whatever the kernel.</param>
    public static bool TryRead(
        ReadOnlyMemory<byte> stored, string file, [NotNullWhen(true)] out KernelModule? module,
        [NotNullWhen(false)] out Diagnostic? error)
    {
        module = null;
        if (!Decompressor.TryDecompress(stored, out var data, out error, LargestModule))
        {
            error = Unreadable(file, "cannot be decompressed: " + error.Message) with { Offset = error.Offset };
            return false;
        }

        var (bytes, signature) = SplitSignature(data.Content);
        if (!ObjectFile.TryRead(bytes, out var elf, out var problem))
        {
            error = Unreadable(file, problem);
            return false;
        }

        if (elf.Find(".gnu.linkonce.this_module") is null)
        {
            error = Unreadable(file, "has no .gnu.linkonce.this_module: it is an object file, or was not finished by modpost");
            return false;
        }

        error = null;
        module = Read(elf, file) with { Signature = signature };
        return true;
    }

    private static KernelModule Read(ObjectFile elf, string file)
    {
        var information = Information(elf);
        var name = information.FirstOrDefault(pair => pair.Key == "name").Value;
        return new KernelModule
        {
            File = file,
            Name = string.IsNullOrEmpty(name) ? KernelModule.NameOf(file) : KernelModule.NameOf(name),
            Architecture = elf.Is64 ? "arm64" : "arm",
            Information = information,
            Imports =
            [
                .. elf.Symbols
                    .Where(symbol => symbol.Section == ObjectSymbol.Undefined)
                    .Select(symbol => new ImportedSymbol(symbol.Name, symbol.IsWeak)),
            ],
            Versions = Versions(elf),
            ExtendedVersions = ExtendedVersions(elf),
            Exports = ModuleExports.Of(elf, KernelModule.NameOf(file)),
            CommonSymbol = elf.Symbols
                .Where(symbol => symbol.Section == ObjectSymbol.Common && !symbol.Name.StartsWith("__gnu_lto", StringComparison.Ordinal))
                .Select(symbol => symbol.Name)
                .FirstOrDefault(),
            HasPltSections = elf.Sections.Any(section => section.Name == ".plt")
                && elf.Sections.Any(section => section.Name == ".init.plt"),
            HasTypes = elf.Sections.Any(section => section.Name == ".BTF"),
        };
    }

    /// <summary>NUL-terminated key=value; runs of NUL stand between them (kernel/module/main.c: next_string).</summary>
    private static ImmutableArray<KeyValuePair<string, string>> Information(ObjectFile elf)
    {
        if (elf.Find(".modinfo") is not { } section)
        {
            return [];
        }

        var found = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
        foreach (var text in Encoding.UTF8.GetString(elf.Content(section).Span).Split('\0', StringSplitOptions.RemoveEmptyEntries))
        {
            var sign = text.IndexOf('=', StringComparison.Ordinal);
            if (sign > 0)
            {
                found.Add(new(text[..sign], text[(sign + 1)..]));
            }
        }

        return found.ToImmutable();
    }

    /// <summary>struct modversion_info: an unsigned long and a name, 64 bytes in all, on both architectures.</summary>
    private static ImmutableArray<SymbolVersion> Versions(ObjectFile elf)
    {
        if (elf.Find("__versions") is not { } section)
        {
            return default;
        }

        var bytes = elf.Content(section).Span;
        var crcLength = elf.Is64 ? sizeof(ulong) : sizeof(uint);
        var found = ImmutableArray.CreateBuilder<SymbolVersion>(bytes.Length / VersionLength);
        for (var at = 0; at + VersionLength <= bytes.Length; at += VersionLength)
        {
            found.Add(new SymbolVersion(
                ObjectFile.Text(bytes.Slice(at + crcLength, VersionLength - crcLength), 0),
                elf.Is64 ? KernelBytes.U64(bytes, at) : KernelBytes.U32(bytes, at)));
        }

        return found.ToImmutable();
    }

    /// <summary>Checksums and names in two sections (kernel/module/version.c: modversion_ext_start, since 6.14).</summary>
    private static ImmutableArray<SymbolVersion> ExtendedVersions(ObjectFile elf)
    {
        if (elf.Find("__version_ext_crcs") is not { } crcs || elf.Find("__version_ext_names") is not { } names)
        {
            return default;
        }

        var bytes = elf.Content(crcs).Span;
        var texts = elf.Content(names).Span;
        var found = ImmutableArray.CreateBuilder<SymbolVersion>();
        for (int at = 0, name = 0; at + sizeof(uint) <= bytes.Length && name < texts.Length; at += sizeof(uint))
        {
            found.Add(new SymbolVersion(ObjectFile.Text(texts, name), KernelBytes.U32(bytes, at)));
            var end = texts[name..].IndexOf((byte)0);
            name = end < 0 ? texts.Length : name + end + 1;
        }

        return found.ToImmutable();
    }

    /// <summary>
    /// struct module_signature and the mark are the file's end; the length is big endian (kernel/module_signature.c: mod_check_sig). One of
    /// another kind than PKCS#7 counts as none (ENOPKG); fields that cannot be, or a message that is no DER sequence of that length, are
    /// EBADMSG.
    /// </summary>
    private static (ReadOnlyMemory<byte> Module, ModuleSignature Signature) SplitSignature(ReadOnlyMemory<byte> bytes)
    {
        const byte pkcs7 = 2;
        if (bytes.Length <= SignatureMark.Length || !bytes.Span.EndsWith(SignatureMark))
        {
            return (bytes, ModuleSignature.None);
        }

        var signed = bytes[..^SignatureMark.Length];
        if (signed.Length <= SignatureFieldsLength)
        {
            return (signed, ModuleSignature.Damaged);
        }

        var fields = signed.Span[^SignatureFieldsLength..];
        long length = BinaryPrimitives.ReadUInt32BigEndian(fields[8..]);
        if (length >= signed.Length - SignatureFieldsLength)
        {
            return (signed, ModuleSignature.Damaged);
        }

        if (fields[2] != pkcs7)
        {
            return (signed, ModuleSignature.None);
        }

        var module = signed[..(int)(signed.Length - SignatureFieldsLength - length)];
        var isWhole = fields[0] == 0 && fields[1] == 0 && !fields[3..8].ContainsAnyExcept((byte)0)
            && IsSequence(signed.Span.Slice(module.Length, (int)length));
        return (module, isWhole ? ModuleSignature.Present : ModuleSignature.Damaged);
    }

    /// <summary>Whether bytes are one DER sequence: its tag, its length in one to four bytes, and as many bytes behind.</summary>
    private static bool IsSequence(ReadOnlySpan<byte> bytes)
    {
        const byte sequence = 0x30;
        const byte longForm = 0x80;
        if (bytes.Length < 2 || bytes[0] != sequence)
        {
            return false;
        }

        var count = bytes[1] < longForm ? 0 : bytes[1] - longForm;
        if (count > sizeof(uint) || bytes.Length < 2 + count)
        {
            return false;
        }

        var length = count == 0 ? bytes[1] : 0L;
        foreach (var part in bytes.Slice(2, count))
        {
            length = (length << 8) | part;
        }

        return length == bytes.Length - 2 - count;
    }

    private static Diagnostic Unreadable(string file, string problem) => Diagnostic.Error(
        DiagnosticCodes.ModuleUnreadable, $"{KernelModule.NameOf(file)} {problem}",
        "copy the module again from the device or the image; Linux refuses this file whatever the kernel") with
    { File = file };
}
