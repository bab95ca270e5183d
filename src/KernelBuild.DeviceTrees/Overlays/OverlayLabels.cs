using System.Buffers.Binary;
using System.Globalization;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;

namespace KernelBuild.DeviceTrees.Overlays;

/// <summary>References to labels of the tree: __fixups__ lists, per label, "PATH:PROPERTY:BYTE" of every place in the overlay.</summary>
internal static class OverlayLabels
{
    private const string Fixups = "__fixups__";

    /// <param name="phandleOf">The phandle of a node of the tree, by its path; the label is for messages.</param>
    public static void Resolve(OverlayNode overlay, DeviceTree tree, Func<string, string, uint> phandleOf)
    {
        foreach (var (label, value) in overlay.Children.FirstOrDefault(child => child.Name == Fixups)?.Properties ?? [])
        {
            if (value.Length == 0 || !new DeviceTreeProperty(label, value).TryGetStrings(out var places))
            {
                throw OverlayApplication.Invalid($"{Fixups}:{label} is not a list of places", OverlayApplication.CompileAgain);
            }

            if (!DeviceTreeSymbols.TryResolve(tree, label, out var path, out var error))
            {
                throw new DiagnosticException(error with { Message = $"{error.Message}; the overlay needs it in {Place(places[0])}" });
            }

            var phandle = phandleOf(path, label);
            foreach (var place in places)
            {
                if (place.Split(':') is not [var node, var property, var offset]
                    || !uint.TryParse(offset, NumberStyles.None, CultureInfo.InvariantCulture, out var at)
                    || overlay.Find(node)?.Value(property) is not { } target
                    || at > target.Length - 4L)
                {
                    throw OverlayApplication.Invalid(
                        $"{Fixups}:{label} names the place '{place}', which the overlay does not have", OverlayApplication.CompileAgain);
                }

                BinaryPrimitives.WriteUInt32BigEndian(target.AsSpan((int)at), phandle);
            }
        }
    }

    /// <summary>"/fragment@0:target" of "/fragment@0:target:0".</summary>
    private static string Place(string place) => place.LastIndexOf(':') is > 0 and var cut ? place[..cut] : place;
}
