using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using KernelBuild.DeviceTrees.Tree;
using KernelBuild.Diagnostics;

namespace KernelBuild.DeviceTrees.Overlays;

/// <summary>
/// Applies overlays as fdtoverlay does, with the result in the same order, and names node, property and symbol where that
/// says FDT_ERR_NOTFOUND. Two things work that fdtoverlay 1.6 refuses or spoils: a label whose node has no phandle yet gets
/// one, and an overlay that brings a phandle for a node which has one keeps the node's.
/// Source: Linux, Documentation/devicetree/overlay-notes.rst and dynamic-resolution-notes.rst.
/// </summary>
public static class DeviceTreeOverlay
{
    /// <param name="tree">The tree to change; compiled with -@ when the overlay refers to its labels.</param>
    /// <param name="findings">What was done that deserves a word; notes and warnings.</param>
    /// <param name="error">KB6005, KB6008 to KB6011.</param>
    public static bool TryApply(
        DeviceTree tree, DeviceTree overlay, [NotNullWhen(true)] out DeviceTree? result, out ImmutableArray<Diagnostic> findings,
        [NotNullWhen(false)] out Diagnostic? error)
    {
        try
        {
            var application = new OverlayApplication(tree, overlay);
            result = application.Run();
            findings = application.Findings;
            error = null;
            return true;
        }
        catch (DiagnosticException exception)
        {
            result = null;
            findings = [];
            error = exception.Diagnostics[0];
            return false;
        }
    }

    /// <summary>Applies one overlay.</summary>
    /// <exception cref="DiagnosticException">KB6005, KB6008 to KB6011.</exception>
    public static DeviceTree Apply(DeviceTree tree, DeviceTree overlay) => new OverlayApplication(tree, overlay).Run();
}
