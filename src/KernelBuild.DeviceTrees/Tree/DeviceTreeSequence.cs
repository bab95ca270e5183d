using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using KernelBuild.DeviceTrees.Blob;
using KernelBuild.Diagnostics;

namespace KernelBuild.DeviceTrees.Tree;

/// <summary>Several trees one after the other, as kernels and bootloaders append them, and the bytes between and around them.</summary>
/// <param name="Trees">In the order of the file, each with its offset; at least one.</param>
/// <param name="Gaps">What lies before the first tree, between the trees and behind the last: one more than there are trees.</param>
public sealed record DeviceTreeSequence(ImmutableArray<DeviceTree> Trees, ImmutableArray<ReadOnlyMemory<byte>> Gaps)
{
    /// <summary>Reads all trees of a file. Bytes that look like a tree and are none are taken for something else and kept.</summary>
    /// <param name="error">KB6001 to KB6004: there is no tree at all, and this is what is wrong with the first that looks like one.</param>
    public static bool TryRead(
        ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out DeviceTreeSequence? sequence, [NotNullWhen(false)] out Diagnostic? error)
    {
        var trees = ImmutableArray.CreateBuilder<DeviceTree>();
        var gaps = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>();
        error = null;
        var gapStart = 0;
        for (var at = DeviceTreeBlob.NextMagic(bytes.Span, 0); at >= 0;)
        {
            int next;
            if (DeviceTree.TryRead(bytes[at..], out var tree, out var wrong))
            {
                gaps.Add(bytes[gapStart..at]);
                trees.Add(tree with { Layout = tree.Layout! with { Tail = default } });
                next = gapStart = at + tree.StoredLength!.Value;
            }
            else
            {
                error ??= wrong with { Offset = at + wrong.Offset };
                next = at + DeviceTreeBlob.Magic.Length;
            }

            at = DeviceTreeBlob.NextMagic(bytes.Span, next);
        }

        sequence = null;
        if (trees.Count == 0)
        {
            if (error is null)
            {
                DeviceTree.TryRead(bytes, out _, out error);
            }

            error ??= Diagnostic.Error(DiagnosticCodes.DeviceTreeMagicMissing, "there is no flattened device tree in the file");
            return false;
        }

        gaps.Add(bytes[gapStart..]);
        sequence = new DeviceTreeSequence(trees.DrainToImmutable(), gaps.DrainToImmutable());
        error = null;
        return true;
    }

    /// <summary>The whole file.</summary>
    /// <exception cref="DiagnosticException">KB6003.</exception>
    public byte[] ToArray()
    {
        using var stream = new MemoryStream();
        for (var i = 0; i < Trees.Length; i++)
        {
            stream.Write(Gaps[i].Span);
            stream.Write(Trees[i].ToArray());
        }

        stream.Write(Gaps[^1].Span);
        return stream.ToArray();
    }
}
