using System.Diagnostics;
using System.Globalization;
using KernelBuild.DeviceTrees.Addressing;
using KernelBuild.DeviceTrees.Comparison;
using KernelBuild.DeviceTrees.Overlays;
using KernelBuild.DeviceTrees.Phandles;
using KernelBuild.DeviceTrees.Printing;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;

namespace KernelBuild.Testing.DeviceTrees;

/// <summary>
/// Damages trees and overlays at random and asks everything of the library that takes them. Anything but an answer or a
/// coded error is an exception out of <see cref="Step"/>.
/// </summary>
public sealed class TreeMutations(IReadOnlyList<byte[]> originals, byte[] overlay, int seed)
{
    private readonly Random _random = new(seed);
    private readonly DeviceTree[] _trees = [.. originals.Select(bytes => DeviceTree.Read(bytes))];

    public int Read { get; private set; }

    public int Refused { get; private set; }

    public TimeSpan Slowest { get; private set; }

    public HashSet<string> Codes { get; } = [];

    /// <summary>One damaged file: three in four a tree, one an overlay that is put on a sound tree.</summary>
    public void Step()
    {
        var which = _random.Next(originals.Count);
        var isOverlay = _random.Next(4) == 0;
        var bytes = Mutated(isOverlay ? overlay : originals[which]);
        var watch = Stopwatch.StartNew();
        if (!DeviceTree.TryRead(bytes, out var tree, out var error))
        {
            Refuse(error);
        }
        else if (isOverlay)
        {
            Read++;
            if (!DeviceTreeOverlay.TryApply(_trees[which], tree, out var result, out _, out error))
            {
                Refuse(error);
            }
            else
            {
                DeviceTree.Read(result.ToArray());
            }
        }
        else
        {
            Read++;
            Use(tree, bytes, which);
        }

        Slowest = watch.Elapsed > Slowest ? watch.Elapsed : Slowest;
    }

    private void Use(DeviceTree tree, byte[] bytes, int which)
    {
        if (!tree.ToArray().AsSpan().SequenceEqual(bytes))
        {
            throw new InvalidOperationException("an untouched tree was written differently");
        }

        DeviceTreeSequence.TryRead(bytes, out _, out _);
        var index = new DeviceTreeIndex(tree);
        foreach (var node in index.Nodes)
        {
            Answer(IdMap.TryRead(index, node, "iommu-map", IdMapWidth.ByTarget, out _, out var error), error);
            Answer(IdMap.TryRead(index, node, "msi-map", IdMapWidth.Four, out _, out error), error);
            Answer(BusAddresses.TryReadRegisters(node, out _, out error), error);
            Answer(BusAddresses.TryReadTranslations(node, "ranges", out _, out error), error);
            Answer(BusAddresses.TryReadTranslations(node, "dma-ranges", out _, out error), error);
            Answer(Interrupts.TryRead(index, node, out _, out error), error);
            Answer(PhandleLists.TryRead(index, node, "iommus", "#iommu-cells", out _, out error), error);
            Answer(index.TryFind(node.Path, out _, out error), error);
            _ = node.IsReachable;
        }

        DeviceTreeComparison.Compare(_trees[which], tree);
        if (tree.TryDeleteNode(index.Nodes[_random.Next(index.Nodes.Length)].Path, out var edited, out _, out _))
        {
            DeviceTree.Read(edited.ToArray());
        }

        using var text = new StringWriter(CultureInfo.InvariantCulture);
        try
        {
            DtsWriter.Write(tree, text);
        }
        catch (DiagnosticException exception)
        {
            Refuse(exception.Diagnostics[0]);
        }

        if (DeviceTreeOverlay.TryApply(tree, DeviceTree.Read(overlay), out var result, out _, out var wrong))
        {
            DeviceTree.Read(result.ToArray());
        }
        else
        {
            Refuse(wrong);
        }
    }

    private void Answer(bool fine, Diagnostic? error)
    {
        if (!fine)
        {
            Refuse(error!);
        }
    }

    private void Refuse(Diagnostic error)
    {
        if (!DiagnosticCodes.All.Contains(error.Code) || !error.Code.StartsWith("KB6", StringComparison.Ordinal)
            || error.Message.Length == 0)
        {
            throw new InvalidOperationException($"no code of device trees: {error}");
        }

        Refused++;
        Codes.Add(error.Code);
    }

    private byte[] Mutated(byte[] original)
    {
        var bytes = original[..(_random.Next(8) == 0 ? _random.Next(original.Length + 1) : original.Length)];
        for (var change = _random.Next(1, 6); change > 0 && bytes.Length > 0; change--)
        {
            // a fifth of the changes go to the header
            var at = _random.Next(5) == 0 ? _random.Next(Math.Min(bytes.Length, 40)) : _random.Next(bytes.Length);
            switch (_random.Next(5))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << _random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)_random.Next(256);
                    break;
                case 2:
                    bytes.AsSpan(at, Math.Min(4, bytes.Length - at)).Fill((byte)(_random.Next(2) * 0xff));
                    break;
                case 3:
                    // another token, length or phandle
                    at &= ~3;
                    if (at + 4 <= bytes.Length)
                    {
                        Flattened.Words((uint)_random.Next(12)).CopyTo(bytes, at);
                    }

                    break;
                default:
                    // a piece of the tree in another place
                    var length = Math.Min(_random.Next(64) & ~3, Math.Min(bytes.Length - at, bytes.Length));
                    var from = _random.Next(bytes.Length - length + 1);
                    bytes.AsSpan(from, length).ToArray().CopyTo(bytes, at);
                    break;
            }
        }

        return bytes;
    }
}
