using KernelBuild.DeviceTrees.Tree;

namespace KernelBuild.DeviceTrees.Printing;

/// <summary>What the bytes of a value look like; the format itself does not say.</summary>
public static class PropertyKind
{
    /// <summary>Whether the value is one string or several that are not empty, of characters that people can read.</summary>
    public static bool IsText(DeviceTreeProperty property)
    {
        var value = property.Value.Span;
        if (value.IsEmpty || value[^1] != 0)
        {
            return false;
        }

        for (var i = 0; i < value.Length; i++)
        {
            var character = value[i];
            if (character == 0
                ? value.Length > 1 && (i == 0 || value[i - 1] == 0)
                : character is not (>= (byte)' ' and < 0x7f or (byte)'\n' or (byte)'\t' or (byte)'\r'))
            {
                return false;
            }
        }

        return true;
    }
}
