using System.Collections.Immutable;
using KernelBuild.BootImages.Avb.Descriptors;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Avb;

/// <summary>Reads one vbmeta structure; every offset and size is checked in 64 bits, without overflow, before anything is sliced.</summary>
internal sealed class VbmetaReader(ReadOnlyMemory<byte> bytes)
{
    private const string Refused = "the bootloader refuses the partition (INVALID_METADATA), locked or not";

    private readonly List<Diagnostic> _diagnostics = [];

    public IReadOnlyList<Diagnostic> Diagnostics => _diagnostics;

    public Vbmeta? Read()
    {
        if (bytes.Length < VbmetaFields.HeaderLength || !bytes.Span.StartsWith(VbmetaFields.Magic))
        {
            return Error(
                0, bytes.Length < VbmetaFields.HeaderLength ? $"{bytes.Length} bytes" : Convert.ToHexStringLower(bytes.Span[..4]),
                "256 bytes that start with AVB0", "no vbmeta structure");
        }

        var header = VbmetaHeader.Read(bytes);
        if (!CheckBlocks(header, out var authentication, out var auxiliary))
        {
            return null;
        }

        if (!Slice(authentication, header.HashOffset, header.HashSize, VbmetaFields.HashOffset, "hash", out var hash)
            || !Slice(
                authentication, header.SignatureOffset, header.SignatureSize, VbmetaFields.SignatureOffset, "signature", out var signature)
            || !Slice(
                auxiliary, header.PublicKeyOffset, header.PublicKeySize, VbmetaFields.PublicKeyOffset, "public key", out var publicKey)
            || !Slice(
                auxiliary, header.PublicKeyMetadataOffset, header.PublicKeyMetadataSize, VbmetaFields.PublicKeyMetadataOffset,
                "public key metadata", out var metadata)
            || !Slice(
                auxiliary, header.DescriptorsOffset, header.DescriptorsSize, VbmetaFields.DescriptorsOffset, "descriptors",
                out var descriptorBytes))
        {
            return null;
        }

        var descriptorsStart = VbmetaFields.HeaderLength + authentication.Length + (int)header.DescriptorsOffset;
        if (!AvbDescriptorReader.TryRead(descriptorBytes, descriptorsStart, out var descriptors, out var error))
        {
            _diagnostics.Add(error);
            return null;
        }

        Warn(header);
        return new Vbmeta
        {
            Bytes = bytes[..(VbmetaFields.HeaderLength + authentication.Length + auxiliary.Length)],
            Header = header,
            Hash = hash,
            Signature = signature,
            PublicKey = publicKey,
            PublicKeyMetadata = metadata,
            Descriptors = descriptors,
        };
    }

    private bool CheckBlocks(VbmetaHeader header, out ReadOnlyMemory<byte> authentication, out ReadOnlyMemory<byte> auxiliary)
    {
        authentication = auxiliary = default;
        if (header.RequiredMajorVersion != 1)
        {
            Error(VbmetaFields.RequiredMajorVersion, $"{header.RequiredMajorVersion}", "1", "the required libavb version does not exist");
            return false;
        }

        var left = (ulong)(bytes.Length - VbmetaFields.HeaderLength);
        if (header.AuthenticationBlockSize > left || header.AuxiliaryBlockSize > left - header.AuthenticationBlockSize)
        {
            Error(
                VbmetaFields.AuthenticationBlockSize, $"{header.AuthenticationBlockSize} and {header.AuxiliaryBlockSize} bytes",
                $"at most {left} together, as many as follow the header", "the blocks reach beyond the end");
            return false;
        }

        if (header.AuthenticationBlockSize % VbmetaFields.BlockAlignment != 0
            || header.AuxiliaryBlockSize % VbmetaFields.BlockAlignment != 0)
        {
            Error(
                VbmetaFields.AuthenticationBlockSize, $"{header.AuthenticationBlockSize} and {header.AuxiliaryBlockSize} bytes",
                $"multiples of {VbmetaFields.BlockAlignment}", "the size of a block is wrong");
            return false;
        }

        authentication = bytes.Slice(VbmetaFields.HeaderLength, (int)header.AuthenticationBlockSize);
        auxiliary = bytes.Slice(VbmetaFields.HeaderLength + authentication.Length, (int)header.AuxiliaryBlockSize);
        return true;
    }

    private bool Slice(ReadOnlyMemory<byte> block, ulong offset, ulong size, int field, string name, out ReadOnlyMemory<byte> slice)
    {
        slice = default;
        if (offset > (ulong)block.Length || size > (ulong)block.Length - offset)
        {
            Error(
                field, $"offset {offset}, size {size}", $"inside its block of {block.Length} bytes",
                $"the {name} does not lie in its block");
            return false;
        }

        slice = block.Slice((int)offset, (int)size);
        return true;
    }

    private void Warn(VbmetaHeader header)
    {
        if (!header.ReleaseField.Span.Contains((byte)0))
        {
            Warning(VbmetaFields.ReleaseString, "no NUL in 48 bytes", "a text that ends with NUL", "the release string is not terminated");
        }

        if (header.Reserved.Span.IndexOfAnyExcept((byte)0) is >= 0 and var at)
        {
            Warning(
                VbmetaFields.Reserved + at, $"0x{header.Reserved.Span[at]:x2}", "0", "a reserved byte of the vbmeta header is not zero");
        }
    }

    private void Warning(long offset, string found, string expected, string what) => _diagnostics.Add(
        Diagnostic.Warning(DiagnosticCodes.VbmetaInvalid, $"{what}: found {found}, expected {expected}", "take a fresh copy") with
        { Offset = offset, Found = found, Expected = expected });

    private Vbmeta? Error(long offset, string found, string expected, string what)
    {
        _diagnostics.Add(Diagnostic.Error(
            DiagnosticCodes.VbmetaInvalid, $"{what}: found {found}, expected {expected}",
            "take a fresh copy, or recreate the vbmeta structure with kernelbuild avb sign") with
        { Offset = offset, Found = found, Expected = expected, Consequence = Refused });
        return null;
    }
}
